#include "cards/glycaemia.h"

#include <algorithm>
#include <utility>

#include "cards/clause.h"
#include "cards/diagnosis.h"
#include "cards/english.h"
#include "cards/medication.h"
#include "cards/print.h"
#include "cards/result.h"

namespace cards {

namespace {

// Medicines that lower glucose by themselves, on the day or within the wash-out before it.
class Lowering {
 public:
  Lowering(const Chart& chart, const Fact& fact, std::string_view role)
      : days_(days_of_use(chart, fact.sets(role))), washout_(static_cast<int>(fact.number("washout"))) {}

  [[nodiscard]] bool taken_on(fhir::Day day) const { return days_.touch({day - washout_, day}); }

 private:
  Stretches days_;
  std::chrono::days washout_;
};

std::string glucose_line(const Reading& reading) {
  return "Glucose **" + escaped_markdown(value_in_words(reading, "mmol/L")) + "** (" + in_words(*reading.when) + ")";
}

std::vector<Reading> recent_glucose(const Chart& chart, const Fact& fact) {
  auto all = readings(chart, "glucose", fact.sets("glucose"), SetBits{});
  std::erase_if(all, [&](const Reading& reading) {
    return !reading.day || !is_within_months(*reading.day, chart.today(), fact.number("within"));
  });
  return all;
}

bool is_below(const Reading& reading, double limit) {
  return compare(reading.value, Comparison::below, limit) == Verdict::met;
}

bool is_above(const Reading& reading, double limit) {
  return compare(reading.value, Comparison::above, limit) == Verdict::met;
}

const std::optional<fhir::Time>& date_of(const fhir::Condition& condition) {
  return condition.onset ? condition.onset : condition.recorded;
}

// The latest coded episode of the window of which the day counts.
template <class Counts>
const fhir::Condition* coded_episode(const Chart& chart, const Fact& fact, std::string_view role, Counts counts) {
  const auto conditions = chart.conditions();
  const fhir::Condition* latest = nullptr;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if ((chart.condition_sets(i) & fact.sets(role)).none() || !conditions[i].is_confirmed()) continue;
    const auto& date = date_of(conditions[i]);
    if (!date || !is_within_months(date->earliest_day(), chart.today(), fact.number("within"))) continue;
    if (!counts(date->earliest_day())) continue;
    if (!latest || date_of(*latest)->before(*date)) latest = &conditions[i];
  }
  return latest;
}

Sighting silence(const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  return sighting;
}

Sighting told(const Fact& fact, std::string brief, std::string line, std::vector<Evidence> evidence, fhir::Day day) {
  Sighting sighting;
  sighting.state = Sighting::State::known;
  sighting.text = fact.title + " is recorded: " + brief;
  sighting.brief = std::move(brief);
  sighting.line = std::move(line);
  sighting.evidence = std::move(evidence);
  sighting.day = day;
  return sighting;
}

Sighting told_by_code(const Chart& chart, const Fact& fact, const fhir::Condition& condition) {
  const auto& date = condition.onset ? condition.onset : condition.recorded;
  const auto name = name_of(condition.code, chart.knowledge());
  return told(fact, fact.title, escaped_markdown(name) + " (coded " + in_words(*date) + ")",
              {{condition.reference, name, std::string(date->written)}}, date->earliest_day());
}

}  // namespace

Sighting spontaneous_hypoglycaemia(const Chart& chart, const Fact& fact) {
  const Lowering medicines(chart, fact, "lowering");
  const auto glucose = recent_glucose(chart, fact);
  for (auto reading = glucose.rbegin(); reading != glucose.rend(); ++reading) {
    if (!is_below(*reading, fact.number("below")) || medicines.taken_on(*reading->day)) continue;
    return told(fact, "glucose " + value_in_words(*reading, "mmol/L"), glucose_line(*reading), {reading->evidence()},
                *reading->day);
  }
  const auto* coded = coded_episode(chart, fact, "coded", [&](fhir::Day day) { return !medicines.taken_on(day); });
  if (!coded) return silence(fact);
  return told_by_code(chart, fact, *coded);
}

Sighting hypoglycaemia_on_insulin(const Chart& chart, const Fact& fact) {
  const Lowering insulin(chart, fact, "insulin");
  const auto glucose = recent_glucose(chart, fact);
  const auto high = std::find_if(glucose.rbegin(), glucose.rend(),
                                 [&](const Reading& reading) { return is_above(reading, fact.number("above")); });
  if (high == glucose.rend()) return silence(fact);
  for (auto low = glucose.rbegin(); low != glucose.rend(); ++low) {
    if (!is_below(*low, fact.number("below")) || !insulin.taken_on(*low->day)) continue;
    return told(fact, "glucose " + value_in_words(*low, "mmol/L") + " on insulin",
                glucose_line(*low) + " on insulin; " + glucose_line(*high), {low->evidence(), high->evidence()},
                *low->day);
  }
  const auto* coded = coded_episode(chart, fact, "coded", [&](fhir::Day day) { return insulin.taken_on(day); });
  if (!coded) return silence(fact);
  auto sighting = told_by_code(chart, fact, *coded);
  sighting.line += " on insulin; " + glucose_line(*high);
  sighting.evidence.push_back(high->evidence());
  return sighting;
}

Sighting labile_glucose(const Chart& chart, const Fact& fact) {
  const std::chrono::days apart{static_cast<int>(fact.number("apart"))};
  const auto glucose = recent_glucose(chart, fact);
  std::vector<const Reading*> highs;  // by day, as they all are
  for (const auto& reading : glucose)
    if (is_above(reading, fact.number("above"))) highs.push_back(&reading);
  const auto day_of = [](const Reading* reading) { return *reading->day; };
  for (auto low = glucose.rbegin(); low != glucose.rend(); ++low) {
    if (!is_below(*low, fact.number("below"))) continue;
    const auto high = std::ranges::lower_bound(highs, *low->day - apart, {}, day_of);
    if (high == highs.end() || day_of(*high) > *low->day + apart) continue;
    return told(fact, "glucose from " + printed(low->value.low) + " to " + printed((*high)->value.low) + " mmol/L",
                glucose_line(*low) + " and " + glucose_line(**high), {low->evidence(), (*high)->evidence()}, *low->day);
  }
  return silence(fact);
}

Sighting hyperinsulinaemic_hypoglycaemia(const Chart& chart, const Fact& fact) {
  const Lowering medicines(chart, fact, "lowering");
  const auto insulin =
      latest_results(chart, readings(chart, "insulin", fact.sets("insulin_result"), fact.sets("not_insulin")));
  const auto glucose = recent_glucose(chart, fact);
  for (auto low = glucose.rbegin(); low != glucose.rend(); ++low) {
    if (!is_below(*low, fact.number("below")) || medicines.taken_on(*low->day)) continue;
    for (const auto& result : insulin) {
      if (!is_same_sample(*low, result)) continue;
      if (compare(result.value, Comparison::at_least, fact.number("insulin")) != Verdict::met) continue;
      const auto value =
          result.value.is_point() ? printed_with_commas(result.value.low) + " pmol/L" : result.as_written();
      return told(fact, "insulin " + value + " at glucose " + value_in_words(*low, "mmol/L"),
                  "Insulin **" + escaped_markdown(value) + "** at glucose **" +
                      escaped_markdown(value_in_words(*low, "mmol/L")) + "** (" + in_words(*low->when) + ")",
                  {result.evidence(), low->evidence()}, *low->day);
    }
  }
  return silence(fact);
}

}  // namespace cards
