#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cards/card.h"
#include "cards/chart.h"

namespace cards {

/// The suggestions of an advice: draft FHIR R4 ServiceRequests that the clinician may accept (CLINICAL.md 5,
/// TERMINOLOGY.md 7). Nothing is ordered by accepting: status draft, intent proposal.
[[nodiscard]] std::vector<Suggestion> drafts_of(const Advice& advice, const Chart& chart, const Knowledge& knowledge,
                                                const Site& site, const std::function<std::string()>& new_uuid);

}  // namespace cards
