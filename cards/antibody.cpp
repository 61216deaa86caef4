#include "cards/antibody.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "cards/english.h"
#include "cards/print.h"

namespace cards {

namespace {

// SNOMED CT: Positive, Negative; Detected, Not detected. HL7 v3 ObservationInterpretation: POS, NEG, DET, ND.
constexpr std::array<std::string_view, 4> positive_codes = {"10828004", "260373001", "POS", "DET"};
constexpr std::array<std::string_view, 4> negative_codes = {"260385009", "260415000", "NEG", "ND"};

bool has_any_code(const fhir::Concept& concept_, const std::array<std::string_view, 4>& codes) {
  return std::any_of(codes.begin(), codes.end(), [&](std::string_view code) { return concept_.has_code(code); });
}

// Names by which it may be called, and their lengths: most texts differ from all of them by length alone.
struct Names {
  explicit Names(const std::vector<std::string>& all) : texts(all) {
    for (const auto& name : all) lengths.set(name.size() % lengths.size());
  }
  const std::vector<std::string>& texts;
  std::bitset<64> lengths{};
};

bool is_named(const fhir::Concept& code, const Names& names) {
  const auto listed = [&](std::string_view text) {
    return !text.empty() && names.lengths.test(text.size() % names.lengths.size()) &&
           std::any_of(names.texts.begin(), names.texts.end(),
                       [&](const std::string& name) { return folds_to(text, name); });
  };
  return listed(code.text) || std::any_of(code.codings.begin(), code.codings.end(),
                                          [&](const auto& coding) { return listed(coding.display); });
}

std::string result_of(const fhir::Observation& observation) {
  std::vector<const fhir::Concept*> said;
  if (const auto* value = std::get_if<fhir::Concept>(&observation.value)) said.push_back(value);
  for (const auto& interpretation : observation.interpretations) said.push_back(&interpretation);
  bool positive = false;
  bool negative = false;
  for (const auto* word : said) {
    positive = positive || has_any_code(*word, positive_codes);
    negative = negative || has_any_code(*word, negative_codes);
  }
  if (positive == negative) return "unknown";  // neither, or a result that contradicts itself
  return positive ? "positive" : "negative";
}

}  // namespace

Sighting antibody(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.category = "unknown";
  sighting.text = fact.title + " not recorded";
  const auto& observations = chart.record().observations;
  const auto& sets = fact.sets("any_of");
  const Names names(fact.texts.find("names")->second);
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const auto& observation = observations[i];
    const bool coded = (chart.observation_sets(i) & sets).any();
    if (!coded && !is_named(observation.code, names)) continue;
    if (observation.status == fhir::ResultStatus::preliminary) continue;
    if (observation.when && chart.is_in_future(observation.when->earliest_day())) continue;
    const auto result = result_of(observation);
    if (result == "unknown") {
      chart.report({observation.reference, "value", "is neither coded as positive nor as negative"});
      continue;
    }
    const bool later = !sighting.day || (observation.when && observation.when->earliest_day() >= *sighting.day);
    if (sighting.category == "positive" ? result != "positive" || !later : !later && result != "positive") continue;
    sighting.state = Sighting::State::known;
    sighting.category = result;
    sighting.text = fact.title + " " + result;
    sighting.brief = sighting.text;
    sighting.line = sighting.text + (observation.when ? " (" + in_words(*observation.when) + ")" : "");
    sighting.evidence = {
        {observation.reference, result, observation.when ? std::string(observation.when->written) : ""}};
    if (observation.when) sighting.day = observation.when->earliest_day();
  }
  if (!sighting.line.empty() && sighting.line[0] >= 'a' && sighting.line[0] <= 'z') {
    sighting.line[0] = static_cast<char>(sighting.line[0] - 'a' + 'A');
  }
  return sighting;
}

}  // namespace cards
