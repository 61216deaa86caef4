#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fhir/record.h"

// Whatever the JSON: a record is read or refused, every resource is accounted for, and no number is out of bounds.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_value(const fhir::Value& value) {
  if (const auto* quantity = std::get_if<fhir::Quantity>(&value)) {
    check(std::isfinite(quantity->value) && std::abs(quantity->value) <= 1e15);
    check(!quantity->written.empty());
  }
}

void check_record(const fhir::Record& record) {
  check(record.counts.seen == record.counts.used + record.counts.ignored + record.counts.dropped);
  for (const auto& observation : record.observations) {
    check_value(observation.value);
    for (const auto& component : observation.components) check_value(component.value);
    if (observation.when) check(observation.when->earliest_day() <= observation.when->latest_day());
    (void)record.specimen(observation.specimen);
    (void)record.encounter(observation.encounter);
  }
  for (const auto& condition : record.conditions) check(!condition.verification_status.has_code("refuted"));
  for (const auto& use : record.medications) check(use.status != "entered-in-error");
  for (const auto& note : record.unreadable) check(!note.reason.empty() && note.reason.size() < 100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const char* const patient_id : {"p1", ""}) {
    auto document = fhir::read_document(text);
    if (!document) return 0;
    fhir::RecordReader reader(patient_id);
    (void)reader.add(document->root(), "record");
    for (const fhir::Json member : document->root()) (void)reader.add(member, "record.member");
    reader.keep(std::move(*document));
    if (const auto record = reader.finish()) check_record(*record);
  }
  return 0;
}
