#include "cards/ordered.h"

#include <algorithm>
#include <array>
#include <limits>

#include "cards/clause.h"
#include "cards/diagnosis.h"
#include "cards/english.h"
#include "cards/insulin_dose.h"
#include "cards/print.h"

namespace cards {

namespace {

constexpr std::size_t evidence_max = 5;

// "By mouth" in SNOMED CT, in HL7 RouteOfAdministration and in EDQM.
constexpr std::array<std::string_view, 3> oral_codes = {"26643006", "PO", "20053000"};
constexpr std::array<std::string_view, 5> oral_words = {"oral", "oral route", "orally", "by mouth", "po"};

enum class Route : unsigned char { oral, other, unsaid };

Route route_of(const fhir::Dosage& dosage) {
  if (dosage.route.empty()) return Route::unsaid;
  const auto has_code = [&](std::string_view code) { return dosage.route.has_code(code); };
  const auto is_word = [&](std::string_view word) { return folded(dosage.route.text) == word; };
  const bool oral = std::any_of(oral_codes.begin(), oral_codes.end(), has_code) ||
                    std::any_of(oral_words.begin(), oral_words.end(), is_word);
  return oral ? Route::oral : Route::other;
}

// One line by mouth is enough.
Route route_of(const fhir::MedicationUse& use) {
  auto route = Route::unsaid;
  for (const auto& dosage : use.dosages) {
    const auto of_line = route_of(dosage);
    if (of_line == Route::oral) return of_line;
    if (of_line == Route::other) route = of_line;
  }
  return route;
}

void note(const std::string& reference, const std::string& name, const std::optional<fhir::Time>& written,
          Sighting& sighting, const Fact& fact) {
  if (sighting.state != Sighting::State::known) {
    sighting.state = Sighting::State::known;
    sighting.text = fact.title + " is ordered";
    sighting.brief = fact.title;
    sighting.line = "This order: " + escaped_markdown(name);
  }
  if (sighting.evidence.size() < evidence_max)
    sighting.evidence.push_back({reference, name, written ? std::string(written->written) : std::string()});
}

Sighting not_ordered(const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not ordered";
  return sighting;
}

bool is_among(std::string_view text, const std::vector<std::string>& names) {
  return !text.empty() && std::find(names.begin(), names.end(), folded(text)) != names.end();
}

bool is_named(const fhir::Concept& code, const std::vector<std::string>& names) {
  return is_among(code.text, names) || std::any_of(code.codings.begin(), code.codings.end(),
                                                   [&](const auto& coding) { return is_among(coding.display, names); });
}

template <class Counts>
Sighting among_tests(const Chart& chart, const Fact& fact, Counts counts) {
  auto sighting = not_ordered(fact);
  const auto& names = fact.texts.find("names")->second;
  const auto& requests = chart.record().orders.requests;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& sets = chart.ordered_request_sets(i);
    const auto& order = requests[i].order;
    const bool meant = (sets & fact.sets("any_of")).any() || is_named(order.code, names);
    if (!meant || (sets & fact.sets("none_of")).any() || !counts(requests[i])) continue;
    note(order.reference, name_of(order.code, chart.knowledge()), order.authored, sighting, fact);
  }
  return sighting;
}

// Only read to stay silent: who writes "fasting" anywhere in the order has thought of it.
bool says_any(const fhir::ServiceRequest& order, const std::vector<std::string>& words) {
  const auto says = [&](std::string_view text) {
    const auto low = folded(text);
    return std::any_of(words.begin(), words.end(),
                       [&](const auto& word) { return low.find(word) != std::string::npos; });
  };
  return says(order.code.text) || std::any_of(order.words.begin(), order.words.end(), says) ||
         std::any_of(order.code.codings.begin(), order.code.codings.end(),
                     [&](const auto& coding) { return says(coding.display); });
}

/// The insulin orders that are asked about, added up.
class InsulinOrdered {
 public:
  InsulinOrdered(const Chart& chart, const Fact& fact) : chart_(chart) {
    const auto& medications = chart.record().orders.medications;
    for (std::size_t i = 0; i < medications.size(); ++i) {
      const bool insulin = (chart.ordered_medication_sets(i) & fact.sets("any_of")).any();
      if (insulin && medications[i].is_selected) orders_.push_back(&medications[i].order);
    }
    for (const auto* order : orders_) {
      const auto dose = insulin_dose_of(*order);
      units_ += dose.units;
      if (dose.is_counted) counted_.push_back(order);
      left_out_.insert(left_out_.end(), dose.left_out.begin(), dose.left_out.end());
    }
    for (const auto* standing : standing_insulin(chart, fact)) {
      if (!is_replaced(*standing)) standing_ += insulin_dose_of(*standing).units;
    }
  }

  Sighting tell(const Fact& fact) const {
    auto sighting = not_ordered(fact);
    if (!orders_.empty()) sighting.text = fact.title + " cannot be told from the order";
    if (counted_.empty()) return sighting;
    sighting.state = Sighting::State::known;
    const double low = rounded(units_);
    sighting.value = {low, left_out_.empty() ? rounded(units_ + standing_) : std::numeric_limits<double>::infinity()};
    sighting.day = chart_.today();
    const auto units = printed(low);
    sighting.text = fact.title + " " + units + " units a day";
    sighting.brief = "insulin " + units + " units/day";
    sighting.line = "This order: insulin **" + units + " units a day** (" + names() + ")";
    for (const auto* order : counted_) {
      sighting.evidence.push_back({order->reference, name_of(order->medication, chart_.knowledge()), ""});
    }
    notes(sighting);
    return sighting;
  }

 private:
  bool is_replaced(const fhir::MedicationUse& standing) const {
    return std::any_of(orders_.begin(), orders_.end(), [&](const auto* order) {
      return order->reference == standing.reference || order->prior == standing.reference ||
             product_of(*order) == product_of(standing);
    });
  }

  std::string names() const {
    std::vector<std::string> names;
    names.reserve(counted_.size());
    for (const auto* order : counted_)
      names.push_back(escaped_markdown(name_of(order->medication, chart_.knowledge())));
    return listed(names);
  }

  void notes(Sighting& sighting) const {
    if (standing_ > 0) {
      sighting.notes.push_back("Standing insulin orders for other products, " + printed(rounded(standing_)) +
                               " units a day, are not added: whether this order replaces them is not stated.");
    }
    for (const auto& reason : left_out_) sighting.notes.push_back("The dose ordered is a lower bound: " + reason + ".");
  }

  const Chart& chart_;
  std::vector<const fhir::MedicationUse*> orders_;
  std::vector<const fhir::MedicationUse*> counted_;
  std::vector<std::string> left_out_;
  double units_ = 0;
  double standing_ = 0;
};

void collect_evidence(const Finding& finding, std::vector<Evidence>& evidence) {
  if (finding.verdict != Verdict::met) return;
  for (const auto& one : finding.evidence) {
    if (evidence.size() < evidence_max) evidence.push_back(one);
  }
  for (const auto& part : finding.parts) collect_evidence(part, evidence);
}

}  // namespace

Sighting ordered_medicine(const Chart& chart, const Fact& fact) {
  auto sighting = not_ordered(fact);
  const auto& medications = chart.record().orders.medications;
  for (std::size_t i = 0; i < medications.size(); ++i) {
    const auto& sets = chart.ordered_medication_sets(i);
    const auto& [order, is_selected] = medications[i];
    if (!is_selected || (sets & fact.sets("any_of")).none() || (sets & fact.sets("none_of")).any()) continue;
    if (fact.option("route") == "oral") {
      const auto route = route_of(order);
      const bool usually_oral = (sets & fact.sets("oral_unless_said")).any();
      if (route == Route::other || (route == Route::unsaid && !usually_oral)) continue;
    }
    note(order.reference, name_of(order.medication, chart.knowledge()), order.start, sighting, fact);
  }
  return sighting;
}

Sighting ordered_test(const Chart& chart, const Fact& fact) {
  const bool all = fact.option("among") == "all";
  return among_tests(chart, fact, [&](const fhir::Orders::Request& one) { return all || one.is_selected; });
}

Sighting ordered_test_not_fasting(const Chart& chart, const Fact& fact) {
  const auto& words = fact.texts.find("fasting_words")->second;
  return among_tests(chart, fact,
                     [&](const fhir::Orders::Request& one) { return one.is_selected && !says_any(one.order, words); });
}

Sighting ordered_insulin_dose(const Chart& chart, const Fact& fact) {
  return InsulinOrdered(chart, fact).tell(fact);
}

Sighting holds_today(const Chart& chart, const Fact& fact) {
  const auto& content = chart.knowledge();
  const auto& id = fact.definitions.find("asked")->second;
  const auto& definition = content.definitions[content.definition_by_id.find(id)->second];
  auto supposed = chart.afresh();
  Sighting sample_of_today;
  sample_of_today.day = chart.today();
  supposed.assume(fact.fact("sample"), std::move(sample_of_today));
  const auto finding = evaluate(definition.when, supposed);

  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  if (finding.verdict != Verdict::met) return sighting;
  sighting.state = Sighting::State::known;
  sighting.text = fact.title + " is recorded";
  sighting.brief = fact.title;
  collect_evidence(finding, sighting.evidence);
  return sighting;
}

Sighting this_day(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.state = Sighting::State::known;
  sighting.text = fact.title;
  sighting.day = chart.today();
  return sighting;
}

}  // namespace cards
