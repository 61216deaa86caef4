#pragma once

#include <string_view>
#include <vector>

#include "cards/fact.h"

namespace cards {

/// Every way in which a fact can be looked for, by the name that the knowledge folder uses ("how"). The closed half of
/// the vocabulary: a new way of reasoning is a function here, its codes, limits and windows are data.
[[nodiscard]] const std::vector<Computation>& computations();

/// Null when there is none of that name.
[[nodiscard]] const Computation* computation(std::string_view name);

}  // namespace cards
