#pragma once

#include <string>
#include <vector>

#include "cards/knowledge.h"

namespace cards {

/// The knowledge with one number or one word changed. When every case still passes, nobody would have noticed.
struct Mutant {
  std::string file;    ///< "facts/severe-hyperinsulinaemia.json"
  std::string path;    ///< "parameters.fasting.value"
  std::string change;  ///< "150 becomes 300"
  std::string text;    ///< the whole file, changed
};

/// Every small change of the clinical numbers and words of a folder (facts, units, definitions, criteria, the
/// conditions of advice):
///   the parameters of facts, and what is possible of an analyte
///                                   halved, doubled, one step of the last digit up and down
///   the factors of units            halved, doubled, a thousandth up and down
///   the limits of comparisons       the same, and "above" for "at least", "below" for "at most" and the other way
///                                   round
///   points and counts               one up, one down
///   parts of "all", "any" and "of"  each left out, where others are left
///   words of a finding              each left out, where others are left
///   criteria of a second card       each left out, where others are left
/// Errors: bad_input when a file is no JSON.
[[nodiscard]] Result<std::vector<Mutant>> mutants_of(const Folder& folder);

}  // namespace cards
