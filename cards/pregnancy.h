#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

namespace cards {

/// True when a pregnancy was on record for that day. `pregnancy` is the fact with its codes; a Condition that was never
/// closed counts for as many weeks as its parameter `longest` says.
[[nodiscard]] bool is_pregnant_on(const Chart& chart, const Fact& pregnancy, fhir::Day day);

/// Pregnant on the day of the insulin sample, or delivered at most `postpartum` weeks before it (CLINICAL.md 2.6).
[[nodiscard]] Sighting pregnancy_at_sample(const Chart& chart, const Fact& fact);

}  // namespace cards
