#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

// How much insulin a person is prescribed in a day.

namespace cards {

/// Units a day: a recorded mean daily dose where there is a recent one, else the sum of the standing insulin orders.
/// Left out and named: doses as needed, ranges and sliding scales, doses in millilitres, doses without a frequency,
/// infusions without a rate, orders younger than `sustained` days.
[[nodiscard]] Sighting daily_insulin_dose(const Chart& chart, const Fact& fact);

/// Units per kilogram and day: the daily dose by the weight of the fact in the role "weight".
[[nodiscard]] Sighting insulin_dose_per_kilogram(const Chart& chart, const Fact& fact);

/// The dose today is at least `factor` times the lowest one on record within `within` months.
[[nodiscard]] Sighting insulin_dose_escalated(const Chart& chart, const Fact& fact);

}  // namespace cards
