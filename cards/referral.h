#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

namespace cards {

/// A referral to the service is on record: a ServiceRequest that is active, on hold or completed whose performer
/// display, performer identifier or code text is on the fact's exact list (DECISIONS.md, clinical readings 2). Drafts,
/// revoked ones and those entered in error do not count.
[[nodiscard]] Sighting known_to_service(const Chart& chart, const Fact& fact);

}  // namespace cards
