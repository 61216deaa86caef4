#include "cards/pregnancy.h"

#include "cards/diagnosis.h"

namespace cards {

namespace {

struct Span {
  fhir::Day first;
  fhir::Day last;
};

std::chrono::days weeks(const Fact& fact, std::string_view parameter) {
  return std::chrono::days{static_cast<int>(fact.number(parameter) * 7)};
}

// Pregnancies stay "active" for years in real problem lists: an open one ends when it has lasted the longest.
std::optional<Span> span_of(const fhir::Condition& condition, std::chrono::days longest, fhir::Day today) {
  const auto& begun = condition.onset ? condition.onset : condition.recorded;
  if (condition.abatement) {
    const auto last = condition.abatement->latest_day();
    return Span{begun ? begun->earliest_day() : last - longest, last};
  }
  if (!condition.is_active()) return std::nullopt;
  if (!begun) return Span{today - longest, today};
  return Span{begun->earliest_day(), begun->earliest_day() + longest};
}

template <class Holds>
const fhir::Condition* pregnancy_where(const Chart& chart, const Fact& fact, Holds holds) {
  const auto& pregnancy = fact.sets("any_of");
  const auto conditions = chart.conditions();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if ((chart.condition_sets(i) & pregnancy).none() || !conditions[i].is_confirmed()) continue;
    const auto span = span_of(conditions[i], weeks(fact, "longest"), chart.today());
    if (span && holds(*span)) return &conditions[i];
  }
  return nullptr;
}

}  // namespace

bool is_pregnant_on(const Chart& chart, const Fact& pregnancy, fhir::Day day) {
  return pregnancy_where(chart, pregnancy, [&](const Span& s) { return s.first <= day && day <= s.last; }) != nullptr;
}

Sighting pregnancy_at_sample(const Chart& chart, const Fact& fact) {
  const auto day = sample_day(chart, fact);
  const auto after = weeks(fact, "postpartum");
  const auto* found =
      pregnancy_where(chart, fact, [&](const Span& s) { return s.first <= day && day < s.last + after; });
  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  if (!found) return sighting;
  const auto& date = found->onset ? found->onset : found->recorded;
  sighting.state = Sighting::State::known;
  sighting.text = fact.title + " is recorded";
  sighting.brief = fact.title;
  sighting.line = fact.title;
  sighting.evidence = {
      {found->reference, name_of(found->code, chart.knowledge()), date ? std::string(date->written) : std::string()}};
  return sighting;
}

}  // namespace cards
