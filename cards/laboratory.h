#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

// Laboratory results as facts, other than insulin.

namespace cards {

/// The latest usable result of one analyte in its window, in the analyte's canonical unit.
[[nodiscard]] Sighting latest_result(const Chart& chart, const Fact& fact);

}  // namespace cards
