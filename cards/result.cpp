#include "cards/result.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "cards/english.h"
#include "cards/ignored.h"
#include "cards/print.h"

namespace cards {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Interval interval_of(double value, fhir::Comparator comparator) {
  switch (comparator) {
    case fhir::Comparator::none:
      return Interval::exactly(value);
    case fhir::Comparator::less:
      return {-infinity, value, false, true};
    case fhir::Comparator::less_or_equal:
      return {-infinity, value, false, false};
    case fhir::Comparator::greater:
      return {value, infinity, true, false};
    case fhir::Comparator::greater_or_equal:
      return {value, infinity, false, false};
    case fhir::Comparator::sufficient:
      break;  // R5 "ad": says nothing about a limit
  }
  return {-infinity, infinity, false, false};
}

std::string_view sign_of(fhir::Comparator comparator) {
  switch (comparator) {
    case fhir::Comparator::none:
      return "";
    case fhir::Comparator::less:
      return "<";
    case fhir::Comparator::less_or_equal:
      return "<=";
    case fhir::Comparator::greater:
      return ">";
    case fhir::Comparator::greater_or_equal:
      return ">=";
    case fhir::Comparator::sufficient:
      return "at least sufficient ";
  }
  return "";
}

std::string unit_as_written(const fhir::Quantity& quantity) {
  return std::string(quantity.unit.empty() ? quantity.code : quantity.unit);
}

class Collector {
 public:
  Collector(const Chart& chart, std::string_view analyte, const SetBits& wanted, const SetBits& unwanted)
      : chart_(chart), analyte_(*chart.knowledge().units.analyte(analyte)), wanted_(wanted), unwanted_(unwanted) {}

  std::vector<Reading> collect() {
    if ((chart_.observation_sets() & wanted_).none()) return {};
    const auto& observations = chart_.record().observations;
    for (std::size_t i = 0; i < observations.size(); ++i) {
      take(i, nullptr, observations[i].value, chart_.observation_sets(i));
      for (std::size_t c = 0; c < observations[i].components.size(); ++c) {
        const auto& component = observations[i].components[c];
        take(i, &component, component.value, chart_.component_sets(i, c));
      }
    }
    std::stable_sort(readings_.begin(), readings_.end(), is_before);
    return std::move(readings_);
  }

 private:
  // By time; readings of one time by value, so that the order in which a record lists them makes no difference.
  static bool is_before(const Reading& a, const Reading& b) {
    if (a.when.has_value() != b.when.has_value()) return !a.when;
    if (a.when && (a.when->before(*b.when) || b.when->before(*a.when))) return a.when->before(*b.when);
    return std::tie(a.value.low, a.value.high, a.observation->reference) <
           std::tie(b.value.low, b.value.high, b.observation->reference);
  }

  void take(std::size_t position, const fhir::Component* component, const fhir::Value& value, const SetBits& sets) {
    if ((sets & wanted_).none() || (sets & unwanted_).any()) return;
    const auto& observation = chart_.record().observations[position];
    const char* const path = component ? "component.valueQuantity" : "valueQuantity";
    if (std::holds_alternative<std::monostate>(value)) return;
    const auto* quantity = std::get_if<fhir::Quantity>(&value);
    if (!quantity) return report(observation, path, "has a value that is not a quantity");
    if (observation.status == fhir::ResultStatus::preliminary) {
      return report(observation, "status", "is preliminary: shown, never counted");
    }

    Reading reading{.observation = &observation,
                    .position = position,
                    .component = component,
                    .quantity = quantity,
                    .sets = sets,
                    .when = observation.when};
    if (reading.when) {
      reading.day = reading.when->earliest_day();
      if (chart_.is_in_future(*reading.day)) return report(observation, "effectiveDateTime", "is dated in the future");
    }
    const auto amount = analyte_.read(*quantity);
    if (!amount) return report(observation, path, amount.error(), unit_at_fault(*quantity, amount.error()));
    reading.value = interval_of(amount->value, quantity->comparator);
    reading.by_other_factor = interval_of(amount->by_other_factor, quantity->comparator);
    reading.factor = amount->factor;
    reading.offset = amount->offset;
    reading.other_factor = amount->other_factor;
    readings_.push_back(reading);
  }

  static std::string unit_at_fault(const fhir::Quantity& quantity, std::string_view reason) {
    if (reason.rfind("has a unit", 0) != 0) return {};
    const bool of_code = reason.rfind("has a unit code that is not", 0) == 0;
    return shown_unit(of_code ? quantity.code : quantity.unit);
  }

  void report(const fhir::Observation& observation, std::string path, std::string reason,
              std::string shown = {}) const {
    chart_.report({observation.reference, std::move(path), std::move(reason), std::move(shown)});
  }

  const Chart& chart_;
  const Analyte& analyte_;
  SetBits wanted_;
  SetBits unwanted_;
  std::vector<Reading> readings_;
};

std::vector<Interval> values_of(const std::vector<Reading>& found) {
  std::vector<Interval> values;
  values.reserve(found.size());
  for (const auto& reading : found) values.push_back(reading.value);
  return values;
}

}  // namespace

std::string Reading::as_written() const {
  auto text = std::string(sign_of(quantity->comparator)) + std::string(quantity->written);
  const auto unit = unit_as_written(*quantity);
  return unit.empty() ? text : text + " " + unit;
}

Evidence Reading::evidence() const {
  return {observation->reference, as_written(), when ? std::string(when->written) : std::string()};
}

const std::vector<Reading>& readings(const Chart& chart, std::string_view analyte, const SetBits& wanted,
                                     const SetBits& unwanted) {
  auto& found = chart.found_readings();
  for (const auto& one : found) {
    if (one->wanted == wanted && one->unwanted == unwanted && one->analyte == analyte) return one->readings;
  }
  auto readings = Collector(chart, analyte, wanted, unwanted).collect();
  found.push_back(std::make_shared<const FoundReadings>(
      FoundReadings{std::string(analyte), wanted, unwanted, std::move(readings)}));
  return found.back()->readings;
}

std::string range_in_words(const fhir::Observation& observation) {
  for (const auto& range : observation.ranges) {
    // Laboratories often write the unit at one end only.
    auto unit = range.high ? unit_as_written(*range.high) : std::string();
    if (unit.empty() && range.low) unit = unit_as_written(*range.low);
    if (!unit.empty()) unit.insert(0, " ");
    if (range.low && range.high) return std::string(range.low->written) + "–" + std::string(range.high->written) + unit;
    if (range.low) return "from " + std::string(range.low->written) + unit;
    if (range.high) return "up to " + std::string(range.high->written) + unit;
    if (!range.text.empty()) return std::string(range.text);
  }
  return {};
}

std::string value_in_words(const Reading& reading, std::string_view canonical_unit) {
  if (reading.factor == 1 || !reading.value.is_point()) return reading.as_written();
  auto factor = reading.as_written() + " × " + printed(reading.factor);
  if (reading.offset != 0) factor += (reading.offset < 0 ? " − " : " + ") + printed(std::abs(reading.offset));
  return printed_with_commas(std::round(reading.value.low * 10) / 10) + " " + std::string(canonical_unit) + " (" +
         factor + ")";
}

std::span<const Reading> latest_results(const Chart& chart, const std::vector<Reading>& found) {
  if (found.size() <= latest_results_max) return found;
  const auto left_out = found.size() - latest_results_max;
  chart.report({found[left_out - 1].observation->reference, "effectiveDateTime",
                "is older than the " + std::to_string(latest_results_max) +
                    " latest results of its kind, which are all that is looked at"});
  return std::span(found).subspan(left_out);
}

bool is_same_sample(const Reading& a, const Reading& b) {
  if (!a.observation->specimen.empty() && a.observation->specimen == b.observation->specimen) return true;
  if (!a.day || !b.day) return false;
  // One moment is written with days that are two apart at most: at the ends of the zones.
  if (*a.day > *b.day + std::chrono::days(2) || *b.day > *a.day + std::chrono::days(2)) return false;
  // One of them with a time, the other only with a date: they may be hours apart, and nobody guesses.
  if (a.when->second_of_day.has_value() != b.when->second_of_day.has_value()) return false;
  return a.when->may_be_same_moment(*b.when);
}

std::vector<Reading> latest_among(const std::vector<Reading>& found) {
  std::vector<Reading> latest;
  for (auto reading = found.rbegin(); reading != found.rend(); ++reading) {
    if (!latest.empty() && (!reading->when || reading->when->before(*latest.back().when))) break;
    latest.push_back(*reading);
  }
  std::reverse(latest.begin(), latest.end());
  return latest;
}

Interval span_of(const std::vector<Reading>& same_time) {
  auto span = same_time.front().value;
  for (const auto& [low, high, low_excluded, high_excluded] : values_of(same_time)) {
    if (low < span.low || (low == span.low && !low_excluded)) {
      span.low = low;
      span.low_excluded = low_excluded;
    }
    if (high > span.high || (high == span.high && !high_excluded)) {
      span.high = high;
      span.high_excluded = high_excluded;
    }
  }
  return span;
}

std::string values_in_words(const std::vector<Reading>& same_time, std::string_view canonical_unit) {
  std::vector<std::string> values;
  for (const auto& reading : same_time) {
    auto value = value_in_words(reading, canonical_unit);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(std::move(value));
  }
  return listed(values);
}

std::vector<Evidence> evidence_of(const std::vector<Reading>& same_time) {
  std::vector<Evidence> evidence;
  evidence.reserve(same_time.size());
  for (const auto& reading : same_time) evidence.push_back(reading.evidence());
  return evidence;
}

bool is_within_months(fhir::Day day, fhir::Day of, double months) {
  return day >= fhir::months_before(of, static_cast<int>(months)) &&
         of >= fhir::months_before(day, static_cast<int>(months));
}

}  // namespace cards
