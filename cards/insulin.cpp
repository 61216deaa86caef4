#include "cards/insulin.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "cards/acute_illness.h"
#include "cards/clause.h"
#include "cards/diagnosis.h"
#include "cards/english.h"
#include "cards/medication.h"
#include "cards/print.h"

namespace cards {

namespace {

// UK and Belgian laboratories state the time of an OGTT sample in a component with this code (DATA.md 0.5).
constexpr std::string_view relative_time = "118578006";
// HL7 v2 table 0916, as Specimen.collection.fastingStatusCodeableConcept carries it.
constexpr std::string_view was_fasting = "F";
constexpr std::string_view was_not_fasting = "NF";
// HL7 v2 table 0493, Specimen.condition: haemolysed, lipaemic, insufficient (CLINICAL.md 2.2).
constexpr std::array<std::string_view, 4> poor_sample = {"HEM", "LIPEM", "LIP", "QNS"};

std::optional<double> in_hours(const fhir::Quantity& time) {
  const auto unit = time.code.empty() ? time.unit : time.code;
  if (unit == "h" || unit == "hour" || unit == "hours") return time.value;
  if (unit == "min" || unit == "minute" || unit == "minutes" || unit == "mins") return time.value / 60;
  return std::nullopt;
}

// Minutes after the load, where a component says so.
std::optional<double> minutes_stated(const fhir::Observation& observation) {
  for (const auto& component : observation.components) {
    const auto* time = std::get_if<fhir::Quantity>(&component.value);
    if (!time || !component.code.has_code(relative_time)) continue;
    if (const auto hours = in_hours(*time)) return rounded(*hours * 60);
  }
  return std::nullopt;
}

bool has_any(const SetBits& a, const SetBits& b) {
  return (a & b).any();
}

// Reads the record once for all that a single sample's word depends on.
class Insulin {
 public:
  Insulin(const Chart& chart, const Fact& fact) : chart_(chart), fact_(fact) {}

  std::vector<InsulinSample> samples() {
    const auto wanted = fact_.sets("fasting") | fact_.sets("baseline") | fact_.sets("unspecified") | post_load_sets();
    const auto& found = readings(chart_, "insulin", wanted, fact_.sets("not_for_criterion"));
    c_peptides_ = readings(chart_, "c-peptide", fact_.sets("c_peptide"), SetBits{});
    if (found.empty()) return {};
    for (const auto& reading : latest_results(chart_, found))
      samples_.push_back({.reading = reading, .minutes = std::nullopt, .word = {}});
    look_around();
    for (auto& sample : samples_) sample.minutes = minutes_of(sample.reading);
    for (auto& sample : samples_) sample.timing = timing_of(sample);
    for (auto& sample : samples_) judge(sample);
    return std::move(samples_);
  }

 private:
  SetBits post_load_sets() const { return fact_.sets("post_60") | fact_.sets("post_120") | fact_.sets("post_180"); }

  std::optional<double> minutes_of(const Reading& reading) const {
    if (const auto stated = minutes_stated(*reading.observation)) return stated;
    if (has_any(reading.sets, fact_.sets("post_60"))) return 60;
    if (has_any(reading.sets, fact_.sets("post_120"))) return 120;
    if (has_any(reading.sets, fact_.sets("post_180"))) return 180;
    return std::nullopt;
  }

  // What many samples are asked about.
  void look_around() {
    on_insulin_ = days_of_use(chart_, fact_.sets("insulin_medicine"));
    stress_.emplace(chart_, fact_.sets("acute_illness"), fact_.number("acute_illness"));
    for (const auto& specimen : chart_.record().specimens)
      if (specimen.reference != "#") specimens_.emplace(specimen.reference, &specimen);  // "#": nobody can refer to it
    std::vector<Stretch> challenged;
    const auto& observations = chart_.record().observations;
    for (std::size_t i = 0; i < observations.size(); ++i) {
      if (!observations[i].when || !has_any(chart_.observation_sets(i), fact_.sets("glucose_challenge"))) continue;
      const auto day = observations[i].when->earliest_day();
      challenged.push_back({day, day});
    }
    challenged_ = Stretches(std::move(challenged));
  }

  [[nodiscard]] const fhir::Specimen* specimen_of(const Reading& reading) const {
    const auto found = specimens_.find(reading.observation->specimen);
    return found == specimens_.end() ? nullptr : found->second;
  }

  // A sample "at 0 minutes" is one only where the load is on record: a post-load result of the same day.
  bool was_challenged(const Reading& reading) const {
    if (!reading.day) return false;
    for (const auto& other : samples_) {
      if (other.minutes && *other.minutes > 0 && other.reading.day == reading.day) return true;
    }
    return challenged_.hold(*reading.day);
  }

  Timing timing_by_specimen(const Reading& reading) const {
    const auto* specimen = specimen_of(reading);
    if (!specimen) return Timing::not_stated;
    if (specimen->fasting_status.has_code(was_not_fasting)) return Timing::not_fasting;
    if (specimen->fasting_duration) {
      const auto hours = in_hours(*specimen->fasting_duration);
      if (hours) return *hours >= fact_.number("fasting_hours") ? Timing::fasting : Timing::not_fasting;
    }
    return specimen->fasting_status.has_code(was_fasting) ? Timing::fasting : Timing::not_stated;
  }

  Timing timing_of(const InsulinSample& sample) const {
    const auto& reading = sample.reading;
    if (sample.minutes && *sample.minutes > 0) return Timing::post_load;
    const bool at_zero = sample.minutes || has_any(reading.sets, fact_.sets("baseline"));
    if (at_zero && was_challenged(reading)) return Timing::zero_minutes;

    const auto by_specimen = timing_by_specimen(reading);
    if (!has_any(reading.sets, fact_.sets("fasting"))) return by_specimen;
    // A fasting code on a sample that was not: the record contradicts itself, and nobody guesses.
    return by_specimen == Timing::not_fasting ? Timing::not_stated : Timing::fasting;
  }

  void judge(InsulinSample& sample) const {
    if (!sample.reading.day) return report(sample, "has no date, so that its age cannot be told");
    if (sample.minutes && *sample.minutes > fact_.number("ogtt_minutes")) return;
    if (!is_within_months(*sample.reading.day, chart_.today(), fact_.number("oldest"))) return;
    sample.word = word_by_value(sample);
    sample.raised = !sample.word.empty() && sample.word != "no";
    if (sample.raised) sample.word = word_by_circumstance(sample);
    if (sample.word == "no" && !refutes(sample)) sample.word.clear();
  }

  // What the number alone says at its limit.
  std::string word_by_value(const InsulinSample& sample) const {
    const double limit = fact_.number(sample.timing == Timing::post_load ? "ogtt_peak" : "fasting");
    const auto above = compare(sample.reading.value, Comparison::above, limit);
    if (sample.timing == Timing::not_fasting) {
      const auto far_above = compare(sample.reading.value, Comparison::above, fact_.number("ogtt_peak"));
      return far_above == Verdict::met ? "fasting-not-stated" : "";
    }
    if (above == Verdict::unknown) return "indeterminate";
    if (sample.timing == Timing::not_stated) return above == Verdict::met ? "fasting-not-stated" : "no";
    if (above == Verdict::met) return "yes";
    // 6.00 says not above, 6.945 says above: the laboratory's factor decides, not we (DECISIONS.md 5).
    if (compare(sample.reading.by_other_factor, Comparison::above, limit) != Verdict::not_met) return "borderline";
    return sample.timing == Timing::post_load ? "" : "no";
  }

  // What stood around a raised number when it was taken.
  std::string word_by_circumstance(const InsulinSample& sample) const {
    const auto day = *sample.reading.day;
    if (injects_insulin_on(day)) return "exogenous";
    if (exceeds_c_peptide(sample.reading)) return "ratio";
    if (is_poor_sample(sample.reading) || was_acutely_ill(sample.reading)) return "confounded";
    if (!is_within_months(day, chart_.today(), fact_.number("window"))) return "old";
    return sample.word;
  }

  // A normal value refutes only while it is recent; haemolysis lowers insulin, and under insulin treatment no value
  // proves anything.
  bool refutes(const InsulinSample& sample) const {
    return !is_poor_sample(sample.reading) && !injects_insulin_on(*sample.reading.day) &&
           is_within_months(*sample.reading.day, chart_.today(), fact_.number("window"));
  }

  bool injects_insulin_on(fhir::Day day) const {
    return on_insulin_.touch({day - std::chrono::days{static_cast<int>(fact_.number("insulin_washout"))}, day});
  }

  bool exceeds_c_peptide(const Reading& insulin) const {
    for (const auto& c_peptide : c_peptides_) {
      if (!is_same_sample(insulin, c_peptide)) continue;
      if (c_peptide.value.high < fact_.number("c_peptide_ratio") * insulin.value.low) return true;
    }
    return false;
  }

  bool is_poor_sample(const Reading& reading) const {
    const auto* specimen = specimen_of(reading);
    if (!specimen) return false;
    for (const auto& condition : specimen->conditions) {
      for (const auto code : poor_sample) {
        if (condition.has_code(code)) return true;
      }
    }
    return false;
  }

  bool was_acutely_ill(const Reading& reading) const {
    return stress_->at(*reading.day, reading.observation->encounter);
  }

  void report(const InsulinSample& sample, std::string reason) const {
    chart_.report({sample.reading.observation->reference, "effectiveDateTime", std::move(reason)});
  }

  const Chart& chart_;
  const Fact& fact_;
  std::vector<InsulinSample> samples_;
  std::vector<Reading> c_peptides_;
  Stretches on_insulin_;
  std::optional<Stress> stress_;
  std::unordered_map<std::string_view, const fhir::Specimen*> specimens_;
  Stretches challenged_;
};

bool has_diabetes(const Chart& chart, const Fact& fact) {
  const auto conditions = chart.conditions();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (!has_any(chart.condition_sets(i), fact.sets("diabetes"))) continue;
    if (conditions[i].is_confirmed() && conditions[i].is_active()) return true;
  }
  return false;
}

const InsulinSample* latest(const std::vector<InsulinSample>& samples, std::string_view word) {
  const auto found = std::find_if(samples.rbegin(), samples.rend(), [&](const auto& s) { return s.word == word; });
  return found == samples.rend() ? nullptr : &*found;
}

// Of one day's samples the one that says most: the words in order of weight.
int weight(const InsulinSample& sample) {
  constexpr std::array<std::string_view, 8> words = {"old",       "fasting-not-stated", "indeterminate", "borderline",
                                                     "exogenous", "confounded",         "ratio",         "yes"};
  const auto found = std::find(words.begin(), words.end(), sample.word);
  return found == words.end() ? -1 : static_cast<int>(found - words.begin());
}

const InsulinSample* latest_raised(const std::vector<InsulinSample>& samples) {
  const InsulinSample* best = nullptr;
  for (const auto& sample : samples) {
    if (!sample.raised) continue;
    const bool same_day = best && best->reading.day == sample.reading.day;
    if (!best || !same_day || weight(sample) > weight(*best)) best = &sample;
  }
  return best;
}

struct Decision {
  std::string word = "unknown";
  const InsulinSample* sample = nullptr;        ///< the one that decides
  const InsulinSample* later_normal = nullptr;  ///< a normal value after a raised one, or at the same time
};

bool is_same_time(const Reading& a, const Reading& b) {
  return !a.when->before(*b.when) && !b.when->before(*a.when);
}

// A normal result taken at the very time of a raised one, in the same state: the record contradicts itself.
const InsulinSample* contradiction_of(const InsulinSample& raised, const std::vector<InsulinSample>& samples) {
  const auto found = std::find_if(samples.begin(), samples.end(), [&](const InsulinSample& other) {
    return other.word == "no" && other.timing == raised.timing && is_same_time(other.reading, raised.reading);
  });
  return found == samples.end() ? nullptr : &*found;
}

// Several values: any valid raised one counts, unless a later normal one speaks against it. In diabetes it does not,
// because insulin falls as the beta cells fail (CLINICAL.md 2.2).
Decision decide_by(const InsulinSample& raised, const std::vector<InsulinSample>& samples, bool diabetes) {
  if (const auto* other = contradiction_of(raised, samples)) return {"discordant", &raised, other};
  const auto* normal = latest(samples, "no");
  const bool later = normal && normal->reading.day > raised.reading.day;
  if (later && !diabetes) return {"discordant", &raised, normal};
  return {"yes", &raised, later ? normal : nullptr};
}

// Without a value that is certainly raised: the latest that may be, unless a normal one is as recent.
Decision decide_without_certainty(const std::vector<InsulinSample>& samples, const InsulinSample* normal) {
  const auto* raised = latest_raised(samples);
  if (raised && (!normal || normal->reading.day < raised->reading.day)) return {raised->word, raised, nullptr};
  if (normal) return {"no", normal, nullptr};
  return {};
}

std::string timing_in_words(const InsulinSample& sample) {
  switch (sample.timing) {
    case Timing::fasting:
      return "fasting insulin";
    case Timing::zero_minutes:
      return "fasting insulin (OGTT, 0 minutes)";
    case Timing::post_load:
      return "OGTT peak insulin";
    case Timing::not_fasting:
      return "non-fasting insulin";
    case Timing::not_stated:
      return "insulin, fasting not stated,";
  }
  return "insulin";
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// The value for a summary: in pmol/L, with commas; as the laboratory wrote it when it is no plain number.
std::string canonical(const Reading& reading) {
  if (!reading.value.is_point()) return escaped_markdown(reading.as_written());
  return printed_with_commas(reading.value.low) + " pmol/L";
}

const InsulinSample& highest_of_that_day(const std::vector<InsulinSample>& samples, const InsulinSample& chosen) {
  const auto* highest = &chosen;
  if (chosen.timing != Timing::post_load) return chosen;
  for (const auto& sample : samples) {
    const bool same_test = sample.timing == Timing::post_load && sample.reading.day == chosen.reading.day;
    if (same_test && sample.word == chosen.word && sample.reading.value.low > highest->reading.value.low)
      highest = &sample;
  }
  return *highest;
}

class Narrator {
 public:
  Narrator(const std::vector<InsulinSample>& samples, const Fact& fact) : samples_(samples), fact_(fact) {}

  Sighting tell(const Decision& decision) {
    sighting_ = {};
    sighting_.state = decision.word == "unknown" ? Sighting::State::unknown : Sighting::State::known;
    sighting_.category = decision.word;
    if (!decision.sample) {
      sighting_.text = samples_.empty() ? "no insulin result in the record" : "no insulin result that can be used";
      for (const auto& sample : samples_) sighting_.evidence.push_back(sample.reading.evidence());
      return sighting_;
    }
    const auto& shown = highest_of_that_day(samples_, *decision.sample);
    sighting_.day = shown.reading.day;
    sighting_.value = shown.reading.value;
    sighting_.brief = timing_in_words(shown) + " " + canonical(shown.reading);
    sighting_.text = sentence(decision, shown);
    sighting_.line = line(shown);
    add_evidence(shown);
    add_notes(decision, shown);
    return sighting_;
  }

 private:
  double limit_for(const InsulinSample& sample) const {
    return fact_.number(sample.timing == Timing::post_load ? "ogtt_peak" : "fasting");
  }

  std::string sentence(const Decision& decision, const InsulinSample& shown) const {
    const auto what = timing_in_words(shown) + " " + value_in_words(shown.reading, "pmol/L");
    const auto limit = printed_with_commas(limit_for(shown)) + " pmol/L";
    const auto& word = decision.word;
    if (word == "yes") return what + " is above " + limit;
    if (word == "no") return what + " is not above " + limit;
    if (word == "borderline")
      return what + " is above " + limit + " only by the conversion factor " + printed(shown.reading.other_factor);
    if (word == "fasting-not-stated")
      return what + " is raised, but the record does not show that the person had fasted";
    if (word == "exogenous") return what + " was measured while insulin was being injected and proves nothing";
    if (word == "ratio") return what + " exceeds the C-peptide of the same sample: antibodies or interference";
    if (word == "confounded") return what + " comes from an acute admission or illness, or from a flagged sample";
    if (word == "old") return what + " is older than " + printed(fact_.number("window")) + " months";
    if (word == "discordant") {
      const bool later = shown.reading.when->before(*decision.later_normal->reading.when);
      return what + " was above " + limit + ", but " + (later ? "a later value" : "another value of the same time") +
             " is normal";
    }
    return what + " does not tell whether it is above " + limit;
  }

  std::string line(const InsulinSample& shown) const {
    auto text = capitalised(timing_in_words(shown)) + " **" + canonical(shown.reading) + "** (";
    text += shown.reading.when ? in_words(*shown.reading.when) : "undated";
    const auto range = range_in_words(*shown.reading.observation);
    text += range.empty() ? "; the laboratory's range was not sent" : "; laboratory's range " + escaped_markdown(range);
    text += "; service threshold above " + printed_with_commas(limit_for(shown)) + " pmol/L";
    if (shown.reading.factor != 1) {
      text +=
          "; converted from " + escaped_markdown(shown.reading.as_written()) + " × " + printed(shown.reading.factor);
    }
    return text + ")";
  }

  // An OGTT shows all of its time points.
  void add_evidence(const InsulinSample& shown) {
    sighting_.evidence.push_back(shown.reading.evidence());
    const bool test = shown.timing == Timing::post_load || shown.timing == Timing::zero_minutes;
    if (!test) return;
    std::vector<std::string> points;
    for (const auto& sample : samples_) {
      if (sample.reading.day != shown.reading.day) continue;
      if (sample.timing != Timing::post_load && sample.timing != Timing::zero_minutes) continue;
      points.push_back(printed(sample.minutes.value_or(0)) + " min " + canonical(sample.reading));
      if (&sample != &shown) sighting_.evidence.push_back(sample.reading.evidence());
    }
    if (points.size() > 1) sighting_.line += "; all time points: " + listed(points);
    if (is_plateau(shown)) {
      sighting_.notes.push_back(
          "The values of the test hardly differ: ask the laboratory to dilute the sample (high-dose hook effect).");
    }
  }

  // Near-identical high values across a test may be an assay at its ceiling (CLINICAL.md 2.2).
  bool is_plateau(const InsulinSample& shown) const {
    double low = shown.reading.value.low;
    double high = low;
    std::size_t count = 0;
    for (const auto& sample : samples_) {
      if (sample.reading.day != shown.reading.day || !sample.reading.value.is_point()) continue;
      low = std::min(low, sample.reading.value.low);
      high = std::max(high, sample.reading.value.low);
      ++count;
    }
    return static_cast<double>(count) >= fact_.number("plateau_values") && low > fact_.number("plateau") &&
           high / low < fact_.number("plateau_ratio");
  }

  void add_notes(const Decision& decision, const InsulinSample& shown) {
    const double limit = limit_for(shown);
    const bool close = decision.word == "yes" && shown.reading.value.is_point() &&
                       shown.reading.value.low <= limit * (1 + fact_.number("near_threshold") / 100);
    if (close) {
      sighting_.notes.push_back(
          "The value is close to the threshold and within some laboratories' normal range: repeating it before "
          "referral is "
          "reasonable.");
    }
    if (decision.later_normal) {
      sighting_.evidence.push_back(decision.later_normal->reading.evidence());
      const auto& normal = *decision.later_normal;
      const bool later = shown.reading.when->before(*normal.reading.when);
      sighting_.notes.push_back((later ? "A later value is lower: " : "Another value of the same time is normal: ") +
                                timing_in_words(normal) + " " + canonical(normal.reading) + " (" +
                                in_words(*normal.reading.when) + ")." +
                                (decision.word == "yes" ? " In diabetes insulin falls as the beta cells fail." : ""));
    }
    if (shown.reading.observation->status == fhir::ResultStatus::unknown) {
      sighting_.notes.push_back("The record does not state whether the insulin result is final.");
    }
  }

  const std::vector<InsulinSample>& samples_;
  const Fact& fact_;
  Sighting sighting_;
};

// Whether another cause explains a raised value is asked for the day of that very sample. An earlier value that nothing
// explains counts, whatever stood around a later one (CLINICAL.md 2.1 step 10, 2.2: any qualifying valid value).
bool is_explained(const Chart& chart, const Fact& fact, const Sighting& by_this_sample) {
  const auto& content = chart.knowledge();
  auto supposed = chart.afresh();
  supposed.assume(content.fact_by_id.find(fact.id)->second, by_this_sample);
  const auto& definition =
      content.definitions[content.definition_by_id.find(fact.definitions.find("explained")->second)->second];
  return verdict_of(definition.when, supposed) == Verdict::met;
}

}  // namespace

std::vector<InsulinSample> insulin_samples(const Chart& chart, const Fact& fact) {
  return Insulin(chart, fact).samples();
}

Sighting severe_hyperinsulinaemia(const Chart& chart, const Fact& fact) {
  const auto samples = insulin_samples(chart, fact);
  Narrator narrator(samples, fact);
  const bool diabetes = has_diabetes(chart, fact);
  const auto* normal = latest(samples, "no");
  std::optional<Sighting> first;
  for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample) {
    if (sample->word != "yes") continue;
    const auto decision = decide_by(*sample, samples, diabetes);
    auto sighting = narrator.tell(decision);
    if (decision.word == "yes" && !is_explained(chart, fact, sighting)) return sighting;
    if (!first) first = std::move(sighting);
  }
  return first ? *first : narrator.tell(decide_without_certainty(samples, normal));
}

Sighting insulin_value(const Chart& chart, const Fact& fact) {
  auto sighting = chart.sighting(fact.fact("sample"));
  if (sighting.category == "unknown")
    sighting.text = "no usable insulin result in the record";
  else
    sighting.text = sighting.brief;
  return sighting;
}

}  // namespace cards
