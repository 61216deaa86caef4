#include "cards/diagnosis.h"

#include <algorithm>

#include "cards/english.h"
#include "cards/print.h"
#include "cards/result.h"

namespace cards {

namespace {

// SNOMED CT qualifier values of an examination finding (as used by FHIR's own examples and by UK general practice).
constexpr std::string_view snomed_present = "52101004";
constexpr std::string_view snomed_absent = "2667000";

// Cards name at most so many resources per fact; the rest is in the trail of the EHR.
constexpr std::size_t evidence_max = 5;

enum class Examined { silent, present, absent };

Examined examined(const fhir::Value& value) {
  if (const auto* said = std::get_if<bool>(&value)) return *said ? Examined::present : Examined::absent;
  if (const auto* word = std::get_if<fhir::Concept>(&value)) {
    if (word->has_code(snomed_present)) return Examined::present;
    if (word->has_code(snomed_absent)) return Examined::absent;
  }
  return Examined::silent;
}

const std::optional<fhir::Time>& date_of(const fhir::Condition& condition) {
  return condition.onset ? condition.onset : condition.recorded;
}

// Empty where the terminology's own name serves.
std::string preferred_name(const fhir::Concept& concept_, const Knowledge::Content& knowledge) {
  for (const auto& set : knowledge.codes.sets()) {
    for (const auto& coding : concept_.codings) {
      const auto* member = set.member(coding);
      if (member && !member->preferred.empty()) return member->preferred;
    }
  }
  return {};
}

Evidence evidence_of(const fhir::Condition& condition, const Knowledge::Content& knowledge) {
  const auto& date = date_of(condition);
  return {condition.reference, name_of(condition.code, knowledge), date ? std::string(date->written) : std::string()};
}

// The name by which clinicians know it; what the record calls it stands behind where the terminology's own name is odd.
std::string line_of(const fhir::Condition& condition, const Knowledge::Content& knowledge) {
  const auto recorded = name_of(condition.code, knowledge);
  const auto preferred = preferred_name(condition.code, knowledge);
  auto line = escaped_markdown(preferred.empty() ? recorded : preferred);
  if (!preferred.empty() && preferred != recorded) line += " (recorded as \"" + escaped_markdown(recorded) + "\")";
  if (const auto& date = date_of(condition)) line += " (coded " + in_words(*date) + ")";
  if (!condition.is_active()) line += ", not recorded as active";
  return line;
}

class Diagnosis {
 public:
  Diagnosis(const Chart& chart, const Fact& fact)
      : chart_(chart), fact_(fact), wanted_(fact.sets("any_of")), unwanted_(fact.sets("none_of")) {
    sighting_.text = fact.title + " is not recorded";
  }

  template <class Counts>
  Diagnosis& among_conditions(Counts counts) {
    if ((chart_.condition_sets() & wanted_).none()) return *this;
    const auto conditions = chart_.conditions();
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      if (matches(chart_.condition_sets(i)) && counts(conditions[i])) found(conditions[i]);
    }
    return *this;
  }

  Diagnosis& among_examinations() {
    if ((chart_.observation_sets() & wanted_).none()) return *this;
    const auto& observations = chart_.record().observations;
    for (std::size_t i = 0; i < observations.size(); ++i) {
      if (observations[i].status == fhir::ResultStatus::preliminary || !matches(chart_.observation_sets(i))) continue;
      found(observations[i], examined(observations[i].value));
    }
    return *this;
  }

  Sighting take() { return std::move(sighting_); }

 private:
  bool matches(const SetBits& sets) const { return (sets & wanted_).any() && (sets & unwanted_).none(); }

  // The words of the value set, not of the record: they go into summaries, which no client escapes.
  std::string brief_of(const fhir::Concept& code) const {
    const auto& codes = chart_.knowledge().codes;
    for (std::size_t position = 0; position < codes.sets().size(); ++position) {
      if (!wanted_.test(position)) continue;
      for (const auto& coding : code.codings) {
        if (const auto* member = codes.sets()[position].member(coding)) return member->name();
      }
    }
    return fact_.title;
  }

  void found(const fhir::Condition& condition) {
    if (sighting_.state != Sighting::State::known) {
      sighting_.brief = brief_of(condition.code);
      begin(line_of(condition, chart_.knowledge()));
    }
    if (has_room()) sighting_.evidence.push_back(evidence_of(condition, chart_.knowledge()));
    const auto& date = date_of(condition);
    if (date && (!sighting_.day || date->earliest_day() > *sighting_.day)) sighting_.day = date->earliest_day();
  }

  void found(const fhir::Observation& examination, Examined result) {
    const auto date = examination.when ? std::string(examination.when->written) : std::string();
    if (result == Examined::present) {
      auto line = fact_.title + " on examination";
      if (examination.when) line += " (" + in_words(*examination.when) + ")";
      if (sighting_.state != Sighting::State::known) begin(std::move(line));
      if (has_room()) sighting_.evidence.push_back({examination.reference, fact_.title + ": present", date});
    } else if (result == Examined::absent && sighting_.state == Sighting::State::unknown) {
      sighting_.state = Sighting::State::contradicted;
      sighting_.text = fact_.title + " was looked for and not found";
      sighting_.evidence.push_back({examination.reference, fact_.title + ": absent", date});
    }
  }

  // The first that was found: what spoke against it before has no weight any more.
  void begin(std::string line) {
    sighting_.state = Sighting::State::known;
    sighting_.evidence.clear();
    sighting_.text = fact_.title + " is recorded";
    if (sighting_.brief.empty()) sighting_.brief = fact_.title;
    sighting_.line = std::move(line);
  }

  [[nodiscard]] bool has_room() const { return sighting_.evidence.size() < evidence_max; }

  const Chart& chart_;
  const Fact& fact_;
  const SetBits& wanted_;
  const SetBits& unwanted_;
  Sighting sighting_;
};

}  // namespace

bool is_present_on(const fhir::Condition& condition, fhir::Day day, fhir::Day today) {
  if (condition.onset && condition.onset->earliest_day() > day) return false;
  if (condition.is_active()) return true;
  return day <= today && condition.abatement && condition.abatement->latest_day() >= day;
}

std::string name_of(const fhir::Concept& concept_, const Knowledge::Content& knowledge) {
  for (const auto& coding : concept_.codings) {
    if (!coding.display.empty()) return std::string(coding.display);
  }
  if (!concept_.text.empty()) return std::string(concept_.text);
  for (const auto& set : knowledge.codes.sets()) {
    for (const auto& coding : concept_.codings) {
      if (const auto* member = set.member(coding)) return member->name();
    }
  }
  return concept_.codings.empty() ? std::string() : "code " + std::string(concept_.codings.front().code);
}

fhir::Day sample_day(const Chart& chart, const Fact& fact) {
  return chart.sighting(fact.fact("sample")).day.value_or(chart.today());
}

Sighting diagnosis(const Chart& chart, const Fact& fact) {
  const bool ever = fact.option("clinical_status") == "any";
  const auto wanted = fact.option("verification") == "confirmed" ? Standing::confirmed : Standing::provisional;
  Diagnosis look(chart, fact);
  look.among_conditions([&](const fhir::Condition& condition) {
    if (chart.refutations().standing_of(condition) != wanted) return false;
    return ever || is_present_on(condition, chart.today(), chart.today());
  });
  if (wanted == Standing::confirmed) look.among_examinations();
  return look.take();
}

Sighting diagnosis_at_sample(const Chart& chart, const Fact& fact) {
  const auto day = sample_day(chart, fact);
  Diagnosis look(chart, fact);
  look.among_conditions([&](const fhir::Condition& condition) {
    return chart.refutations().standing_of(condition) == Standing::confirmed &&
           is_present_on(condition, day, chart.today());
  });
  return look.take();
}

Sighting recent_diagnosis(const Chart& chart, const Fact& fact) {
  Diagnosis look(chart, fact);
  look.among_conditions([&](const fhir::Condition& condition) {
    const auto& date = date_of(condition);
    return chart.refutations().standing_of(condition) == Standing::confirmed && condition.is_active() && date &&
           !chart.is_in_future(date->earliest_day()) &&
           is_within_months(date->earliest_day(), chart.today(), fact.number("within"));
  });
  return look.take();
}

}  // namespace cards
