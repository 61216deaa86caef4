#include "cards/clause.h"

#include <algorithm>

#include "cards/chart.h"
#include "cards/print.h"

namespace cards {

namespace {

Finding leaf(Verdict verdict, const Sighting& sighting, std::string text) {
  return {verdict, std::move(text), sighting.evidence, {}};
}

Verdict verdict_of_measure(const Measure& measure, const Sighting& sighting) {
  if (sighting.state == Sighting::State::known) return compare(sighting.value, measure.comparison, measure.limit);
  return sighting.state == Sighting::State::unknown ? Verdict::unknown : Verdict::not_met;
}

bool settles(const Fact& fact, const std::string& word) {
  const auto& certain = fact.computation->certain;
  return std::find(certain.begin(), certain.end(), word) != certain.end();
}

Verdict verdict_of_finding(const FindingIs& finding, const Fact& fact, const Sighting& sighting) {
  if (std::find(finding.words.begin(), finding.words.end(), sighting.category) != finding.words.end()) {
    return Verdict::met;
  }
  return settles(fact, sighting.category) ? Verdict::not_met : Verdict::unknown;
}

Verdict verdict_of_recorded(const Sighting& sighting) {
  if (sighting.state == Sighting::State::known) return Verdict::met;
  return sighting.state == Sighting::State::unknown ? Verdict::unknown : Verdict::not_met;
}

Verdict verdict_of_count(std::size_t at_least, std::size_t met, std::size_t unknown) {
  if (met >= at_least) return Verdict::met;
  return met + unknown >= at_least ? Verdict::unknown : Verdict::not_met;
}

// ---- verdicts alone

class Judge {
 public:
  explicit Judge(const Chart& chart) : chart_(chart) {}

  Verdict operator()(const Clause& clause) const { return std::visit(*this, clause.is); }

  Verdict operator()(const Measure& measure) const {
    return verdict_of_measure(measure, chart_.sighting(measure.fact));
  }
  Verdict operator()(const FindingIs& finding) const {
    return verdict_of_finding(finding, chart_.knowledge().facts[finding.fact], chart_.sighting(finding.fact));
  }
  Verdict operator()(const Recorded& recorded) const { return verdict_of_recorded(chart_.sighting(recorded.fact)); }
  Verdict operator()(const Holds& holds) const {
    return (*this)(chart_.knowledge().definitions[holds.definition].when);
  }
  Verdict operator()(const All& all) const {
    auto verdict = Verdict::met;
    for (const auto& part : all.parts) {
      verdict = both(verdict, (*this)(part));
      if (verdict == Verdict::not_met) break;
    }
    return verdict;
  }
  Verdict operator()(const Any& any) const {
    auto verdict = Verdict::not_met;
    for (const auto& part : any.parts) {
      verdict = either(verdict, (*this)(part));
      if (verdict == Verdict::met) break;
    }
    return verdict;
  }
  Verdict operator()(const Not& negation) const { return opposite((*this)(*negation.part)); }
  Verdict operator()(const UnlessRecorded& unless) const {
    return (*this)(*unless.part) == Verdict::met ? Verdict::not_met : Verdict::met;
  }
  Verdict operator()(const NotKnown& unknown) const {
    return (*this)(*unknown.part) == Verdict::unknown ? Verdict::met : Verdict::not_met;
  }
  Verdict operator()(const Count& count) const {
    std::size_t met = 0;
    std::size_t unknown = 0;
    for (const auto& part : count.parts) {
      const auto verdict = (*this)(part);
      met += verdict == Verdict::met;
      unknown += verdict == Verdict::unknown;
    }
    return verdict_of_count(count.at_least, met, unknown);
  }
  Verdict operator()(const Points& points) const {
    int sum = 0;
    for (const auto& item : points.items) {
      if ((*this)(*item.when) == Verdict::met) sum += item.points;
    }
    return sum >= points.at_least ? Verdict::met : Verdict::not_met;
  }

 private:
  const Chart& chart_;
};

// ---- the same with sentences and evidence

class Narrator {
 public:
  explicit Narrator(const Chart& chart) : chart_(chart), judge_(chart) {}

  Finding operator()(const Clause& clause) const { return std::visit(*this, clause.is); }

  Finding operator()(const Measure& measure) const {
    const auto& sighting = chart_.sighting(measure.fact);
    const auto verdict = judge_(measure);
    if (sighting.state != Sighting::State::known) return leaf(verdict, sighting, sighting.text);
    const auto limit = std::string(words_of(measure.comparison)) + " " + printed(measure.limit);
    if (verdict == Verdict::met) return leaf(verdict, sighting, sighting.text + " is " + limit);
    if (verdict == Verdict::not_met) return leaf(verdict, sighting, sighting.text + " is not " + limit);
    return leaf(verdict, sighting, sighting.text + ": cannot tell whether it is " + limit);
  }

  Finding operator()(const FindingIs& finding) const {
    const auto& sighting = chart_.sighting(finding.fact);
    const auto verdict = judge_(finding);
    if (verdict == Verdict::met) return leaf(verdict, sighting, sighting.text);
    return leaf(verdict, sighting, sighting.text + " (looked for: " + listed(finding.words, "or") + ")");
  }

  Finding operator()(const Recorded& recorded) const {
    const auto& sighting = chart_.sighting(recorded.fact);
    return leaf(judge_(recorded), sighting, sighting.text);
  }

  Finding operator()(const Holds& holds) const {
    const auto& definition = chart_.knowledge().definitions[holds.definition];
    auto finding = (*this)(definition.when);
    return {finding.verdict, definition.title, {}, {std::move(finding)}};
  }

  Finding operator()(const All& all) const { return group("all of", all.parts, judge_(all)); }
  Finding operator()(const Any& any) const { return group("any of", any.parts, judge_(any)); }

  Finding operator()(const Not& negation) const {
    auto part = (*this)(*negation.part);
    return {opposite(part.verdict), "not", {}, {std::move(part)}};
  }

  Finding operator()(const UnlessRecorded& unless) const {
    auto part = (*this)(*unless.part);
    const bool blocked = part.verdict == Verdict::met;
    return {blocked ? Verdict::not_met : Verdict::met,
            blocked ? "blocked, because this is recorded" : "not blocked: nothing of this is recorded",
            {},
            {std::move(part)}};
  }

  Finding operator()(const NotKnown& unknown) const {
    auto part = (*this)(*unknown.part);
    return {judge_(unknown), "cannot be told from the record", {}, {std::move(part)}};
  }

  Finding operator()(const Count& count) const {
    return group("at least " + std::to_string(count.at_least) + " of", count.parts, judge_(count));
  }

  Finding operator()(const Points& points) const {
    Finding finding{judge_(points), "", {}, {}};
    int sum = 0;
    for (const auto& item : points.items) {
      auto part = (*this)(*item.when);
      if (part.verdict == Verdict::met) sum += item.points;
      part = {part.verdict, item.title + " (" + signed_points(item.points) + ")", {}, {std::move(part)}};
      finding.parts.push_back(std::move(part));
    }
    finding.text = std::to_string(sum) + " points; at least " + std::to_string(points.at_least) + " are needed";
    return finding;
  }

 private:
  Finding group(std::string text, const std::vector<Clause>& clauses, Verdict verdict) const {
    Finding finding{verdict, std::move(text), {}, {}};
    finding.parts.reserve(clauses.size());
    for (const auto& clause : clauses) finding.parts.push_back((*this)(clause));
    return finding;
  }

  const Chart& chart_;
  Judge judge_;
};

}  // namespace

std::string_view words_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::above:
      return "above";
    case Comparison::at_least:
      return "at least";
    case Comparison::below:
      return "below";
    case Comparison::at_most:
      return "at most";
  }
  return "";
}

// An interval meets a limit when every value in it does, and fails when none does.
Verdict compare(const Interval& value, Comparison comparison, double limit) {
  const bool all_above = value.low > limit || (value.low == limit && value.low_excluded);
  const bool all_at_least = value.low >= limit;
  const bool all_below = value.high < limit || (value.high == limit && value.high_excluded);
  const bool all_at_most = value.high <= limit;
  const auto decide = [](bool met, bool not_met) {
    if (met) return Verdict::met;
    return not_met ? Verdict::not_met : Verdict::unknown;
  };
  switch (comparison) {
    case Comparison::above:
      return decide(all_above, all_at_most);
    case Comparison::at_least:
      return decide(all_at_least, all_below);
    case Comparison::below:
      return decide(all_below, all_at_least);
    case Comparison::at_most:
      return decide(all_at_most, all_above);
  }
  return Verdict::unknown;
}

Finding evaluate(const Clause& clause, const Chart& chart) {
  return Narrator(chart)(clause);
}

Verdict verdict_of(const Clause& clause, const Chart& chart) {
  return Judge(chart)(clause);
}

}  // namespace cards
