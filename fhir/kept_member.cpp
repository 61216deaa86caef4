#include <algorithm>
#include <array>
#include <cstdint>

#include "fhir/condensed.h"

namespace fhir {
namespace {

/// Every member name that a reader asks for, sorted. Names with a type behind them are matched below.
constexpr std::array<std::string_view, 137> kept_members = {"actualPeriod",
                                                            "address",
                                                            "adherence",
                                                            "asNeeded",
                                                            "asNeededBoolean",
                                                            "asNeededCodeableConcept",
                                                            "asNeededFor",
                                                            "assertedDate",
                                                            "authoredOn",
                                                            "birthDate",
                                                            "boundsPeriod",
                                                            "category",
                                                            "class",
                                                            "clinicalStatus",
                                                            "code",
                                                            "codeCodeableConcept",
                                                            "coding",
                                                            "collectedDateTime",
                                                            "collectedPeriod",
                                                            "collection",
                                                            "comparator",
                                                            "component",
                                                            "concept",
                                                            "condition",
                                                            "contained",
                                                            "context",
                                                            "country",
                                                            "dataAbsentReason",
                                                            "date",
                                                            "dateAsserted",
                                                            "dateEnded",
                                                            "dateRecorded",
                                                            "dateSent",
                                                            "dateWritten",
                                                            "dayOfWeek",
                                                            "deceasedBoolean",
                                                            "deceasedDateTime",
                                                            "denominator",
                                                            "display",
                                                            "district",
                                                            "doNotPerform",
                                                            "dosage",
                                                            "dosageInstruction",
                                                            "dose",
                                                            "doseAndRate",
                                                            "doseQuantity",
                                                            "doseRange",
                                                            "effectiveDateTime",
                                                            "effectiveInstant",
                                                            "effectivePeriod",
                                                            "effectiveTimeDateTime",
                                                            "effectiveTimePeriod",
                                                            "encounter",
                                                            "end",
                                                            "extension",
                                                            "fastingStatusCodeableConcept",
                                                            "fastingStatusDuration",
                                                            "frequency",
                                                            "frequencyMax",
                                                            "gender",
                                                            "hasMember",
                                                            "high",
                                                            "id",
                                                            "identifier",
                                                            "implicitRules",
                                                            "ingredient",
                                                            "intent",
                                                            "interpretation",
                                                            "isActive",
                                                            "issued",
                                                            "item",
                                                            "itemCodeableConcept",
                                                            "itemReference",
                                                            "lastUpdated",
                                                            "low",
                                                            "maxDosePerPeriod",
                                                            "medication",
                                                            "medicationCodeableConcept",
                                                            "medicationReference",
                                                            "meta",
                                                            "method",
                                                            "modifierExtension",
                                                            "name",
                                                            "notDone",
                                                            "notGiven",
                                                            "numerator",
                                                            "occurenceDateTime",
                                                            "occurencePeriod",
                                                            "occurrenceDateTime",
                                                            "occurrencePeriod",
                                                            "onsetAge",
                                                            "onsetDateTime",
                                                            "onsetPeriod",
                                                            "onsetQuantity",
                                                            "orderedOn",
                                                            "patient",
                                                            "performer",
                                                            "period",
                                                            "periodUnit",
                                                            "periodUnits",
                                                            "priorPrescription",
                                                            "product",
                                                            "quantity",
                                                            "quantityQuantity",
                                                            "quantityRange",
                                                            "rateQuantity",
                                                            "rateRange",
                                                            "rateRatio",
                                                            "rateSimpleQuantity",
                                                            "recipient",
                                                            "recordedDate",
                                                            "reference",
                                                            "referenceRange",
                                                            "related",
                                                            "relationship",
                                                            "repeat",
                                                            "resourceType",
                                                            "route",
                                                            "serviceRequested",
                                                            "specimen",
                                                            "start",
                                                            "state",
                                                            "status",
                                                            "subject",
                                                            "system",
                                                            "taken",
                                                            "target",
                                                            "text",
                                                            "timeOfDay",
                                                            "timing",
                                                            "type",
                                                            "unit",
                                                            "url",
                                                            "verificationStatus",
                                                            "wasNotGiven",
                                                            "wasNotTaken",
                                                            "when"};
static_assert(std::is_sorted(kept_members.begin(), kept_members.end()));

// Asked for every member of every resource of a population: a table instead of a search.
constexpr std::size_t slot_count = 1024;
constexpr std::uint8_t no_member = 255;
static_assert(kept_members.size() < no_member);

constexpr std::size_t slot_of(std::string_view name) {
  const auto at = [&](std::size_t place) { return static_cast<std::size_t>(static_cast<unsigned char>(name[place])); };
  return (name.size() * 37 + at(0) * 5 + at(name.size() / 2) * 131 + at(name.size() - 1) * 523) % slot_count;
}

constexpr std::array<std::uint8_t, slot_count> slots_of_members() {
  std::array<std::uint8_t, slot_count> slots{};
  slots.fill(no_member);
  for (std::size_t i = 0; i < kept_members.size(); ++i) {
    std::size_t slot = slot_of(kept_members[i]);
    while (slots[slot] != no_member) slot = (slot + 1) % slot_count;
    slots[slot] = static_cast<std::uint8_t>(i);
  }
  return slots;
}

constexpr auto slots = slots_of_members();

bool is_listed(std::string_view name) {
  if (name.empty()) return false;
  for (std::size_t slot = slot_of(name); slots[slot] != no_member; slot = (slot + 1) % slot_count) {
    if (kept_members[slots[slot]] == name) return true;
  }
  return false;
}

bool has_type_behind(std::string_view name, std::string_view start) {
  return name.starts_with(start) &&
         (name.size() == start.size() || (name[start.size()] >= 'A' && name[start.size()] <= 'Z'));
}

}  // namespace

bool is_kept_member(std::string_view name) {
  return is_listed(name) || has_type_behind(name, "value") || has_type_behind(name, "abatement");
}

}  // namespace fhir
