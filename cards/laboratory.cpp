#include "cards/laboratory.h"

#include "cards/diagnosis.h"
#include "cards/english.h"
#include "cards/result.h"

namespace cards {

namespace {

// The latest reading whose day counts.
template <class Counts>
Sighting latest_that(const Chart& chart, const Fact& fact, Counts counts) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded, or too old to count";
  auto found = readings(chart, fact.option("analyte"), fact.sets("any_of"), fact.sets("none_of"));
  std::erase_if(found, [&](const Reading& reading) { return !reading.day || !counts(*reading.day); });
  const auto latest = latest_among(found);
  if (latest.empty()) return sighting;
  sighting.state = Sighting::State::known;
  sighting.value = span_of(latest);
  sighting.day = latest.front().day;
  sighting.brief = fact.title + " " + values_in_words(latest, fact.unit);
  sighting.text = sighting.brief;
  sighting.line = escaped_markdown(sighting.text) + " (" + in_words(*latest.front().when) + ")";
  sighting.evidence = evidence_of(latest);
  return sighting;
}

}  // namespace

Sighting latest_result(const Chart& chart, const Fact& fact) {
  return latest_that(chart, fact,
                     [&](fhir::Day day) { return is_within_months(day, chart.today(), fact.number("within")); });
}

Sighting result_at_sample(const Chart& chart, const Fact& fact) {
  const auto sample = sample_day(chart, fact);
  return latest_that(chart, fact, [&](fhir::Day day) {
    return day <= sample && is_within_months(day, sample, fact.number("within"));
  });
}

}  // namespace cards
