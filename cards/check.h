#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cards/case.h"
#include "cards/coverage.h"
#include "cards/knowledge.h"

// What `sir-cds check` finds out about a knowledge folder: whether its cases pass, what they never try, and whether a
// wrong number or word would be noticed by any of them.

namespace cards {

struct CriterionCases {
  std::string criterion;
  std::size_t cases = 0;
  std::size_t failed = 0;
};

struct CaseFailure {
  std::string file;
  std::string id;
  std::string complaint;
};

/// A change of the knowledge that no case notices.
struct Survivor {
  std::string file;
  std::string path;
  std::string change;
};

struct CheckReport {
  std::string fault;  ///< why the cases cannot be read; nothing else is there then
  std::vector<CriterionCases> criteria;
  std::vector<CaseFailure> failures;
  std::vector<Coverage::Unseen> unseen;
  std::size_t mutants = 0;
  std::size_t refused = 0;  ///< mutants that the loader does not accept
  std::vector<Survivor> survivors;

  /// All cases pass, every leaf was seen in every verdict that it can have, and no change goes unnoticed.
  [[nodiscard]] bool passed() const { return fault.empty() && failures.empty() && unseen.empty() && survivors.empty(); }
};

/// Runs the cases, looks at what they cover, and tries every mutant of the knowledge on them (seconds, not
/// milliseconds). `folder` is what `knowledge` was read from. Mutants are tried only when all cases pass.
[[nodiscard]] CheckReport check(const Folder& folder, const Knowledge& knowledge);

/// For a terminal: one line per criterion, then everything that is wrong.
[[nodiscard]] std::string in_words(const CheckReport& report);

}  // namespace cards
