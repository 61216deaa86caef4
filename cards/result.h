#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cards/chart.h"
#include "cards/fact.h"
#include "fhir/record.h"

// Laboratory and bedside results, ready to be reasoned about.

namespace cards {

/// One usable number from an Observation or one of its components.
struct Reading {
  const fhir::Observation* observation = nullptr;
  std::size_t position = 0;                    ///< of the Observation in the record
  const fhir::Component* component = nullptr;  ///< null: the Observation's own value
  const fhir::Quantity* quantity = nullptr;
  SetBits sets{};              ///< what the code belongs to
  Interval value{};            ///< in the canonical unit; an open end where the laboratory wrote < or >
  Interval by_other_factor{};  ///< the same by the other factor in use (insulin)
  double factor = 1;           ///< canonical per recorded unit
  double other_factor = 1;     ///< the second factor in use, else equal to `factor`
  double offset = 0;           ///< added after the factor
  std::optional<fhir::Time> when{};
  std::optional<fhir::Day> day{};  ///< the earliest day that the date may mean

  /// "68.7 mIU/L": as the record wrote it, comparator included.
  [[nodiscard]] std::string as_written() const;
  [[nodiscard]] Evidence evidence() const;
};

/// What `readings` has found, and by what.
struct FoundReadings {
  std::string analyte;
  SetBits wanted;
  SetBits unwanted;
  std::vector<Reading> readings;
};

/// All usable readings of an analyte whose code is in `wanted` and not in `unwanted`, oldest first, undated ones in
/// front. Left out and reported: unreadable units and values, impossible values, preliminary results, dates in the
/// future. The chart remembers them.
[[nodiscard]] const std::vector<Reading>& readings(const Chart& chart, std::string_view analyte, const SetBits& wanted,
                                                   const SetBits& unwanted);

/// Of an assay whose results are each held against other parts of the record, so many are looked at: the latest. Nobody
/// has as many, and a record that is made to cost much costs no more. That there are others is reported.
inline constexpr std::size_t latest_results_max = 500;
[[nodiscard]] std::span<const Reading> latest_results(const Chart& chart, const std::vector<Reading>& found);

/// The laboratory's own reference range as text, "18–173 pmol/L"; empty when it gave none.
[[nodiscard]] std::string range_in_words(const fhir::Observation& observation);

/// The value with its written form beside it where it was converted: "412.2 pmol/L (68.7 mIU/L × 6)".
[[nodiscard]] std::string value_in_words(const Reading& reading, std::string_view canonical_unit);

/// True when two readings come from one blood sample: the same Specimen, or the same moment; two date-only values of
/// one day count as one (DECISIONS.md, clinical readings 11).
[[nodiscard]] bool is_same_sample(const Reading& a, const Reading& b);

/// The latest of the readings in order of time, with all others of the very same time; empty when there is none.
[[nodiscard]] std::vector<Reading> latest_among(const std::vector<Reading>& found);

/// The values of readings of one time: a record that gives two leaves it open which of them it is, or what lies
/// between.
[[nodiscard]] Interval span_of(const std::vector<Reading>& same_time);

/// "5.2 mmol/L", or "0.9 mmol/L and 5.2 mmol/L" where the record contradicts itself.
[[nodiscard]] std::string values_in_words(const std::vector<Reading>& same_time, std::string_view canonical_unit);

/// The evidence of all of them.
[[nodiscard]] std::vector<Evidence> evidence_of(const std::vector<Reading>& same_time);

/// Days between, whole months between: how old a reading is.
[[nodiscard]] bool is_within_months(fhir::Day day, fhir::Day of, double months);

}  // namespace cards
