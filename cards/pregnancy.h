#pragma once

#include "cards/chart.h"
#include "cards/fact.h"
#include "cards/stretch.h"

namespace cards {

/// The days for which a pregnancy is on record. `pregnancy` is the fact with its codes; a Condition that was never
/// closed counts for as many weeks as its parameter `longest` says.
[[nodiscard]] Stretches days_of_pregnancy(const Chart& chart, const Fact& pregnancy);

/// Pregnant on the day of the insulin sample, or delivered at most `postpartum` weeks before it (CLINICAL.md 2.6).
[[nodiscard]] Sighting pregnancy_at_sample(const Chart& chart, const Fact& fact);

}  // namespace cards
