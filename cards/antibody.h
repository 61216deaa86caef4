#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

namespace cards {

/// A test that is positive or negative: "positive", "negative", or "unknown". The Observation is found by its code, or
/// by an exact text or display of the fact's list (insulin-receptor antibodies have no verified code; DECISIONS.md,
/// clinical readings 1). The result is read from a coded value or from the interpretation. Of several the latest
/// counts, but a positive one is never cancelled by a later negative one.
[[nodiscard]] Sighting antibody(const Chart& chart, const Fact& fact);

}  // namespace cards
