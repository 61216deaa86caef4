#include "cards/coverage.h"

#include <algorithm>

#include "cards/sentence.h"

namespace cards {

namespace {

std::size_t position(Verdict verdict) {
  return static_cast<std::size_t>(verdict);
}

// Of a finding: which verdicts its fact's words can give.
std::array<bool, 3> possible_of(const FindingIs& finding, const Fact& fact) {
  const auto is_named = [&](std::string_view word) {
    return std::find(finding.words.begin(), finding.words.end(), word) != finding.words.end();
  };
  const auto& certain = fact.computation->certain;
  const auto& uncertain = fact.computation->uncertain;
  std::array<bool, 3> possible{};
  possible[position(Verdict::met)] = true;
  possible[position(Verdict::not_met)] = !std::all_of(certain.begin(), certain.end(), is_named);
  possible[position(Verdict::unknown)] = !std::all_of(uncertain.begin(), uncertain.end(), is_named);
  return possible;
}

// Silence is unknown. Only an examination can say that a confirmed diagnosis is not there.
std::array<bool, 3> possible_of(const Fact& fact) {
  const auto& options = fact.options;
  const auto verification = options.find("verification");
  const bool examined = verification != options.end() && verification->second == "confirmed";
  std::array<bool, 3> possible{};
  possible[position(Verdict::met)] = true;
  possible[position(Verdict::unknown)] = true;
  possible[position(Verdict::not_met)] = examined;
  return possible;
}

class Collector {
 public:
  explicit Collector(const Knowledge::Content& knowledge) : knowledge_(knowledge) {}

  std::vector<Leaf> collect() {
    for (const auto& definition : knowledge_.definitions) of(definition.id, definition.when);
    for (const auto& criterion : knowledge_.criteria) {
      of(criterion.id, criterion.when);
      for (const auto* branches : {&criterion.then, &criterion.otherwise}) {
        for (const auto& branch : *branches) {
          if (branch.when) of(criterion.id + ", branch " + branch.id, *branch.when);
        }
      }
    }
    return std::move(leaves_);
  }

  void operator()(const Measure&) { add({true, true, true}); }
  void operator()(const FindingIs& finding) { add(possible_of(finding, knowledge_.facts[finding.fact])); }
  void operator()(const Recorded& recorded) { add(possible_of(knowledge_.facts[recorded.fact])); }
  void operator()(const Holds&) {}  // the definition has its own turn
  void operator()(const All& all) { each(all.parts); }
  void operator()(const Any& any) { each(any.parts); }
  void operator()(const Not& negation) { visit(*negation.part); }
  void operator()(const UnlessRecorded& unless) { visit(*unless.part); }
  void operator()(const NotKnown& unknown) { visit(*unknown.part); }
  void operator()(const Count& count) { each(count.parts); }
  void operator()(const Points& points) {
    for (const auto& item : points.items) visit(*item.when);
  }

 private:
  void of(const std::string& owner, const Clause& clause) {
    owner_ = owner;
    visit(clause);
  }

  void visit(const Clause& clause) {
    clause_ = &clause;
    std::visit(*this, clause.is);
  }

  void each(const std::vector<Clause>& parts) {
    for (const auto& part : parts) visit(part);
  }

  void add(std::array<bool, 3> possible) {
    leaves_.push_back({owner_, sentence_of(*clause_, knowledge_).text, clause_, possible});
  }

  const Knowledge::Content& knowledge_;
  std::string owner_;
  const Clause* clause_ = nullptr;
  std::vector<Leaf> leaves_;
};

}  // namespace

std::vector<Leaf> leaves_of(const Knowledge::Content& knowledge) {
  return Collector(knowledge).collect();
}

Coverage::Coverage(const Knowledge::Content& knowledge) : leaves_(leaves_of(knowledge)), seen_(leaves_.size()) {}

void Coverage::see(const Chart& chart) {
  for (std::size_t i = 0; i < leaves_.size(); ++i) seen_[i][position(verdict_of(*leaves_[i].clause, chart))] = true;
}

std::vector<Coverage::Unseen> Coverage::unseen() const {
  std::vector<Unseen> unseen;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    for (const auto verdict : {Verdict::met, Verdict::not_met, Verdict::unknown}) {
      if (!leaves_[i].possible[position(verdict)] || seen_[i][position(verdict)]) continue;
      unseen.push_back({leaves_[i].owner, leaves_[i].text, verdict});
    }
  }
  return unseen;
}

}  // namespace cards
