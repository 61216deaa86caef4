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

// By the laboratory's own flag or range; nothing where it gave neither.
std::optional<bool> is_above_range(const Reading& reading) {
  std::optional<bool> above;
  for (const auto& interpretation : reading.observation->interpretations) {
    if (interpretation.codings.empty()) continue;
    const bool high = std::any_of(high_flags.begin(), high_flags.end(),
                                  [&](const auto flag) { return interpretation.has_code(flag); });
    above = above.value_or(false) || high;
  }
  for (const auto& range : reading.observation->ranges) {
    if (!range.high || !reading.value.is_point()) continue;
    // The range is in the unit of the result unless it says otherwise, and then it is not compared.
    if (!range.high->unit.empty() && range.high->unit != reading.quantity->unit) continue;
    above = above.value_or(false) || reading.quantity->value > range.high->value;
  }
  return above;
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
  const auto last = latest_among(weights);
  const auto& latest = last.front();
  if (!is_within_months(*latest.day, chart.today(), fact.number("latest_within"))) return sighting;

  const auto newest = fhir::months_before(*latest.day, static_cast<int>(fact.number("from")));
  const auto oldest = fhir::months_before(*latest.day, static_cast<int>(fact.number("to")));
  const Reading* highest = nullptr;
  for (const auto& weight : weights) {
    if (*weight.day > newest || *weight.day < oldest) continue;
    if (!highest || weight.value.low > highest->value.low) highest = &weight;
  }
  if (!highest || highest->value.low <= 0) return sighting;

  const auto percent = [&](double weight) { return rounded((highest->value.low - weight) / highest->value.low * 100); };
  const auto now = span_of(last);
  sighting.value = {percent(now.high), percent(now.low), false, false};
  const auto shown = printed(std::floor(sighting.value.low * 10) / 10);
  sighting.state = Sighting::State::known;
  sighting.day = latest.day;
  sighting.text = fact.title + " " + shown + " %";
  sighting.brief = sighting.text;
  sighting.line = "Weight from " + escaped_markdown(highest->as_written()) + " (" + in_words(*highest->when) + ") to " +
                  escaped_markdown(values_in_words(last, "kg")) + " (" + in_words(*latest.when) + "): **" + shown +
                  " %** lost";
  sighting.evidence = evidence_of(last);
  sighting.evidence.insert(sighting.evidence.begin(), highest->evidence());
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
  auto found = readings(chart, analyte, fact.sets("any_of"), SetBits{});
  std::erase_if(found, [&](const Reading& reading) {
    return !reading.day || !is_within_months(*reading.day, chart.today(), fact.number("within")) ||
           !is_above_range(reading);
  });
  const auto latest = latest_among(found);
  if (latest.empty()) return sighting;
  const auto high = std::count_if(latest.begin(), latest.end(), [](const auto& one) { return *is_above_range(one); });
  sighting.evidence = evidence_of(latest);
  sighting.day = latest.front().day;
  if (high != 0 && high != static_cast<std::ptrdiff_t>(latest.size())) {
    sighting.text = fact.title + " is open: the results of one time contradict each other";
    return sighting;
  }
  sighting.state = high != 0 ? Sighting::State::known : Sighting::State::contradicted;
  sighting.text = fact.title + (high != 0 ? ": " : ": not so, ") + latest.front().as_written();
  sighting.brief = sighting.text;
  sighting.line = escaped_markdown(sighting.text) + " (" + in_words(*latest.front().when) + ")";
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
