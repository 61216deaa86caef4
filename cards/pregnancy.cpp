#include "cards/pregnancy.h"

#include "cards/diagnosis.h"

namespace cards {

namespace {

std::chrono::days weeks(const Fact& fact, std::string_view parameter) {
  return std::chrono::days{static_cast<int>(fact.number(parameter) * 7)};
}

// Pregnancies stay "active" for years in real problem lists: an open one ends when it has lasted the longest.
std::optional<Stretch> stretch_of(const fhir::Condition& condition, std::chrono::days longest, fhir::Day today) {
  const auto& begun = condition.onset ? condition.onset : condition.recorded;
  if (condition.abatement) {
    const auto last = condition.abatement->latest_day();
    return Stretch{begun ? begun->earliest_day() : last - longest, last};
  }
  if (!condition.is_active()) return std::nullopt;
  if (!begun) return Stretch{today - longest, today};
  return Stretch{begun->earliest_day(), begun->earliest_day() + longest};
}

/// Calls for each pregnancy until the action says that it has seen enough.
template <class Action>
void for_each_pregnancy(const Chart& chart, const Fact& fact, Action action) {
  const auto& pregnancy = fact.sets("any_of");
  if ((chart.condition_sets() & pregnancy).none()) return;
  const auto conditions = chart.conditions();
  const auto longest = weeks(fact, "longest");
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if ((chart.condition_sets(i) & pregnancy).none() || !conditions[i].is_confirmed()) continue;
    const auto stretch = stretch_of(conditions[i], longest, chart.today());
    if (stretch && action(conditions[i], *stretch)) return;
  }
}

}  // namespace

Stretches days_of_pregnancy(const Chart& chart, const Fact& pregnancy) {
  std::vector<Stretch> stretches;
  for_each_pregnancy(chart, pregnancy, [&](const fhir::Condition&, const Stretch& stretch) {
    stretches.push_back(stretch);
    return false;
  });
  return Stretches(std::move(stretches));
}

Sighting pregnancy_at_sample(const Chart& chart, const Fact& fact) {
  const auto day = sample_day(chart, fact);
  const auto after = weeks(fact, "postpartum");
  const fhir::Condition* found = nullptr;
  for_each_pregnancy(chart, fact, [&](const fhir::Condition& condition, const Stretch& stretch) {
    if (stretch.first <= day && day < stretch.last + after) found = &condition;
    return found != nullptr;
  });
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
