#include "fhir/resource.h"

namespace fhir {
namespace {

bool is_dropped_status(std::string_view status) {
  for (const std::string_view dropped : {"entered-in-error", "cancelled", "draft", "not-done", "not-taken"}) {
    if (status == dropped) return true;
  }
  return false;
}

/// An order that is signed again is no draft any more, but one that has ended is not about to be made.
bool is_over(std::string_view status) {
  for (const std::string_view over : {"entered-in-error", "cancelled", "stopped", "completed"}) {
    if (status == over) return true;
  }
  return false;
}

/// Whether an older version, or R5, says outside the status that the medicine was not taken or given.
bool was_not_taken(Json json, Notes& notes) {
  for (const std::string_view denial : {"doNotPerform", "wasNotTaken", "wasNotGiven", "notGiven"}) {
    if (is_denied(json, denial, notes)) return true;
  }
  const Concept adherence = read_concept(json["adherence"]["code"]);
  return json["taken"].string() == "n" || adherence.has_code("not-taking");
}

/// R5 keeps "stopped" and "on hold" of a statement beside its status.
std::string_view status_with_adherence(std::string_view written, Json json) {
  const Concept adherence = read_concept(json["adherence"]["code"]);
  for (const std::string_view status : {"stopped", "on-hold"}) {
    if (adherence.has_code(status)) return status;
  }
  return written;
}

Concept ingredient_item(const Source& source, Json ingredient, Json medication) {
  const Json item = first_of(ingredient, {"itemCodeableConcept", "item"});
  Concept named = read_concept_or_reference(item);
  if (!named.empty()) return named;
  Json reference = first_of(ingredient, {"itemReference", "item"});
  if (is_given(reference["reference"]) && !reference["reference"].is(JsonType::string))
    reference = reference["reference"];
  // An ingredient may be contained in the Medication, or in what contains that.
  const std::string_view text = literal_reference(reference);
  for (const Json container : {medication, source.json}) {
    for (const std::string_view type : {"Medication", "Substance"}) {
      const Json found = source.surroundings.resource(text, type, container);
      if (found.present()) return read_concept_or_reference(found["code"]);
    }
  }
  named.text = reference["display"].string();
  return named;
}

void read_medication(const Source& source, Json medication, MedicationUse& use) {
  use.medication = read_concept(medication["code"]);
  const Json ingredients = first_of(medication, {"ingredient", "product"});
  for_each(ingredients.name() == "product" ? ingredients["ingredient"] : ingredients, [&](Json ingredient) {
    if (ingredient["isActive"].boolean() == false) return;
    Concept item = ingredient_item(source, ingredient, medication);
    if (!item.empty()) use.ingredients.push_back(item);
  });
}

/// The medicine itself: a concept, or a reference to a Medication that was sent beside or within.
void read_what(const Source& source, MedicationUse& use) {
  const Json json = source.json;
  const Json codeable = single(json["medication"]);  // R5 CodeableReference
  use.medication = read_concept(first_of(json, {"medicationCodeableConcept"}));
  if (use.medication.empty()) use.medication = read_concept_or_reference(codeable);
  const Json reference = is_given(json["medicationReference"]) ? json["medicationReference"] : codeable["reference"];
  const std::string_view text = literal_reference(reference);
  if (text.empty()) {
    if (use.medication.empty()) use.medication.text = reference["display"].string();
    return;
  }
  const Json medication = source.surroundings.resource(text, "Medication", json);
  if (medication.present() && medication["modifierExtension"].size() == 0 && !is_given(medication["implicitRules"])) {
    read_medication(source, medication, use);
  } else {
    source.notes.add("medicationReference", "points to a Medication that was not sent or cannot be read");
  }
  if (use.medication.empty()) use.medication.text = reference["display"].string();
}

Json first_time(Json json, MedicationSource kind) {
  if (kind == MedicationSource::request) return first_of(json, {"authoredOn", "dateWritten"});
  const Json moment =
      first_of(json, {"effectiveDateTime", "effectiveTimeDateTime", "occurenceDateTime", "occurrenceDateTime"});
  return moment;
}

void read_times(Json json, MedicationUse& use, Notes& notes) {
  const Json moment = first_time(json, use.source);
  const Json period = first_of(json, {"effectivePeriod", "effectiveTimePeriod", "occurencePeriod", "occurrencePeriod"});
  use.start = read_time_at(moment, moment.name(), notes);
  if (!is_given(moment)) use.start = read_time_at(period["start"], "effectivePeriod.start", notes);
  use.end = read_time_at(first_of(period, {"end"}), "effectivePeriod.end", notes);
  if (!use.end) use.end = read_time_at(json["dateEnded"], "dateEnded", notes);
  if (use.source == MedicationSource::administration && !use.end) use.end = use.start;
  for (const Dosage& dosage : use.dosages) {
    if (!use.start && !is_given(moment)) use.start = dosage.bounds_start;
  }
  if (use.end) return;
  // Several lines: it goes on until the last of them ends, and without end when one has none.
  for (const Dosage& dosage : use.dosages) {
    if (!dosage.bounds_end) {
      use.end.reset();
      return;
    }
    if (!use.end || use.end->before(*dosage.bounds_end)) use.end = dosage.bounds_end;
  }
}

}  // namespace

std::optional<std::string_view> read_status_code(Json json, Notes& notes) {
  json = single(json);
  if (!is_given(json)) return std::string_view();
  if (json.is(JsonType::string)) return json.string();
  notes.add("status", "is not a code");
  return std::nullopt;
}

bool is_modified(const Members& resource, Notes& notes) {
  const bool modified = resource["modifierExtension"].size() > 0;
  const bool ruled = is_given(resource["implicitRules"]);
  if (modified) notes.add("modifierExtension", "changes the meaning in a way that is not known");
  if (ruled) notes.add("implicitRules", "sets rules that are not known");
  return modified || ruled;
}

bool is_denied(Json json, std::string_view member, Notes& notes) {
  const Json denial = json[member];
  if (!is_given(denial)) return false;
  if (!denial.is(JsonType::boolean)) notes.add(member, "is not true or false");
  return denial.boolean() != false;
}

namespace {

std::optional<MedicationUse> read_use(const Source& source, MedicationSource kind, std::string_view status) {
  const Json json = source.json;
  if (was_not_taken(json, source.notes)) return std::nullopt;
  MedicationUse use;
  use.source = kind;
  read_what(source, use);
  if (use.medication.empty() && use.ingredients.empty()) {
    source.notes.add("medication", "is missing");
    return std::nullopt;
  }
  use.reference = source.reference;
  use.status = status_with_adherence(status, json);
  use.intent = json["intent"].string();
  use.categories = read_concepts(json["category"]);
  use.dosages = read_dosages(first_of(json, {"dosageInstruction", "dosage"}), source.notes);
  use.prior = normalised_reference(literal_reference(json["priorPrescription"]));
  read_times(json, use, source.notes);
  return use;
}

}  // namespace

std::optional<MedicationUse> read_medication_use(const Source& source, MedicationSource kind) {
  const auto status = read_status_code(source.json["status"], source.notes);
  if (!status || is_dropped_status(*status)) return std::nullopt;
  return read_use(source, kind, *status);
}

std::optional<MedicationUse> read_medication_order(const Source& source) {
  const auto status = read_status_code(source.json["status"], source.notes);
  if (!status || is_over(*status)) return std::nullopt;
  return read_use(source, MedicationSource::request, *status);
}

}  // namespace fhir
