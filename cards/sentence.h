#pragma once

#include <string>
#include <vector>

#include "cards/clause.h"
#include "cards/content.h"

namespace cards {

/// A clause in English: a line with the lines that belong under it.
struct Sentence {
  std::string text;
  std::vector<Sentence> parts;
};

/// "body mass index below 30 kg/m2", "all of" with its parts, and so on. The same words as in a trail.
[[nodiscard]] Sentence sentence_of(const Clause& clause, const Knowledge::Content& knowledge);

/// A fact's way of reasoning with its numbers filled in.
[[nodiscard]] std::string reasoning_of(const Fact& fact);

}  // namespace cards
