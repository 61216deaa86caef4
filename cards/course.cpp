#include "cards/course.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cards/acute_illness.h"
#include "cards/diagnosis.h"
#include "cards/english.h"
#include "cards/print.h"
#include "cards/result.h"

namespace cards {

namespace {

// v3-ObservationInterpretation: high, critically high.
constexpr std::array<std::string_view, 3> high_flags = {"H", "HH", "HU"};

const std::optional<fhir::Time>& date_of(const fhir::Condition& condition) {
  return condition.onset ? condition.onset : condition.recorded;
}

// All confirmed Conditions of the sets, whatever their clinical status: a disease that ended had begun before.
std::vector<const fhir::Condition*> conditions_of(const Chart& chart, const Fact& fact) {
  std::vector<const fhir::Condition*> found;
  const auto conditions = chart.conditions();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if ((chart.condition_sets(i) & fact.sets("any_of")).any() && conditions[i].is_confirmed())
      found.push_back(&conditions[i]);
  }
  return found;
}

Sighting silence(const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  return sighting;
}

Sighting begun(const Fact& fact, const std::string& what, const fhir::Time& when, const std::string& reference) {
  Sighting sighting;
  sighting.state = Sighting::State::known;
  sighting.text = fact.title + " (" + in_words(when) + ")";
  sighting.brief = sighting.text;
  sighting.line = escaped_markdown(what) + " since " + in_words(when);
  sighting.evidence = {{reference, what, std::string(when.written)}};
  sighting.day = when.earliest_day();
  return sighting;
}

// The first insulin order, where it is recent and there is nothing older.
Sighting first_order(const Chart& chart, const Fact& fact) {
  const auto& medicines = chart.record().medications;
  const fhir::MedicationUse* first = nullptr;
  for (std::size_t i = 0; i < medicines.size(); ++i) {
    if ((chart.medication_sets(i) & fact.sets("first_order")).none()) continue;
    if (!medicines[i].start) return silence(fact);
    if (!first || medicines[i].start->before(*first->start)) first = &medicines[i];
  }
  if (!first || !is_within_months(first->start->earliest_day(), chart.today(), fact.number("within")))
    return silence(fact);
  return begun(fact, "First insulin order", *first->start, first->reference);
}

}  // namespace

Sighting recent_onset(const Chart& chart, const Fact& fact) {
  const auto conditions = conditions_of(chart, fact);
  if (conditions.empty()) return first_order(chart, fact);
  const auto* earliest = conditions.front();
  for (const auto* condition : conditions) {
    const auto& date = date_of(*condition);
    if (!date) return silence(fact);  // it may have begun long ago
    if (date->before(*date_of(*earliest))) earliest = condition;
  }
  const auto day = date_of(*earliest)->earliest_day();
  if (is_within_months(day, chart.today(), fact.number("within"))) {
    return begun(fact, name_of(earliest->code, chart.knowledge()), *date_of(*earliest), earliest->reference);
  }
  auto sighting = silence(fact);
  sighting.state = Sighting::State::contradicted;
  sighting.text = fact.title + ": not so, it began earlier (" + in_words(*date_of(*earliest)) + ")";
  return sighting;
}

Sighting long_standing(const Chart& chart, const Fact& fact) {
  const auto before = fhir::months_before(chart.today(), static_cast<int>(fact.number("longer")));
  for (const auto* condition : conditions_of(chart, fact)) {
    const auto& date = date_of(*condition);
    if (condition->is_active() && date && date->latest_day() < before) {
      return begun(fact, name_of(condition->code, chart.knowledge()), *date, condition->reference);
    }
  }
  return silence(fact);
}

Sighting weight_loss(const Chart& chart, const Fact& fact) {
  auto sighting = silence(fact);
  auto weights = readings(chart, "weight", fact.sets("weight"), SetBits{});
  std::erase_if(weights, [](const Reading& weight) { return !weight.day || !weight.value.is_point(); });
  if (weights.empty()) return sighting;
  const auto& latest = weights.back();
  if (!is_within_months(*latest.day, chart.today(), fact.number("latest_within"))) return sighting;

  const auto newest = fhir::months_before(*latest.day, static_cast<int>(fact.number("from")));
  const auto oldest = fhir::months_before(*latest.day, static_cast<int>(fact.number("to")));
  const Reading* highest = nullptr;
  for (const auto& weight : weights) {
    if (*weight.day > newest || *weight.day < oldest) continue;
    if (!highest || weight.value.low > highest->value.low) highest = &weight;
  }
  if (!highest || highest->value.low <= 0) return sighting;

  const double percent = rounded((highest->value.low - latest.value.low) / highest->value.low * 100);
  const auto shown = printed(std::floor(percent * 10) / 10);
  sighting.state = Sighting::State::known;
  sighting.value = Interval::exactly(percent);
  sighting.day = latest.day;
  sighting.text = fact.title + " " + shown + " %";
  sighting.brief = sighting.text;
  sighting.line = "Weight from " + escaped_markdown(highest->as_written()) + " (" + in_words(*highest->when) + ") to " +
                  escaped_markdown(latest.as_written()) + " (" + in_words(*latest.when) + "): **" + shown + " %** lost";
  sighting.evidence = {highest->evidence(), latest.evidence()};
  return sighting;
}

Sighting sex(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.category = "unknown";
  const auto& patient = chart.record().patient;
  if (patient && patient->sex != fhir::Sex::unknown) {
    sighting.state = Sighting::State::known;
    sighting.category = patient->sex == fhir::Sex::female ? "female" : "male";
  }
  sighting.text = fact.title + " " + sighting.category;
  return sighting;
}

Sighting above_laboratory_range(const Chart& chart, const Fact& fact) {
  auto sighting = silence(fact);
  const auto analyte = fact.option("analyte");
  const auto found = readings(chart, analyte, fact.sets("any_of"), SetBits{});
  for (auto reading = found.rbegin(); reading != found.rend(); ++reading) {
    if (!reading->day || !is_within_months(*reading->day, chart.today(), fact.number("within"))) continue;
    const auto& observation = *reading->observation;
    bool high = false;
    bool judged = false;
    for (const auto& interpretation : observation.interpretations) {
      judged = judged || !interpretation.codings.empty();
      for (const auto flag : high_flags) high = high || interpretation.has_code(flag);
    }
    for (const auto& range : observation.ranges) {
      if (!range.high || !reading->value.is_point()) continue;
      // The range is in the unit of the result unless it says otherwise, and then it is not compared.
      if (!range.high->unit.empty() && range.high->unit != reading->quantity->unit) continue;
      judged = true;
      high = high || reading->quantity->value > range.high->value;
    }
    if (!judged) continue;
    sighting.state = high ? Sighting::State::known : Sighting::State::contradicted;
    sighting.text = fact.title + (high ? ": " : ": not so, ") + reading->as_written();
    sighting.brief = sighting.text;
    sighting.line = escaped_markdown(sighting.text) + " (" + in_words(*reading->when) + ")";
    sighting.evidence = {reading->evidence()};
    sighting.day = reading->day;
    break;
  }
  return sighting;
}

Sighting admitted_today(const Chart& chart, const Fact& fact) {
  auto sighting = silence(fact);
  if (const auto* encounter = admission_at(chart, chart.today(), {})) {
    sighting.state = Sighting::State::known;
    sighting.text = fact.title + " is recorded";
    sighting.brief = fact.title;
    sighting.line = fact.title;
    sighting.evidence = {
        {encounter->reference, "admission", encounter->start ? std::string(encounter->start->written) : ""}};
  }
  return sighting;
}

}  // namespace cards
