#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cards/knowledge.h"
#include "server/store.h"

namespace server {

/// Body of GET /feedback/summary: per criterion and month how many cards were shown, accepted and overridden, by
/// reason. A card counts once, by its newest answer. Numbers from 1 to `small - 1` are written as "<5", and a total
/// that would give away the only such month as ">=5".
[[nodiscard]] std::string feedback_summary(const std::vector<MonthlyCount>& counts, std::uint64_t small,
                                           const cards::Knowledge& knowledge);

}  // namespace server
