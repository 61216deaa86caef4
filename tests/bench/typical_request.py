#!/usr/bin/env python3
"""Writes one typical CDS Hooks request: 30 Conditions and 150 Observations as full FHIR R4 resources, about 250 KB.

Everybody in it is invented; the same seed gives the same bytes. Usage: typical_request.py [SEED] > request.json
Other sizes, and one that gets a card: `bodies`.
"""
import datetime
import json
import random
import sys
import uuid

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem/"
NARRATIVE = '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>{}</b></p><table><tbody>{}</tbody></table></div>'
LAST_DAY = datetime.datetime(2026, 6, 14, 12, 0)
PATIENT = "typical"

CONDITIONS = [
    ("44054006", "Diabetes mellitus type 2"), ("38341003", "Hypertensive disorder, systemic arterial"),
    ("55822004", "Hyperlipidemia"), ("195967001", "Asthma"), ("40930008", "Hypothyroidism"),
    ("396275006", "Osteoarthritis"), ("235595009", "Gastroesophageal reflux disease"), ("84757009", "Epilepsy"),
]
# code, name, unit, range of values, laboratory range
TESTS = [
    ("39156-5", "Body mass index (BMI) [Ratio]", "kg/m2", (31, 36), None),
    ("29463-7", "Body weight", "kg", (84, 99), None),
    ("8302-2", "Body height", "cm", (164.5, 165.5), None),
    ("59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol", "mmol/mol", (41, 75), (20, 41)),
    ("14749-6", "Glucose [Moles/volume] in Serum or Plasma", "mmol/L", (4.1, 14), (3.5, 6)),
    ("14927-8", "Triglyceride [Moles/volume] in Serum or Plasma", "mmol/L", (0.8, 4.9), (0.5, 1.7)),
    ("14646-4", "Cholesterol in HDL [Moles/volume] in Serum or Plasma", "mmol/L", (0.7, 1.9), (1, 2.5)),
    ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", (12, 80), (5, 45)),
    ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "umol/L", (49, 120), (49, 104)),
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", (132, 147), (133, 146)),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", (3.2, 5.6), (3.5, 5.3)),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/L", (95, 165), (120, 160)),
]


def coded(system, code, display):
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def class_code(system, code):
    return {"coding": [{"system": HL7 + system, "code": code}]}


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def identifier(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def instant(self):
        return LAST_DAY - datetime.timedelta(minutes=self.random.randint(0, 8 * 365 * 24 * 60))

    def resource(self, kind, profile, rows):
        """What a server adds to everything that it sends: version, profile, narrative."""
        table = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
        return {
            "resourceType": kind,
            "id": self.identifier(),
            "meta": {
                "versionId": str(self.random.randint(1, 9)),
                "lastUpdated": self.instant().isoformat() + "+00:00",
                "profile": [f"https://ehr.example/StructureDefinition/{profile}"],
            },
            "text": {"status": "generated", "div": NARRATIVE.format(rows[0][1], table)},
        }

    def condition(self):
        code, name = self.random.choice(CONDITIONS)
        onset = self.instant().date().isoformat()
        made = self.resource("Condition", "Condition", [("Problem", name), ("Onset", onset), ("Status", "active")])
        made |= {
            "clinicalStatus": class_code("condition-clinical", "active"),
            "verificationStatus": class_code("condition-ver-status", "confirmed"),
            "category": [class_code("condition-category", "problem-list-item")],
            "code": coded(SNOMED, code, name),
            "subject": {"reference": "Patient/" + PATIENT},
            "encounter": {"reference": "Encounter/" + self.identifier()},
            "onsetDateTime": onset,
            "recordedDate": onset,
            "recorder": {"reference": "Practitioner/" + self.identifier(), "display": "An invented practitioner"},
        }
        return made

    def observation(self, test):
        code, name, unit, (low, high), laboratory = test
        value = round(self.random.uniform(low, high), 1)
        when = self.instant().isoformat() + "+00:00"
        made = self.resource("Observation", "Observation", [(name, f"{value} {unit}")])
        made |= {
            "status": "final",
            "category": [class_code("observation-category", "laboratory" if laboratory else "vital-signs")],
            "code": coded(LOINC, code, name),
            "subject": {"reference": "Patient/" + PATIENT},
            "encounter": {"reference": "Encounter/" + self.identifier()},
            "effectiveDateTime": when,
            "performer": [{"reference": "Organization/" + self.identifier(), "display": "An invented laboratory"}],
            "valueQuantity": self.quantity(value, unit),
        }
        if laboratory:
            made["referenceRange"] = [dict(zip(("low", "high"), (self.quantity(edge, unit) for edge in laboratory)))]
        return made

    @staticmethod
    def quantity(value, unit):
        return {"value": value, "unit": unit, "system": UCUM, "code": unit}

    @staticmethod
    def searchset(resources):
        entries = [
            {
                "fullUrl": f"https://ehr.example/fhir/{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in resources
        ]
        return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}

    def request(self, conditions=30, observations=150):
        patient = {
            "resourceType": "Patient",
            "id": PATIENT,
            "name": [{"family": "Invented-Typical", "given": ["Measured"]}],
            "gender": "female",
            "birthDate": "1971-02-03",
        }
        return {
            "hook": "patient-view",
            "hookInstance": self.identifier(),
            "context": {"userId": "Practitioner/measured", "patientId": PATIENT},
            "prefetch": {
                "patient": patient,
                "conditions": self.searchset([self.condition() for _ in range(conditions)]),
                "observations": self.searchset([self.observation(TESTS[i % len(TESTS)]) for i in range(observations)]),
                "medications": self.searchset([]),
                "familyHistory": self.searchset([]),
                "referrals": self.searchset([]),
            },
        }


def typical_request(seed=1):
    """The bytes of a request, as an EHR sends them."""
    return json.dumps(Writer(seed).request(), separators=(",", ":")).encode()


def with_card(request):
    """The same of a slim woman with a raised fasting insulin."""
    results = [entry["resource"] for entry in request["prefetch"]["observations"]["entry"]]
    slim = {"39156-5": 22.8, "29463-7": 62.1, "8302-2": 165}
    for result in results:
        code = result["code"]["coding"][0]
        if code["code"] in slim:
            result["valueQuantity"]["value"] = slim[code["code"]]
        elif result is results[-1]:
            code |= {"code": "27873-9", "display": "Insulin [Units/volume] in Serum or Plasma --fasting"}
            result |= {"valueQuantity": Writer.quantity(412, "pmol/L"), "effectiveDateTime": "2026-05-14T08:30:00+00:00"}
            result.pop("referenceRange", None)
    return request


def bodies():
    """Name to bytes: small, typical, typical with a card, large, huge."""
    sizes = {"small": (1, 4), "typical": (30, 150), "card": (30, 150), "large": (200, 2600), "huge": (1500, 20000)}
    requests = {name: Writer(1).request(*size) for name, size in sizes.items()}
    with_card(requests["card"])
    return {name: json.dumps(request, separators=(",", ":")).encode() for name, request in requests.items()}


if __name__ == "__main__":
    sys.stdout.buffer.write(typical_request(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
