#pragma once

#include <array>
#include <string>
#include <vector>

#include "cards/chart.h"
#include "cards/clause.h"
#include "cards/content.h"

namespace cards {

/// A question of a criterion or definition that asks the record itself: a measure, a finding, or "recorded".
struct Leaf {
  std::string owner;  ///< id of the criterion or definition
  std::string text;   ///< in English, as in the review sheet
  const Clause* clause = nullptr;
  std::array<bool, 3> possible{};  ///< by Verdict: whether any record can give it
};

/// All leaves of the criteria, their branches and the definitions. Valid as long as the knowledge.
[[nodiscard]] std::vector<Leaf> leaves_of(const Knowledge::Content& knowledge);

/// Which verdicts the cases have shown for every leaf.
class Coverage {
 public:
  explicit Coverage(const Knowledge::Content& knowledge);

  void see(const Chart& chart);

  /// A possible verdict that no case has shown.
  struct Unseen {
    std::string owner;
    std::string text;
    Verdict verdict = Verdict::unknown;
  };
  [[nodiscard]] std::vector<Unseen> unseen() const;

 private:
  std::vector<Leaf> leaves_;
  std::vector<std::array<bool, 3>> seen_;
};

}  // namespace cards
