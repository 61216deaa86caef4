#pragma once

#include <string>

#include "cards/content.h"
#include "fhir/json.h"

namespace cards {

/// Clauses nest at most so deep, so that a person can still read them aloud.
inline constexpr std::size_t clause_depth_max = 6;

/// Reads a criterion tree. Errors: bad_input with the place and a sentence for an unknown word, an unknown fact or
/// definition, a fact of another kind, a unit that is not the fact's, a word that the finding does not have, a tree
/// that is too deep.
[[nodiscard]] Result<Clause> read_clause(fhir::Json json, const std::string& path, const Knowledge::Content& known,
                                         std::size_t depth = 1);

}  // namespace cards
