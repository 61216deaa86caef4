#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

// How a disease runs: when it began, what weight it cost.

namespace cards {

/// The disease of the sets began within `within` months: every Condition of it on record has an onset (or else a
/// recording) in that time. A first insulin order stands for the beginning only where no such Condition exists
/// (DECISIONS.md, clinical readings 15).
[[nodiscard]] Sighting recent_onset(const Chart& chart, const Fact& fact);

/// The disease of the sets has been on record for more than `longer` months.
[[nodiscard]] Sighting long_standing(const Chart& chart, const Fact& fact);

/// Weight lost, in percent of the highest weight measured 3 to 12 months before the latest, which must be at most 3
/// months old (CLINICAL.md 3.3). Negative for a gain.
[[nodiscard]] Sighting weight_loss(const Chart& chart, const Fact& fact);

/// "female", "male" or "unknown".
[[nodiscard]] Sighting sex(const Chart& chart, const Fact& fact);

/// The latest result of an analyte within `within` months is above the laboratory's own upper limit, or flagged as
/// high.
[[nodiscard]] Sighting above_laboratory_range(const Chart& chart, const Fact& fact);

/// An inpatient, acute or emergency Encounter today.
[[nodiscard]] Sighting admitted_today(const Chart& chart, const Fact& fact);

}  // namespace cards
