#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

// Low, high and swinging glucose.

namespace cards {

/// A glucose below `below` without insulin or sulfonylurea at the time, or a coded spontaneous hypoglycaemia in
/// somebody who takes neither; within `within` months (CLINICAL.md 3.2, G4).
[[nodiscard]] Sighting spontaneous_hypoglycaemia(const Chart& chart, const Fact& fact);

/// A coded hypoglycaemia or a glucose below `below` in somebody on insulin, and a glucose above `above`; within
/// `within` months: hypoglycaemia on insulin with hyperglycaemia at other times (CLINICAL.md 3.3).
[[nodiscard]] Sighting hypoglycaemia_on_insulin(const Chart& chart, const Fact& fact);

/// At least one glucose below `below` and one above `above` within `within` days of each other.
[[nodiscard]] Sighting labile_glucose(const Chart& chart, const Fact& fact);

/// A glucose below `glucose` with insulin of at least `insulin` in the same sample, without insulin or sulfonylurea
/// treatment (CLINICAL.md 2.1, step 4).
[[nodiscard]] Sighting hyperinsulinaemic_hypoglycaemia(const Chart& chart, const Fact& fact);

}  // namespace cards
