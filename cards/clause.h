#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "cards/fact.h"
#include "cards/finding.h"

// The criterion tree: a small closed vocabulary, read from cards/knowledge. No expressions, no variables, no
// arithmetic. A new kind of clause is a struct here, a `look` in clause.cpp, a branch of the reader and a line of
// English; the compiler's std::visit finds what is missing.

namespace cards {

class Chart;
struct Clause;

enum class Comparison : unsigned char { above, at_least, below, at_most };

/// {"measure": "adult-bmi", "below": 30, "unit": "kg/m2"}
struct Measure {
  std::size_t fact = 0;
  Comparison comparison = Comparison::above;
  double limit = 0;
};
/// {"finding": "severe-hyperinsulinaemia", "is": ["yes"]}: unknown when the fact's word leaves the question open.
struct FindingIs {
  std::size_t fact = 0;
  std::vector<std::string> words;
};
/// {"recorded": "acanthosis-nigricans"}
struct Recorded {
  std::size_t fact = 0;
};
/// {"holds": "bmi-within-nsirs-limit"}: a clause with a name of its own, shared by several criteria.
struct Holds {
  std::size_t definition = 0;
};
/// {"all": [...]}, {"any": [...]}
struct All {
  std::vector<Clause> parts;
};
struct Any {
  std::vector<Clause> parts;
};
/// {"not": {...}}: definitely not.
struct Not {
  std::unique_ptr<Clause> part;
};
/// {"unless_recorded": {...}}: met unless the part is met; silence does not block (HOUSE.md 4).
struct UnlessRecorded {
  std::unique_ptr<Clause> part;
};
/// {"not_known": {...}}: met when the part is unknown. For asking what is missing.
struct NotKnown {
  std::unique_ptr<Clause> part;
};
/// {"at_least": 3, "of": [...]}: that many parts met.
struct Count {
  std::size_t at_least = 1;
  std::vector<Clause> parts;
};
/// {"points_at_least": 4, "for": [{"points": 2, "title": "…", "when": {...}}], "against": [...]}: the Type B scheme.
/// Unknown parts give no points. The reader refuses a scheme in which one finding alone could reach the sum.
struct Points {
  struct Item {
    int points = 0;  ///< negative: against
    std::string title;
    std::unique_ptr<Clause> when;
  };
  int at_least = 0;
  std::vector<Item> items;
};

struct Clause {
  std::variant<Measure, FindingIs, Recorded, Holds, All, Any, Not, UnlessRecorded, NotKnown, Count, Points> is;
};

/// A named clause (cards/knowledge/definitions).
struct Definition {
  std::string id;
  std::string title;
  Clause when;
  std::string document;
  std::vector<std::string> our_reading;
};

/// Looks at a record through a clause. What is not in the record is unknown, never false.
[[nodiscard]] Finding evaluate(const Clause& clause, const Chart& chart);

/// The same without sentences and evidence: which verdict, nothing else. Always equal to evaluate(...).verdict.
[[nodiscard]] Verdict verdict_of(const Clause& clause, const Chart& chart);

/// How a measured interval stands to a limit: unknown when the interval reaches over it.
[[nodiscard]] Verdict compare(const Interval& value, Comparison comparison, double limit);

/// "below", "at least": the words of a comparison.
[[nodiscard]] std::string_view words_of(Comparison comparison);

}  // namespace cards
