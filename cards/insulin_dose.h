#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cards/chart.h"
#include "cards/fact.h"

// How much insulin a person is prescribed in a day.

namespace cards {

/// Units a day: a recorded mean daily dose where there is a recent one, else the sum of the standing insulin orders.
/// Left out and named: doses as needed, ranges and sliding scales, doses in millilitres, doses without a frequency,
/// infusions without a rate, orders younger than `sustained` days.
[[nodiscard]] Sighting daily_insulin_dose(const Chart& chart, const Fact& fact);

/// What one order comes to in a day: the lines that can be counted, and why the others cannot.
struct InsulinDose {
  double units = 0;
  bool is_counted = false;
  std::vector<std::string> left_out;
};
[[nodiscard]] InsulinDose insulin_dose_of(const fhir::MedicationUse& use);

/// The standing insulin orders of today that `daily_insulin_dose` adds up. Sets in the role "any_of".
[[nodiscard]] std::vector<const fhir::MedicationUse*> standing_insulin(const Chart& chart, const Fact& fact);

/// What a later order for the same thing replaces: its first code, else its name.
[[nodiscard]] std::string_view product_of(const fhir::MedicationUse& use);

/// Units per kilogram and day: the daily dose by the weight of the fact in the role "weight".
[[nodiscard]] Sighting insulin_dose_per_kilogram(const Chart& chart, const Fact& fact);

/// The dose today is at least `factor` times the lowest one on record within `within` months.
[[nodiscard]] Sighting insulin_dose_escalated(const Chart& chart, const Fact& fact);

}  // namespace cards
