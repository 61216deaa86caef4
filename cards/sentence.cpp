#include "cards/sentence.h"

#include "cards/placeholder.h"
#include "cards/print.h"

namespace cards {

namespace {

class InEnglish {
 public:
  explicit InEnglish(const Knowledge::Content& knowledge) : knowledge_(knowledge) {}

  Sentence operator()(const Clause& clause) const { return std::visit(*this, clause.is); }

  Sentence operator()(const Measure& measure) const {
    const auto& fact = knowledge_.facts[measure.fact];
    return {fact.title + " " + std::string(words_of(measure.comparison)) + " " + printed_with_commas(measure.limit) +
                " " + fact.unit,
            {}};
  }
  Sentence operator()(const FindingIs& finding) const {
    return {knowledge_.facts[finding.fact].title + " is " + listed(finding.words, "or"), {}};
  }
  Sentence operator()(const Recorded& recorded) const {
    return {knowledge_.facts[recorded.fact].title + " recorded", {}};
  }
  Sentence operator()(const Holds& holds) const {
    return {"[" + knowledge_.definitions[holds.definition].title + "]", {}};
  }
  Sentence operator()(const All& all) const { return group("all of:", all.parts); }
  Sentence operator()(const Any& any) const { return group("any of:", any.parts); }
  Sentence operator()(const Not& negation) const { return {"definitely not:", {(*this)(*negation.part)}}; }
  Sentence operator()(const UnlessRecorded& unless) const {
    return {"unless this is recorded (silence does not block):", {(*this)(*unless.part)}};
  }
  Sentence operator()(const NotKnown& unknown) const {
    return {"it cannot be told from the record whether:", {(*this)(*unknown.part)}};
  }
  Sentence operator()(const Count& count) const {
    return group("at least " + std::to_string(count.at_least) + " of:", count.parts);
  }
  Sentence operator()(const Points& points) const {
    Sentence sentence{"at least " + std::to_string(points.at_least) + " points (what is not recorded gives none):", {}};
    for (const auto& item : points.items) {
      sentence.parts.push_back({signed_points(item.points) + " " + item.title, {(*this)(*item.when)}});
    }
    return sentence;
  }

 private:
  Sentence group(std::string text, const std::vector<Clause>& parts) const {
    Sentence sentence{std::move(text), {}};
    for (const auto& part : parts) sentence.parts.push_back((*this)(part));
    return sentence;
  }

  const Knowledge::Content& knowledge_;
};

}  // namespace

Sentence sentence_of(const Clause& clause, const Knowledge::Content& knowledge) {
  return InEnglish(knowledge)(clause);
}

std::string reasoning_of(const Fact& fact) {
  const auto value = [&](std::string_view name) -> std::optional<std::string> {
    if (const auto parameter = fact.parameters.find(name); parameter != fact.parameters.end()) {
      return printed_with_commas(parameter->second.value);
    }
    if (const auto option = fact.options.find(name); option != fact.options.end()) return option->second;
    return "{" + std::string(name) + "}";
  };
  return filled(fact.computation->english, value).value_or(std::string(fact.computation->english));
}

}  // namespace cards
