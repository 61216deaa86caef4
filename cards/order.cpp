#include "cards/order.h"

#include <algorithm>

#include "cards/detail.h"

namespace cards {

namespace {

using fhir::JsonWriter;

// References that a FHIR server can resolve: "Condition/1", not "urn:uuid:…" and not a resource without an id.
bool is_relative(const std::string& reference, std::string_view type) {
  return reference.rfind(std::string(type) + "/", 0) == 0;
}

// A Condition that is only about to be added is not on the server yet.
bool is_new(const Chart& chart, const std::string& reference) {
  const auto& conditions = chart.record().conditions;
  return std::any_of(conditions.end() - static_cast<std::ptrdiff_t>(chart.record().new_conditions), conditions.end(),
                     [&](const auto& condition) { return condition.reference == reference; });
}

std::vector<std::string> supporting(const Advice& advice, const Chart& chart) {
  std::vector<std::string> references;
  for (const auto& id : advice.evidence) {
    for (const auto& evidence : chart.sighting(id).evidence) {
      const auto& reference = evidence.reference;
      if (!is_relative(reference, "Observation") && !is_relative(reference, "Condition")) continue;
      if (std::find(references.begin(), references.end(), reference) == references.end())
        references.push_back(reference);
    }
  }
  return references;
}

const fhir::Condition* condition_with(const fhir::Record& record, const std::string& reference) {
  const auto found = std::find_if(record.conditions.begin(), record.conditions.end(),
                                  [&](const auto& condition) { return condition.reference == reference; });
  return found == record.conditions.end() ? nullptr : &*found;
}

bool has_usable_coding(const fhir::Concept& concept_) {
  return std::any_of(concept_.codings.begin(), concept_.codings.end(),
                     [](const auto& coding) { return !coding.system.empty() && !coding.code.empty(); });
}

class Draft {
 public:
  Draft(const Advice& advice, const Chart& chart, const Knowledge& knowledge, const Site& site)
      : advice_(advice), chart_(chart), knowledge_(knowledge), site_(site) {}

  std::string write(const OrderDraft& order) {
    json_.begin_object();
    json_.member("resourceType", "ServiceRequest");
    json_.member("status", "draft");
    json_.member("intent", "proposal");
    category(order);
    json_.member("priority", order.priority);
    code(order);
    json_.name("subject").begin_object().member("reference", "Patient/" + chart_.record().patient->id).end_object();
    json_.member("authoredOn", fhir::iso_date(chart_.today()));
    if (order.kind == "referral") performer();
    reasons();
    supporting_info();
    note(order);
    json_.end_object();
    return json_.take();
  }

 private:
  void coding(std::string_view system, std::string_view code, std::string_view display) {
    json_.begin_object().member("system", system).member("code", code);
    if (!display.empty()) json_.member("display", display);
    json_.end_object();
  }

  void category(const OrderDraft& order) {
    const bool referral = order.kind == "referral";
    json_.name("category").begin_array().begin_object().name("coding").begin_array();
    coding("http://snomed.info/sct", referral ? "3457005" : "108252007",
           referral ? "Patient referral" : "Laboratory procedure");
    json_.end_array().end_object().end_array();
  }

  void code(const OrderDraft& order) {
    json_.name("code").begin_object();
    if (!order.codings.empty()) {
      json_.name("coding").begin_array();
      for (const auto& member : order.codings) coding(member.system, member.code, member.display);
      json_.end_array();
    }
    json_.member("text", order.text).end_object();
  }

  // No code exists for the service itself (TERMINOLOGY.md 7): it is named by its display.
  void performer() {
    json_.name("performer").begin_array().begin_object();
    json_.member("display", chart_.knowledge().contact.service);
    json_.end_object().end_array();
  }

  void reasons() {
    bool open = false;
    for (const auto& reference : supporting(advice_, chart_)) {
      const auto* condition = condition_with(chart_.record(), reference);
      if (!condition || !has_usable_coding(condition->code)) continue;
      if (!open) json_.name("reasonCode").begin_array();
      open = true;
      json_.begin_object().name("coding").begin_array();
      for (const auto& one : condition->code.codings) {
        if (!one.system.empty() && !one.code.empty()) coding(one.system, one.code, one.display);
      }
      json_.end_array().end_object();
    }
    if (open) json_.end_array();
  }

  void supporting_info() {
    auto references = supporting(advice_, chart_);
    std::erase_if(references, [&](const auto& reference) { return is_new(chart_, reference); });
    if (references.empty()) return;
    json_.name("supportingInfo").begin_array();
    for (const auto& reference : references) json_.begin_object().member("reference", reference).end_object();
    json_.end_array();
  }

  void note(const OrderDraft& order) {
    const auto text = order.kind == "referral"
                          ? referral_text(advice_, chart_, knowledge_, site_)
                          : "Proposed by sir-cds, rule set " + knowledge_.version() + ". " + order.title;
    json_.name("note").begin_array().begin_object().member("text", text).end_object().end_array();
  }

  const Advice& advice_;
  const Chart& chart_;
  const Knowledge& knowledge_;
  const Site& site_;
  JsonWriter json_;
};

}  // namespace

std::vector<Suggestion> drafts_of(const Advice& advice, const Chart& chart, const Knowledge& knowledge,
                                  const Site& site, const std::function<std::string()>& new_uuid) {
  std::vector<Suggestion> suggestions;
  if (!chart.record().patient || chart.record().patient->id.empty()) return suggestions;
  for (const auto& draft : advice.suggestions) {
    Suggestion suggestion{draft.label, new_uuid(), draft.is_recommended, {}};
    for (const auto& order : draft.orders) {
      suggestion.actions.push_back({order.title, Draft(advice, chart, knowledge, site).write(order)});
    }
    suggestions.push_back(std::move(suggestion));
  }
  return suggestions;
}

}  // namespace cards
