#include "cards/medication.h"

#include <algorithm>
#include <array>

#include "cards/diagnosis.h"
#include "cards/english.h"
#include "cards/print.h"

namespace cards {

namespace {

constexpr std::size_t evidence_max = 5;

// SNOMED CT routes by which a glucocorticoid reaches the whole body (CLINICAL.md 2.6: oral, IV, IM, intra-articular).
constexpr std::array<std::string_view, 6> systemic_routes = {"26643006", "47625008", "78421000",
                                                             "12130007", "34206005", "37161004"};

bool is_over(const fhir::MedicationUse& use) {
  return use.status == "stopped" || use.status == "completed";
}

template <class Counts>
Sighting among_medicines(const Chart& chart, const Fact& fact, const std::string& silence, Counts counts) {
  Sighting sighting;
  sighting.text = silence;
  const auto& medicines = chart.record().medications;
  for (std::size_t i = 0; i < medicines.size(); ++i) {
    const auto& sets = chart.medication_sets(i);
    if ((sets & fact.sets("any_of")).none() || (sets & fact.sets("none_of")).any()) continue;
    if (!counts(medicines[i])) continue;
    const auto name = name_of(medicines[i], chart.knowledge());
    const auto& start = medicines[i].start;
    if (sighting.state != Sighting::State::known) {
      sighting.state = Sighting::State::known;
      sighting.text = fact.title + " is recorded";
      sighting.brief = fact.title;
      sighting.line = escaped_markdown(name) + (start ? " (" + in_words(*start) + ")" : "");
    }
    if (start && (!sighting.day || start->earliest_day() > *sighting.day)) sighting.day = start->earliest_day();
    if (sighting.evidence.size() < evidence_max) {
      sighting.evidence.push_back({medicines[i].reference, name, start ? std::string(start->written) : std::string()});
    }
  }
  return sighting;
}

std::chrono::days days_of(const Fact& fact, std::string_view parameter) {
  return std::chrono::days{static_cast<int>(fact.number(parameter))};
}

bool is_systemic(const fhir::MedicationUse& use) {
  for (const auto& dosage : use.dosages) {
    if (dosage.route.codings.empty()) return true;
    for (const auto route : systemic_routes) {
      if (dosage.route.has_code(route)) return true;
    }
  }
  return use.dosages.empty();
}

// The daily amount in milligrams of all lines; nothing when a line does not say.
std::optional<double> milligrams_a_day(const fhir::MedicationUse& use) {
  double sum = 0;
  for (const auto& dosage : use.dosages) {
    const auto times = times_a_day(dosage);
    if (!dosage.dose || !times || (dosage.dose->code != "mg" && dosage.dose->unit != "mg")) return std::nullopt;
    sum += dosage.dose->value * *times;
  }
  return use.dosages.empty() ? std::nullopt : std::optional(sum);
}

}  // namespace

std::optional<Stretch> days_of_use(const fhir::MedicationUse& use) {
  Stretch days;
  if (use.start) days.first = use.start->earliest_day();
  if (use.end) {
    days.last = use.end->latest_day();
  } else if (is_over(use) || use.source == fhir::MedicationSource::administration) {
    if (!use.start) return std::nullopt;
    days.last = use.start->latest_day();
  }
  return days;
}

bool was_used_between(const fhir::MedicationUse& use, fhir::Day first, fhir::Day last) {
  const auto days = days_of_use(use);
  return days && days->first <= last && days->last >= first;
}

Stretches days_of_use(const Chart& chart, const SetBits& medicines) {
  std::vector<Stretch> stretches;
  const auto& uses = chart.record().medications;
  if ((chart.medication_sets() & medicines).none()) return Stretches();
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if ((chart.medication_sets(i) & medicines).none()) continue;
    auto days = days_of_use(uses[i]);
    if (!days) continue;
    // An end before the beginning: the record contradicts itself, and the medicine counts for all days between.
    if (days->last < days->first) std::swap(days->first, days->last);
    stretches.push_back(*days);
  }
  return Stretches(std::move(stretches));
}

std::string name_of(const fhir::MedicationUse& use, const Knowledge::Content& knowledge) {
  return name_of(use.medication, knowledge);
}

Sighting medication(const Chart& chart, const Fact& fact) {
  const auto first = chart.today() - days_of(fact, "within");
  return among_medicines(chart, fact, fact.title + " is not recorded",
                         [&](const auto& use) { return was_used_between(use, first, chart.today()); });
}

Sighting medication_at_sample(const Chart& chart, const Fact& fact) {
  const auto last = sample_day(chart, fact);
  const auto first = last - days_of(fact, "within");
  return among_medicines(chart, fact, fact.title + " is not recorded",
                         [&](const auto& use) { return was_used_between(use, first, last); });
}

Sighting medication_ever(const Chart& chart, const Fact& fact) {
  return among_medicines(chart, fact, fact.title + " is not recorded", [&](const fhir::MedicationUse& use) {
    return !use.start || !chart.is_in_future(use.start->earliest_day());
  });
}

Sighting systemic_glucocorticoid(const Chart& chart, const Fact& fact) {
  const auto last = sample_day(chart, fact);
  const auto first = last - days_of(fact, "within");
  const auto& hydrocortisone = fact.sets("replacement");
  return among_medicines(chart, fact, fact.title + " is not recorded", [&](const fhir::MedicationUse& use) {
    if (!is_systemic(use) || !was_used_between(use, first, last)) return false;
    if ((chart.knowledge().codes.sets_of(use.medication) & hydrocortisone).none()) return true;
    const auto dose = milligrams_a_day(use);
    return !dose || *dose > fact.number("replacement");
  });
}

std::optional<double> times_a_day(const fhir::Dosage& dosage) {
  if (!dosage.times_of_day.empty()) return static_cast<double>(dosage.times_of_day.size());
  if (dosage.period) {
    const double frequency = dosage.frequency.value_or(1);
    if (*dosage.period <= 0) return std::nullopt;
    const double per_period = frequency / *dosage.period;
    if (dosage.period_unit == "d") return per_period;
    if (dosage.period_unit == "h") return per_period * 24;
    if (dosage.period_unit == "wk") return per_period / 7;
    return std::nullopt;
  }
  if (!dosage.when.empty()) {
    // "C" and its kin stand for each of three meals (FHIR EventTiming: C, AC, PC).
    double times = 0;
    for (const auto when : dosage.when) times += when == "C" || when == "AC" || when == "PC" ? 3 : 1;
    return times;
  }
  struct Code {
    std::string_view code;
    double times;
  };
  // FHIR TimingAbbreviation (v3-GTSAbbreviation).
  constexpr std::array<Code, 10> codes = {{{"QD", 1},
                                           {"BID", 2},
                                           {"TID", 3},
                                           {"QID", 4},
                                           {"QOD", 0.5},
                                           {"AM", 1},
                                           {"PM", 1},
                                           {"Q6H", 4},
                                           {"Q8H", 3},
                                           {"BED", 1}}};
  for (const auto& [code, times] : codes) {
    if (dosage.timing_code.has_code(code)) return times;
  }
  return std::nullopt;
}

}  // namespace cards
