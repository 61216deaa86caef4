#include "cards/body_mass.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "cards/english.h"
#include "cards/pregnancy.h"
#include "cards/print.h"
#include "cards/result.h"

namespace cards {

namespace {

std::string two_decimals(double value) {
  return printed(std::round(value * 100) / 100);
}

// One way to a BMI: an Observation of it, or a weight and a height.
struct Candidate {
  Interval value;
  fhir::Day day;
  const Reading* measured = nullptr;  // the BMI, or the weight
  const Reading* height = nullptr;    // where it is computed
};

std::vector<Evidence> evidence_of(const Candidate& bmi) {
  std::vector<Evidence> evidence = {bmi.measured->evidence()};
  if (bmi.height) evidence.push_back(bmi.height->evidence());
  return evidence;
}

std::string line_of(const Candidate& bmi) {
  const auto date = in_words(*bmi.measured->when);
  if (!bmi.height) return "BMI **" + escaped_markdown(bmi.measured->as_written()) + "** (" + date + ")";
  return "BMI **" + two_decimals(bmi.value.low) + " kg/m²** (" + date + "; computed from " +
         escaped_markdown(bmi.measured->as_written()) + " and " + escaped_markdown(bmi.height->as_written()) + ")";
}

// The values of each day in order: a record may hold thousands of one day.
class ValuesByDay {
 public:
  void add(const Candidate& one) { values_.insert({one.day, one.value.low}); }
  [[nodiscard]] bool has(fhir::Day day) const {
    const auto first = values_.lower_bound({day, -std::numeric_limits<double>::infinity()});
    return first != values_.end() && first->first == day;
  }
  // Whether a value of the candidate's day agrees with it: if any does, one of its two neighbours does.
  template <class Agrees>
  [[nodiscard]] bool has_near(const Candidate& one, Agrees agrees) const {
    const auto above = values_.lower_bound({one.day, one.value.low});
    if (above != values_.end() && above->first == one.day && agrees(above->second)) return true;
    return above != values_.begin() && std::prev(above)->first == one.day && agrees(std::prev(above)->second);
  }

 private:
  std::set<std::pair<fhir::Day, double>> values_;
};

ValuesByDay values_of(const std::vector<Candidate>& candidates) {
  ValuesByDay values;
  for (const auto& one : candidates) values.add(one);
  return values;
}

// What the record says of one day.
struct BmiOfDay {
  Interval value;
  fhir::Day day;
  std::vector<Evidence> evidence;
  std::string line;
  bool status_unknown = false;
};

bool is_adult_on(const Chart::Birth& birth, fhir::Day day, double adult_age) {
  return fhir::age_in_years(birth.latest, day) >= adult_age;
}

bool is_child_on(const Chart::Birth& birth, fhir::Day day, double adult_age) {
  return fhir::age_in_years(birth.earliest, day) < adult_age;
}

class BodyMass {
 public:
  BodyMass(const Chart& chart, const Fact& fact)
      : chart_(chart),
        fact_(fact),
        birth_(chart.birth()),
        weights_(readings(chart, "weight", fact.sets("weight"), SetBits{})),
        heights_(readings(chart, "height", fact.sets("height"), SetBits{})),
        recorded_(readings(chart, "bmi", fact.sets("bmi"), fact.sets("bmi_exclude"))) {}

  Sighting look() {
    collect_recorded();
    collect_computed();
    const auto pregnant = days_of_pregnancy(chart_, pregnancy());
    std::erase_if(candidates_,
                  [&](const Candidate& c) { return pregnant.hold(c.day) || age_class(c.day) == Age::too_old; });
    if (candidates_.empty()) return nothing();
    return tell(all_of_day(chosen()));
  }

 private:
  enum class Age { current, stale, too_old };

  const Fact& pregnancy() const { return chart_.knowledge().facts[fact_.fact("pregnancy")]; }

  Sighting nothing() const {
    Sighting sighting;
    sighting.text = fact_.title + " is not recorded, or too old to count";
    return sighting;
  }

  // A child grows out of a BMI faster than an adult.
  Age age_class(fhir::Day day) const {
    const bool child = birth_ && is_child_on(*birth_, day, fact_.number("adult_age"));
    if (is_within_months(day, chart_.today(), fact_.number(child ? "child_current" : "adult_current"))) {
      return Age::current;
    }
    const bool usable = is_within_months(day, chart_.today(), fact_.number(child ? "child_oldest" : "adult_oldest"));
    return usable ? Age::stale : Age::too_old;
  }

  bool was_adult_on(fhir::Day day) const { return birth_ && is_adult_on(*birth_, day, fact_.number("adult_age")); }

  // Of the same day, else the last one as an adult.
  const Reading* height_for(const Reading& weight) const {
    const auto of_day = height_by_day_.find(*weight.day);
    if (of_day != height_by_day_.end()) return of_day->second;
    return was_adult_on(*weight.day) ? adult_height_ : nullptr;
  }

  void look_at_heights() {
    for (const auto& height : heights_) {
      if (!height.day || !height.value.is_point()) continue;
      height_by_day_.emplace(*height.day, &height);
      if (was_adult_on(*height.day)) adult_height_ = &height;
    }
  }

  bool is_possible(const Reading& weight, const Reading& height) const {
    if (!was_adult_on(*weight.day)) return true;
    return weight.value.low >= fact_.number("adult_weight_least") &&
           weight.value.low <= fact_.number("adult_weight_most") &&
           height.value.low >= fact_.number("adult_height_least") &&
           height.value.low <= fact_.number("adult_height_most");
  }

  std::optional<Candidate> computed_from(const Reading& weight) const {
    if (!weight.day || !weight.value.is_point()) return std::nullopt;
    const auto* height = height_for(weight);
    if (!height || height->value.low <= 0 || !is_possible(weight, *height)) return std::nullopt;
    const double bmi = rounded(weight.value.low / (height->value.low * height->value.low));
    const auto* analyte = chart_.knowledge().units.analyte("bmi");
    if (bmi < analyte->at_least() || bmi > analyte->at_most()) {
      chart_.report({weight.observation->reference, "valueQuantity",
                     "gives with the recorded height a body mass index outside what is possible"});
      return std::nullopt;
    }
    return Candidate{Interval::exactly(bmi), *weight.day, &weight, height};
  }

  void collect_recorded() {
    for (const auto& reading : recorded_) {
      if (!reading.day) {
        chart_.report(
            {reading.observation->reference, "effectiveDateTime", "has no date, so that its age cannot be told"});
        continue;
      }
      candidates_.push_back({reading.value, *reading.day, &reading});
    }
  }

  // Where both exist for a day and disagree by more than entry noise, the measured weight and height are believed.
  void collect_computed() {
    look_at_heights();
    std::vector<Candidate> computed;
    for (const auto& weight : weights_) {
      if (const auto one = computed_from(weight)) computed.push_back(*one);
    }
    const double most = fact_.number("disagreement");
    const auto agree = [&](double recorded, double by_weight) {
      return std::abs(recorded - by_weight) / by_weight * 100 <= most;
    };
    const auto by_weight = values_of(computed);
    const auto is_contradicted = [&](const Candidate& recorded) {
      return by_weight.has(recorded.day) &&
             !by_weight.has_near(recorded, [&](double other) { return agree(recorded.value.low, other); });
    };
    for (const auto& recorded : candidates_) {
      if (!is_contradicted(recorded)) continue;
      chart_.report({recorded.measured->observation->reference, "valueQuantity",
                     "contradicts the weight and height of the same day, which are used instead"});
    }
    std::erase_if(candidates_, is_contradicted);
    auto kept = values_of(candidates_);
    for (const auto& one : computed) {
      if (kept.has_near(one, [&](double other) { return agree(other, one.value.low); })) continue;
      candidates_.push_back(one);
      kept.add(one);
    }
  }

  // The criterion pairs BMI and insulin: the nearest to the sample, of two equally near the later (CLINICAL.md 2.4).
  const Candidate& chosen() const {
    const bool any_current = std::any_of(candidates_.begin(), candidates_.end(),
                                         [&](const auto& c) { return age_class(c.day) == Age::current; });
    const auto sample = chart_.sighting(fact_.fact("sample")).day.value_or(chart_.today());
    const Candidate* best = nullptr;
    const auto distance = [&](const Candidate& c) { return c.day < sample ? sample - c.day : c.day - sample; };
    for (const auto& candidate : candidates_) {
      if (any_current && age_class(candidate.day) != Age::current) continue;
      if (!best || distance(candidate) < distance(*best) ||
          (distance(candidate) == distance(*best) && candidate.day >= best->day)) {
        best = &candidate;
      }
    }
    return *best;
  }

  // Two different values of one day leave it open which of them it is, or what lies between.
  BmiOfDay all_of_day(const Candidate& chosen) const {
    BmiOfDay all{chosen.value, chosen.day, evidence_of(chosen), line_of(chosen),
                 chosen.measured->observation->status == fhir::ResultStatus::unknown};
    for (const auto& other : candidates_) {
      if (other.day != chosen.day || (other.value.low == chosen.value.low && other.value.high == chosen.value.high)) {
        continue;
      }
      if (other.value.low < all.value.low) {
        all.value.low = other.value.low;
        all.value.low_excluded = other.value.low_excluded;
      }
      if (other.value.high > all.value.high) {
        all.value.high = other.value.high;
        all.value.high_excluded = other.value.high_excluded;
      }
      for (auto& evidence : evidence_of(other)) all.evidence.push_back(std::move(evidence));
      all.line += "; " + line_of(other);
    }
    return all;
  }

  static std::string values_in_words(const Interval& value, const BmiOfDay& bmi) {
    if (!std::isfinite(value.low) || !std::isfinite(value.high)) return bmi.evidence.front().value;
    return printed(value.low) + (value.is_point() ? "" : " to " + printed(value.high));
  }

  Sighting tell(const BmiOfDay& bmi) const {
    Sighting sighting;
    sighting.state = Sighting::State::known;
    sighting.value = bmi.value;
    sighting.day = bmi.day;
    sighting.evidence = bmi.evidence;
    sighting.line = bmi.line;
    const auto value = values_in_words(bmi.value, bmi);
    const bool finite = std::isfinite(bmi.value.low) && std::isfinite(bmi.value.high);
    sighting.text = fact_.title + " " + value + (finite ? " kg/m2" : "");
    sighting.brief = "BMI " + (bmi.value.is_point() ? two_decimals(bmi.value.low) : value);
    if (finite && !bmi.value.is_point()) {
      sighting.notes.push_back("The record holds different BMIs of one day: measure again.");
    }
    add_notes(bmi, sighting);
    return sighting;
  }

  void add_notes(const BmiOfDay& bmi, Sighting& sighting) const {
    if (age_class(bmi.day) == Age::stale) {
      sighting.notes.push_back("The BMI is from " + fhir::in_words(bmi.day) + ": weigh again before acting.");
    }
    const auto& sample = chart_.sighting(fact_.fact("sample")).day;
    const bool child = birth_ && is_child_on(*birth_, bmi.day, fact_.number("adult_age"));
    if (sample && !is_within_months(bmi.day, *sample, fact_.number(child ? "child_current" : "adult_current"))) {
      sighting.notes.push_back("BMI and insulin sample are far apart in time: weigh again before acting.");
    }
    if (bmi.status_unknown) sighting.notes.push_back("The record does not state whether the BMI result is final.");
  }

  const Chart& chart_;
  const Fact& fact_;
  std::optional<Chart::Birth> birth_;
  const std::vector<Reading>& weights_;
  const std::vector<Reading>& heights_;
  const std::vector<Reading>& recorded_;
  std::map<fhir::Day, const Reading*> height_by_day_;  // the first of each day
  const Reading* adult_height_ = nullptr;              // the last one
  std::vector<Candidate> candidates_;
};

std::string signed_z(double z) {
  const bool reads_whole = std::abs(z - std::round(z)) < 0.005 && z != std::round(z);  // never "3.00" for 2.996
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, reads_whole ? "%+.3f" : "%+.2f", z);
  return buffer;
}

std::string name_of_reference(Reference reference) {
  return reference == Reference::uk_who ? "UK-WHO" : "WHO";
}

}  // namespace

Sighting age(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  const auto birth = chart.birth();
  if (!birth) {
    sighting.text = "no usable birth date in the record";
    return sighting;
  }
  const auto youngest = fhir::age_in_years(birth->latest, chart.today());
  const auto oldest = fhir::age_in_years(birth->earliest, chart.today());
  sighting.state = Sighting::State::known;
  sighting.value = {static_cast<double>(youngest), static_cast<double>(oldest), false, false};
  sighting.text = fact.title + " " + std::to_string(youngest) +
                  (youngest == oldest ? "" : " to " + std::to_string(oldest)) + " years";
  return sighting;
}

Sighting body_mass_index(const Chart& chart, const Fact& fact) {
  return BodyMass(chart, fact).look();
}

Sighting age_group(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.category = "unclear";
  sighting.text = "no usable birth date in the record";
  const auto birth = chart.birth();
  if (!birth) return sighting;

  const auto day = chart.sighting(fact.fact("bmi")).day.value_or(chart.today());
  const double adult_age = fact.number("adult_age");
  const double infant_age = fact.number("infant_age");
  if (is_adult_on(*birth, day, adult_age))
    sighting.category = "adult";
  else if (fhir::age_in_years(birth->earliest, day) < infant_age)
    sighting.category = "infant";
  else if (is_child_on(*birth, day, adult_age) && fhir::age_in_years(birth->latest, day) >= infant_age)
    sighting.category = "child";
  sighting.state = sighting.category == "unclear" ? Sighting::State::unknown : Sighting::State::known;
  sighting.text = sighting.category == "unclear" ? "the birth date is too vague to tell which BMI rule applies"
                                                 : "on " + fhir::in_words(day) + " the rule for " +
                                                       (sighting.category == "adult"   ? "adults"
                                                        : sighting.category == "child" ? "children"
                                                                                       : "infants") +
                                                       " applies";
  return sighting;
}

Sighting bmi_z_score(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " cannot be computed";
  const auto& bmi = chart.sighting(fact.fact("bmi"));
  const auto birth = chart.birth();
  if (birth && is_adult_on(*birth, bmi.day.value_or(chart.today()), fact.number("adult_age"))) {
    sighting.state = Sighting::State::not_applicable;
    sighting.text = "the rule for children does not apply to an adult";
    return sighting;
  }
  const bool finite = std::isfinite(bmi.value.low) && std::isfinite(bmi.value.high);
  if (bmi.state != Sighting::State::known || !finite || !birth) return sighting;

  const auto sex = chart.record().patient->sex;
  const auto& knowledge = chart.knowledge();
  std::vector<double> scores;
  for (const auto which : {fhir::Sex::female, fhir::Sex::male}) {
    if (sex != fhir::Sex::unknown && sex != which) continue;
    // A partial birth date: the ends and the steps of the tables between them; every day is cheap enough.
    for (auto born = birth->earliest; born <= birth->latest; born += std::chrono::days{1}) {
      const auto days = static_cast<int>((*bmi.day - born).count());
      for (const double value : {bmi.value.low, bmi.value.high}) {
        const auto z = knowledge.growth.z_score(knowledge.growth_reference, which, days, value);
        if (!z) return sighting;
        scores.push_back(*z);
      }
    }
  }
  const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
  sighting.state = Sighting::State::known;
  sighting.value = {rounded(*low), rounded(*high), false, false};
  sighting.day = bmi.day;
  sighting.evidence = bmi.evidence;
  const auto score = sighting.value.is_point() ? signed_z(*low) : signed_z(*low) + " to " + signed_z(*high);
  sighting.brief = "BMI Z-score " + score;
  sighting.text = sighting.brief + " (" + name_of_reference(knowledge.growth_reference) + ", " + bmi.text + ")";
  sighting.line = "BMI Z-score **" + score + "** (" + name_of_reference(knowledge.growth_reference) + " reference)";
  const bool near = *high > fact.number("near_from") && *low <= fact.number("near_to");
  if (near && knowledge.growth_reference == Reference::who) {
    sighting.notes.push_back(
        "The criterion names no growth reference. By the WHO reference this BMI is near the limit: the UK-WHO chart "
        "may decide differently.");
  }
  const int adult_age = static_cast<int>(fact.number("adult_age"));
  const auto near_adult =
      fhir::months_before(chart.today(), adult_age * 12 - static_cast<int>(fact.number("adult_near")));
  if (birth->earliest <= near_adult && bmi.value.low >= fact.number("adult_limit")) {
    sighting.notes.push_back("From the age of " + std::to_string(adult_age) + " the adult limit applies (BMI below " +
                             printed(fact.number("adult_limit")) + " kg/m²).");
  }
  if (sex == fhir::Sex::unknown) {
    sighting.notes.push_back("The record does not state the sex: the Z-score was computed for both.");
  }
  return sighting;
}

}  // namespace cards
