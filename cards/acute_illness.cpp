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

// An open Encounter goes on only while it is in progress: old ones are often never closed.
std::optional<Stretch> days_of(const fhir::Encounter& encounter) {
  if (!encounter.start) return std::nullopt;
  const auto first = encounter.start->earliest_day();
  if (encounter.end) return Stretch{first, encounter.end->latest_day()};
  return encounter.status == "in-progress" ? std::optional(Stretch{.first = first}) : std::nullopt;
}

// The day on which a confirmed Condition of the sets began.
std::optional<fhir::Day> begun_day(const Chart& chart, std::size_t position, const SetBits& illnesses) {
  const auto& condition = chart.conditions()[position];
  if ((chart.condition_sets(position) & illnesses).none() || !condition.is_confirmed()) return std::nullopt;
  const auto& begun = condition.onset ? condition.onset : condition.recorded;
  return begun ? std::optional(begun->earliest_day()) : std::nullopt;
}

}  // namespace

const fhir::Encounter* admission_at(const Chart& chart, fhir::Day day, std::string_view encounter) {
  const auto& encounters = chart.record().encounters;
  const auto found = std::find_if(encounters.begin(), encounters.end(), [&](const fhir::Encounter& one) {
    if (!is_admission(one)) return false;
    if (!encounter.empty() && one.reference == encounter) return true;
    const auto days = days_of(one);
    return days && days->first <= day && day <= days->last;
  });
  return found == encounters.end() ? nullptr : &*found;
}

const fhir::Condition* acute_illness_before(const Chart& chart, const SetBits& illnesses, fhir::Day day, double days) {
  const auto first = day - std::chrono::days{static_cast<int>(days)};
  const auto conditions = chart.conditions();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto begun = begun_day(chart, i, illnesses);
    if (begun && *begun >= first && *begun <= day) return &conditions[i];
  }
  return nullptr;
}

Stress::Stress(const Chart& chart, const SetBits& illnesses, double illness_days)
    : illness_days_(static_cast<int>(illness_days)) {
  std::vector<Stretch> admitted;
  for (const auto& encounter : chart.record().encounters) {
    if (!is_admission(encounter)) continue;
    admission_references_.insert(encounter.reference);
    if (const auto days = days_of(encounter)) admitted.push_back(*days);
  }
  admissions_ = Stretches(std::move(admitted));
  std::vector<Stretch> begun;
  for (std::size_t i = 0; i < chart.conditions().size(); ++i)
    if (const auto day = begun_day(chart, i, illnesses)) begun.push_back({*day, *day});
  illness_begun_ = Stretches(std::move(begun));
}

bool Stress::at(fhir::Day day, std::string_view encounter) const {
  return (!encounter.empty() && admission_references_.contains(encounter)) || admissions_.hold(day) ||
         illness_begun_.touch({day - illness_days_, day});
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
