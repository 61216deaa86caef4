#pragma once

#include <chrono>
#include <set>
#include <string_view>

#include "cards/chart.h"
#include "cards/fact.h"
#include "cards/stretch.h"
#include "fhir/record.h"

// "Individuals under stress": acute admissions and illnesses raise insulin for a while (CLINICAL.md 2.6; DECISIONS.md,
// clinical readings 13).

namespace cards {

/// The inpatient, acute or emergency Encounter of a sample: the one that it names, or one that holds its day. Null:
/// none.
[[nodiscard]] const fhir::Encounter* admission_at(const Chart& chart, fhir::Day day, std::string_view encounter);

/// A confirmed Condition of the sets that began on the day or at most `days` before it. Null: none.
[[nodiscard]] const fhir::Condition* acute_illness_before(const Chart& chart, const SetBits& illnesses, fhir::Day day,
                                                          double days);

/// The same two questions for many samples of one record: whether somebody was admitted or acutely ill.
class Stress {
 public:
  Stress(const Chart& chart, const SetBits& illnesses, double illness_days);

  [[nodiscard]] bool at(fhir::Day day, std::string_view encounter) const;

 private:
  Stretches admissions_;
  std::set<std::string_view> admission_references_;
  Stretches illness_begun_;
  std::chrono::days illness_days_;
};

/// An acute admission on the day of the insulin sample, or an acute illness at most `within` days before it.
[[nodiscard]] Sighting acute_illness_at_sample(const Chart& chart, const Fact& fact);

}  // namespace cards
