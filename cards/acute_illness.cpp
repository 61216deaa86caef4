#include "cards/acute_illness.h"

#include <algorithm>
#include <array>

#include "cards/diagnosis.h"
#include "cards/english.h"

namespace cards {

namespace {

// Encounter classes of an acute admission (v3-ActCode).
constexpr std::array<std::string_view, 3> admission_classes = {"IMP", "ACUTE", "EMER"};

bool is_admission(const fhir::Encounter& encounter) {
  return std::find(admission_classes.begin(), admission_classes.end(), encounter.class_code) != admission_classes.end();
}

// An open Encounter holds a day only while it is in progress: old ones are often never closed.
bool holds_day(const fhir::Encounter& encounter, fhir::Day day) {
  if (!encounter.start || encounter.start->earliest_day() > day) return false;
  return encounter.end ? encounter.end->latest_day() >= day : encounter.status == "in-progress";
}

}  // namespace

const fhir::Encounter* admission_at(const Chart& chart, fhir::Day day, std::string_view encounter) {
  const auto& encounters = chart.record().encounters;
  const auto found = std::find_if(encounters.begin(), encounters.end(), [&](const fhir::Encounter& one) {
    if (!is_admission(one)) return false;
    return (!encounter.empty() && one.reference == encounter) || holds_day(one, day);
  });
  return found == encounters.end() ? nullptr : &*found;
}

const fhir::Condition* acute_illness_before(const Chart& chart, const SetBits& illnesses, fhir::Day day, double days) {
  const auto first = day - std::chrono::days{static_cast<int>(days)};
  const auto conditions = chart.conditions();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if ((chart.condition_sets(i) & illnesses).none() || !conditions[i].is_confirmed()) continue;
    const auto& begun = conditions[i].onset ? conditions[i].onset : conditions[i].recorded;
    if (begun && begun->earliest_day() >= first && begun->earliest_day() <= day) return &conditions[i];
  }
  return nullptr;
}

Sighting acute_illness_at_sample(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  const auto& sample = chart.sighting(fact.fact("sample"));
  const auto day = sample.day.value_or(chart.today());
  const auto* observation =
      sample.evidence.empty() ? nullptr : chart.record().observation(sample.evidence.front().reference);
  const auto found = [&](Evidence evidence, std::string line) {
    sighting.state = Sighting::State::known;
    sighting.text = fact.title + " is recorded";
    sighting.brief = fact.title;
    sighting.line = std::move(line);
    sighting.evidence = {std::move(evidence)};
  };
  if (const auto* admission = admission_at(chart, day, observation ? observation->encounter : "")) {
    const auto start = admission->start ? std::string(admission->start->written) : std::string();
    found({admission->reference, "acute admission", start}, "an acute admission at the time of the sample");
  } else if (const auto* illness = acute_illness_before(chart, fact.sets("any_of"), day, fact.number("within"))) {
    const auto& begun = illness->onset ? illness->onset : illness->recorded;
    const auto name = name_of(illness->code, chart.knowledge());
    found({illness->reference, name, std::string(begun->written)},
          escaped_markdown(name) + " (" + in_words(*begun) + ")");
  }
  return sighting;
}

}  // namespace cards
