#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

// Laboratory results as facts, other than insulin.

namespace cards {

/// The latest usable result of one analyte in its window, in the analyte's canonical unit.
[[nodiscard]] Sighting latest_result(const Chart& chart, const Fact& fact);

/// The latest usable result on the day of the insulin sample or before it, within the window.
[[nodiscard]] Sighting result_at_sample(const Chart& chart, const Fact& fact);

}  // namespace cards
