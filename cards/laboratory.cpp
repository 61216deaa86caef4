#include "cards/laboratory.h"

#include "cards/english.h"
#include "cards/result.h"

namespace cards {

Sighting latest_result(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded, or too old to count";
  const auto analyte = fact.option("analyte");
  const auto found = readings(chart, analyte, fact.sets("any_of"), fact.sets("none_of"));
  for (auto reading = found.rbegin(); reading != found.rend(); ++reading) {
    if (!reading->day || !is_within_months(*reading->day, chart.today(), fact.number("within"))) continue;
    const auto value = value_in_words(*reading, fact.unit);
    sighting.state = Sighting::State::known;
    sighting.value = reading->value;
    sighting.day = reading->day;
    sighting.brief = fact.title + " " + value;
    sighting.text = fact.title + " " + value;
    sighting.line = escaped_markdown(sighting.text) + " (" + in_words(*reading->when) + ")";
    sighting.evidence = {reading->evidence()};
    break;
  }
  return sighting;
}

}  // namespace cards
