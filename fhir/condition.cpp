#include <algorithm>
#include <array>
#include <cmath>

#include "fhir/resource.h"

namespace fhir {
namespace {

bool is_any_of(const Concept& status, std::initializer_list<std::string_view> codes) {
  return std::any_of(codes.begin(), codes.end(), [&](std::string_view code) { return status.has_code(code); });
}

/// Months in one unit of an Age; 0 for units shorter than a month, nothing for what is no unit of age.
std::optional<int> months_in(const Quantity& age) {
  const std::string_view unit = age.code.empty() ? age.unit : age.code;
  for (const std::string_view year : {"a", "year", "years", "yr", "yrs", "y"}) {
    if (unit == year) return 12;
  }
  for (const std::string_view month : {"mo", "month", "months"}) {
    if (unit == month) return 1;
  }
  for (const std::string_view shorter : {"wk", "week", "weeks", "d", "day", "days", "h", "min"}) {
    if (unit == shorter) return 0;
  }
  return std::nullopt;
}

/// The month in which somebody reached an age: as exact as an age can be.
std::optional<Time> time_of_age(const std::optional<Quantity>& age, const std::optional<Time>& birth) {
  if (!age || !birth || age->comparator != Comparator::none || age->value < 0 || age->value > 150 * 366)
    return std::nullopt;
  const auto unit = months_in(*age);
  if (!unit) return std::nullopt;
  const double months = age->value * *unit;
  if (months > 150 * 12) return std::nullopt;
  const int total = birth->year * 12 + (birth->month == 0 ? 0 : static_cast<int>(birth->month) - 1) +
                    static_cast<int>(std::floor(months));
  Time time;
  time.year = total / 12;
  if (birth->month != 0) time.month = static_cast<unsigned>(total % 12) + 1;
  return time;
}

std::optional<Time> read_onset(const Members& json, const std::optional<Time>& birth, Notes& notes) {
  if (const Json moment = json["onsetDateTime"]; is_given(moment)) return read_time_at(moment, "onsetDateTime", notes);
  if (const Json start = json["onsetPeriod"]["start"]; is_given(start)) {
    return read_time_at(start, "onsetPeriod.start", notes);
  }
  const Json age = first_given({json["onsetAge"], json["onsetQuantity"]});
  return time_of_age(read_quantity(age, age.name(), notes), birth);
}

bool is_abated(Json json) {
  for (const Json member : json) {
    if (!member.name().starts_with("abatement") || !is_given(member)) continue;
    if (member.name() != "abatementBoolean" || member.boolean() != false) return true;
  }
  return false;
}

std::optional<Time> read_abatement(const Members& json, Notes& notes) {
  if (const Json moment = json["abatementDateTime"]; is_given(moment)) {
    return read_time_at(moment, "abatementDateTime", notes);
  }
  return read_time_at(json["abatementPeriod"]["end"], "abatementPeriod.end", notes);
}

/// A status that is there but cannot be read must not pass for one that is absent.
bool is_lost(Json json, const Concept& status, std::string_view path, Notes& notes) {
  const bool empty_container = (json.is(JsonType::object) || json.is(JsonType::array)) && json.size() == 0;
  if (!is_given(json) || empty_container || !status.empty()) return false;
  notes.add(path, "is not a status that is known");
  return true;
}

}  // namespace

std::optional<Condition> read_condition(const Source& source, const std::optional<Time>& birth) {
  const Members& json = source.members;
  Notes& notes = source.notes;
  Condition read;
  read.clinical_status = read_concept(json["clinicalStatus"]);
  read.verification_status = read_concept(json["verificationStatus"]);
  if (is_lost(json["clinicalStatus"], read.clinical_status, "clinicalStatus", notes)) return std::nullopt;
  if (is_lost(json["verificationStatus"], read.verification_status, "verificationStatus", notes)) return std::nullopt;
  if (read.verification_status.has_code("entered-in-error")) return std::nullopt;
  read.code = read_concept(json["code"]);
  if (read.code.empty()) {
    notes.add("code", "is missing");
    return std::nullopt;
  }
  read.reference = source.reference;
  read.categories = read_concepts(json["category"]);
  read.onset = read_onset(json, birth, notes);
  read.abated = is_abated(source.json);
  read.abatement = read_abatement(json, notes);
  const Json recorded =
      first_given({json["recordedDate"], json["assertedDate"], json["dateRecorded"], json["dateAsserted"]});
  read.recorded = read_time_at(recorded, recorded.name(), notes);
  return read;
}

bool Condition::is_active() const {
  return !abated && (clinical_status.empty() || is_any_of(clinical_status, {"active", "recurrence", "relapse"}));
}

bool Condition::is_refuted() const {
  return verification_status.has_code("refuted");
}

bool Condition::is_confirmed() const {
  return verification_status.empty() || verification_status.has_code("confirmed");
}

}  // namespace fhir
