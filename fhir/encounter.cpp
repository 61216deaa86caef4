#include "fhir/resource.h"

namespace fhir {
namespace {

/// DSTU2 has words where later versions have the codes of v3 ActCode.
std::string_view class_code_of(Json json) {
  const Concept read = read_concept(json);
  const std::string_view code = read.codings.empty() ? std::string_view() : read.codings.front().code;
  if (code == "inpatient") return "IMP";
  if (code == "emergency") return "EMER";
  if (code == "outpatient" || code == "ambulatory") return "AMB";
  return code;
}

}  // namespace

std::optional<Encounter> read_encounter(const Source& source) {
  const Json json = source.json;
  Encounter encounter;
  const auto status = read_status_code(json["status"], source.notes);
  if (!status || *status == "entered-in-error" || *status == "cancelled") return std::nullopt;
  encounter.status = *status;
  encounter.reference = source.reference;
  encounter.class_code = class_code_of(json["class"]);
  const Json period = first_of(json, {"period", "actualPeriod"});
  encounter.start = read_time_at(period["start"], "period.start", source.notes);
  encounter.end = read_time_at(period["end"], "period.end", source.notes);
  return encounter;
}

std::optional<Specimen> read_specimen(const Source& source) {
  const Json json = source.json;
  const auto status = read_status_code(json["status"], source.notes);
  if (!status || *status == "entered-in-error") return std::nullopt;
  const Json collection = json["collection"];
  Specimen specimen;
  specimen.reference = source.reference;
  if (const Json moment = collection["collectedDateTime"]; is_given(moment)) {
    specimen.collected = read_time_at(moment, "collection.collectedDateTime", source.notes);
  } else {
    const Json end = first_of(collection["collectedPeriod"], {"end", "start"});
    specimen.collected = read_time_at(end, "collection.collectedPeriod", source.notes);
  }
  specimen.fasting_status = read_concept(collection["fastingStatusCodeableConcept"]);
  specimen.fasting_duration =
      read_quantity(collection["fastingStatusDuration"], "collection.fastingStatusDuration", source.notes);
  specimen.conditions = read_concepts(json["condition"]);
  return specimen;
}

}  // namespace fhir
