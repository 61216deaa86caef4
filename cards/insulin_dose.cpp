#include "cards/insulin_dose.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cards/diagnosis.h"
#include "cards/english.h"
#include "cards/medication.h"
#include "cards/print.h"
#include "cards/result.h"

namespace cards {

namespace {

constexpr double hours_a_day = 24;

// Spellings of one unit of insulin (DECISIONS.md, clinical readings 16).
constexpr std::array<std::string_view, 8> unit_spellings = {"[iu]",   "[iu]/d",  "u",    "iu",
                                                            "{unit}", "{units}", "unit", "units"};

bool is_in_units(const fhir::Quantity& dose) {
  const auto spelling = folded(dose.code.empty() ? dose.unit : dose.code);
  return std::find(unit_spellings.begin(), unit_spellings.end(), spelling) != unit_spellings.end();
}

bool is_units_an_hour(const fhir::Dosage& dosage) {
  if (!dosage.rate) return false;
  const auto spelling = folded(dosage.rate->code.empty() ? dosage.rate->unit : dosage.rate->code);
  if (spelling == "u/h" || spelling == "[iu]/h" || spelling == "units/h" || spelling == "units/hour") return true;
  return is_in_units(*dosage.rate) && dosage.rate_per && dosage.rate_per->code == "h" && dosage.rate_per->value == 1;
}

// Units a day of one dosage line, or why it is left out.
tl::expected<double, std::string> units_a_day(const fhir::Dosage& dosage) {
  if (dosage.as_needed) return tl::unexpected<std::string>("doses as needed are not counted");
  if (dosage.dose_low || dosage.dose_high)
    return tl::unexpected<std::string>("dose ranges and sliding scales are not counted");
  if (is_units_an_hour(dosage)) return dosage.rate->value * hours_a_day;
  if (!dosage.dose) return tl::unexpected<std::string>("a line without a dose is not counted");
  if (!is_in_units(*dosage.dose)) return tl::unexpected<std::string>("a dose that is not in units is not counted");
  if (dosage.dose->comparator != fhir::Comparator::none) {
    return tl::unexpected<std::string>("a dose with < or > is not counted");
  }
  const auto times = times_a_day(dosage);
  if (!times) return tl::unexpected<std::string>("a dose without a stated frequency is not counted");
  return dosage.dose->value * *times;
}

struct Dose {
  double units = 0;
  std::vector<const fhir::MedicationUse*> orders;
  std::vector<std::string> left_out;
};

class Doses {
 public:
  Doses(const Chart& chart, const Fact& fact) : chart_(chart), fact_(fact) {}

  // The standing orders on a day, added up.
  Dose on(fhir::Day day) const {
    // Statements often repeat the orders: they are read only where no order can be.
    auto dose = sum(day, fhir::MedicationSource::request);
    return dose.orders.empty() ? merged(sum(day, fhir::MedicationSource::statement), dose.left_out) : dose;
  }

  // The days on which the standing orders changed within a window.
  std::vector<fhir::Day> days_of_change(fhir::Day from, fhir::Day to) const {
    std::vector<fhir::Day> days;
    for_each_insulin([&](const fhir::MedicationUse& use) {
      if (!use.start) return;
      const auto day = use.start->earliest_day();
      if (day >= from && day <= to) days.push_back(day);
    });
    return days;
  }

 private:
  template <class Visit>
  void for_each_insulin(Visit visit) const {
    const auto& medicines = chart_.record().medications;
    for (std::size_t i = 0; i < medicines.size(); ++i) {
      if ((chart_.medication_sets(i) & fact_.sets("any_of")).any()) visit(medicines[i]);
    }
  }

  static Dose merged(Dose dose, std::vector<std::string> left_out) {
    for (auto& reason : left_out) {
      if (std::find(dose.left_out.begin(), dose.left_out.end(), reason) == dose.left_out.end()) {
        dose.left_out.push_back(std::move(reason));
      }
    }
    return dose;
  }

  // An order for a product replaces an earlier one that was never stopped; two of one day belong together.
  static bool is_replaced(const fhir::MedicationUse& use, const std::vector<const fhir::MedicationUse*>& all) {
    return std::any_of(all.begin(), all.end(), [&](const auto* other) {
      if (other == &use || product_of(*other) != product_of(use) || !other->start) return false;
      return !use.start || use.start->earliest_day() < other->start->earliest_day();
    });
  }

  Dose sum(fhir::Day day, fhir::MedicationSource source) const {
    std::vector<const fhir::MedicationUse*> standing;
    for_each_insulin([&](const fhir::MedicationUse& use) {
      if (use.source == source && was_used_between(use, day, day)) standing.push_back(&use);
    });
    Dose dose;
    for (const auto* use : standing) {
      if (!is_replaced(*use, standing)) add(*use, dose);
    }
    return dose;
  }

  static void add(const fhir::MedicationUse& use, Dose& dose) {
    auto one = insulin_dose_of(use);
    dose.units += one.units;
    if (one.is_counted) dose.orders.push_back(&use);
    dose = merged(std::move(dose), std::move(one.left_out));
  }

  const Chart& chart_;
  const Fact& fact_;
};

std::vector<Reading> latest_recorded(const Chart& chart, const Fact& fact) {
  auto recorded = readings(chart, "insulin-dose", fact.sets("recorded"), SetBits{});
  std::erase_if(recorded, [&](const Reading& reading) {
    return !reading.day || !reading.value.is_point() ||
           !is_within_months(*reading.day, chart.today(), fact.number("recorded_within"));
  });
  return latest_among(recorded);
}

// "40", or "40 to 60" where the record contradicts itself.
std::string units_in_words(const Interval& value) {
  return printed(value.low) + (value.is_point() ? "" : " to " + printed(value.high));
}

std::string orders_in_words(const Dose& dose, const Knowledge::Content& knowledge) {
  std::vector<std::string> names;
  names.reserve(dose.orders.size());
  for (const auto* use : dose.orders) names.push_back(escaped_markdown(name_of(*use, knowledge)));
  return listed(names);
}

void tell_recorded(const std::vector<Reading>& recorded, Sighting& sighting) {
  sighting.state = Sighting::State::known;
  sighting.value = span_of(recorded);
  sighting.day = recorded.front().day;
  sighting.line = "Insulin **" + units_in_words(sighting.value) + " units a day** (recorded mean daily dose, " +
                  in_words(*recorded.front().when) + ")";
  sighting.evidence = evidence_of(recorded);
}

void tell_orders(const Dose& dose, const Chart& chart, Sighting& sighting) {
  sighting.state = Sighting::State::known;
  sighting.value = Interval::exactly(rounded(dose.units));
  sighting.day = chart.today();
  sighting.line = "Insulin **" + printed(sighting.value.low) +
                  " units a day** (standing orders: " + orders_in_words(dose, chart.knowledge()) + ")";
  for (const auto* use : dose.orders) {
    sighting.evidence.push_back({use->reference, name_of(*use, chart.knowledge()),
                                 use->start ? std::string(use->start->written) : std::string()});
  }
}

}  // namespace

InsulinDose insulin_dose_of(const fhir::MedicationUse& use) {
  InsulinDose dose;
  for (const auto& dosage : use.dosages) {
    const auto units = units_a_day(dosage);
    if (!units) {
      dose.left_out.push_back(units.error());
      continue;
    }
    dose.units += *units;
    dose.is_counted = true;
  }
  if (use.dosages.empty()) dose.left_out.emplace_back("an order without dosage is not counted");
  return dose;
}

std::vector<const fhir::MedicationUse*> standing_insulin(const Chart& chart, const Fact& fact) {
  return Doses(chart, fact).on(chart.today()).orders;
}

std::string_view product_of(const fhir::MedicationUse& use) {
  return use.medication.codings.empty() ? use.medication.text : use.medication.codings.front().code;
}

Sighting daily_insulin_dose(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  if (const auto recorded = latest_recorded(chart, fact); !recorded.empty()) {
    tell_recorded(recorded, sighting);
  } else {
    const std::chrono::days sustained{static_cast<int>(fact.number("sustained"))};
    const auto dose = Doses(chart, fact).on(chart.today());
    const bool standing = std::any_of(dose.orders.begin(), dose.orders.end(), [&](const auto* use) {
      return !use->start || use->start->earliest_day() + sustained <= chart.today();
    });
    if (!dose.orders.empty() && standing) tell_orders(dose, chart, sighting);
    for (const auto& reason : dose.left_out) {
      sighting.notes.push_back("The insulin dose is a lower bound: " + reason + ".");
    }
  }
  if (sighting.state != Sighting::State::known) return sighting;
  sighting.text = fact.title + " " + units_in_words(sighting.value) + " units a day";
  sighting.brief = "insulin " + units_in_words(sighting.value) + " units/day";
  return sighting;
}

Sighting insulin_dose_per_kilogram(const Chart& chart, const Fact& fact) {
  const auto& dose = chart.sighting(fact.fact("dose"));
  const auto& weight = chart.sighting(fact.fact("weight"));
  Sighting sighting;
  sighting.text =
      fact.title + " cannot be computed: " + (dose.state == Sighting::State::known ? weight.text : dose.text);
  if (dose.state != Sighting::State::known || weight.state != Sighting::State::known || weight.value.low <= 0 ||
      !std::isfinite(weight.value.high)) {
    return sighting;
  }
  sighting.value = {rounded(dose.value.low / weight.value.high), rounded(dose.value.high / weight.value.low), false,
                    false};
  const auto shown = units_in_words(
      {std::floor(sighting.value.low * 100) / 100, std::floor(sighting.value.high * 100) / 100, false, false});
  sighting.state = Sighting::State::known;
  sighting.day = dose.day;
  sighting.brief = "insulin " + shown + " units/kg/day";
  sighting.text = fact.title + " " + shown + " units/kg/day";
  sighting.line = "Insulin **" + shown + " units/kg/day** (" + weight.brief + ")";
  sighting.evidence = dose.evidence;
  sighting.evidence.insert(sighting.evidence.end(), weight.evidence.begin(), weight.evidence.end());
  return sighting;
}

Sighting insulin_dose_escalated(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  const auto& today = chart.sighting(fact.fact("dose"));
  if (today.state != Sighting::State::known) return sighting;

  const auto from = fhir::months_before(chart.today(), static_cast<int>(fact.number("within")));
  std::vector<double> earlier;
  for (const auto& reading : readings(chart, "insulin-dose", fact.sets("recorded"), SetBits{})) {
    if (reading.day && *reading.day >= from && reading.value.is_point()) earlier.push_back(reading.value.low);
  }
  const Doses doses(chart, fact);
  for (const auto day : doses.days_of_change(from, chart.today())) earlier.push_back(doses.on(day).units);
  std::erase_if(earlier, [](double units) { return units <= 0; });
  if (earlier.empty()) return sighting;

  const double lowest = *std::min_element(earlier.begin(), earlier.end());
  if (rounded(today.value.low) < rounded(lowest * fact.number("factor"))) {
    sighting.state = Sighting::State::contradicted;
    sighting.text = fact.title + ": not so by the doses on record";
    return sighting;
  }
  sighting.state = Sighting::State::known;
  sighting.text = "the insulin dose rose from " + printed(lowest) + " to " + printed(today.value.low) + " units a day";
  sighting.brief = sighting.text;
  sighting.line = "Insulin dose from " + printed(lowest) + " to " + printed(today.value.low) + " units a day within " +
                  printed(fact.number("within")) + " months";
  sighting.evidence = today.evidence;
  return sighting;
}

}  // namespace cards
