#include "cards/case_record.h"

#include <algorithm>
#include <array>

#include "cards/case_code.h"
#include "cards/content.h"
#include "cards/resource_writer.h"

namespace cards {

namespace {

constexpr std::string_view loinc = "http://loinc.org";
constexpr std::string_view snomed = "http://snomed.info/sct";
constexpr std::string_view order_select = "order-select";
constexpr std::string_view order_sign = "order-sign";
constexpr std::string_view new_conditions = "problem-list-item-create";

struct Pair {
  std::string_view word;
  std::string_view code;
};

template <std::size_t size>
std::string_view looked_up(const std::array<Pair, size>& table, std::string_view word) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Pair& pair) { return pair.word == word; });
  return found == table.end() ? std::string_view() : found->code;
}

constexpr std::array<Pair, 7> routes = {{{"oral", "26643006"},
                                         {"intravenous", "47625008"},
                                         {"intramuscular", "78421000"},
                                         {"subcutaneous", "34206005"},
                                         {"intra-articular", "12130007"},
                                         {"inhaled", "447694001"},
                                         {"topical", "6064005"}}};

constexpr std::array<Pair, 2> measurement_sets = {
    {{"bmi", "body-mass-index"}, {"insulin-dose", "mean-daily-insulin-dose"}}};

class RequestWriter : private ResourceWriter {
 public:
  RequestWriter(const CaseRecord& record, const CodeIndex& codes)
      : record_(record), codes_(codes), patient_reference_("Patient/" + record.id) {}

  std::string write(std::string_view hook) {
    out().begin_object();
    out().member("hook", hook).member("hookInstance", "7f2d1c9e-5b0a-4a57-9f5c-2d8f1c3f0b11");
    out().name("context").begin_object();
    out().member("userId", "Practitioner/case").member("patientId", record_.id);
    if (hook == order_select) write_selections();
    if (hook == order_select || hook == order_sign) context_bundle("draftOrders", [&] { write_orders(); });
    if (hook == new_conditions) context_bundle("conditions", [&] { write_conditions(record_.new_conditions, "new"); });
    out().end_object();
    out().name("prefetch").begin_object();
    if (is_sent("patient")) write_patient();
    bundle("observations", [&] { write_observations(); });
    bundle("conditions", [&] { write_conditions(record_.conditions, "condition"); });
    bundle("medications", [&] { write_medicines(); });
    bundle("familyHistory", [&] { write_family(); });
    bundle("referrals", [&] { write_referrals(); });
    out().end_object();
    out().end_object();
    return out().take();
  }

 private:
  bool is_sent(std::string_view key) const {
    return std::find(record_.not_sent.begin(), record_.not_sent.end(), key) == record_.not_sent.end();
  }

  template <class Entries>
  void bundle(std::string_view key, Entries entries) {
    if (!is_sent(key)) return;
    out().name(key).begin_object();
    out().member("resourceType", "Bundle").member("type", "searchset");
    out().name("entry").begin_array();
    entries();
    out().end_array();
    out().end_object();
  }

  // ---- what is about to be written

  template <class Entries>
  void context_bundle(std::string_view key, Entries entries) {
    out().name(key).begin_object();
    out().member("resourceType", "Bundle").member("type", "collection");
    out().name("entry").begin_array();
    entries();
    out().end_array();
    out().end_object();
  }

  static std::string numbered(std::string_view word, std::size_t position) {
    return std::string(word) + "-" + std::to_string(position + 1);
  }

  void write_selections() {
    out().name("selections").begin_array();
    for (std::size_t i = 0; i < record_.orders.size(); ++i) {
      if (record_.orders[i].is_selected) out().text("MedicationRequest/" + numbered("order", i));
    }
    for (std::size_t i = 0; i < record_.tests.size(); ++i) {
      if (record_.tests[i].is_selected) out().text("ServiceRequest/" + numbered("test", i));
    }
    out().end_array();
  }

  void write_orders() {
    for (std::size_t i = 0; i < record_.orders.size(); ++i) {
      write_medicine(record_.orders[i].medicine, numbered("order", i));
    }
    for (std::size_t i = 0; i < record_.tests.size(); ++i) {
      resource("ServiceRequest", numbered("test", i), [&] {
        out().member("status", "draft").member("intent", "order");
        concept_("code", record_.tests[i].code);
        reference("subject", patient_reference_);
        if (record_.tests[i].is_fasting_told) out().member("patientInstruction", "Please come fasting.");
      });
    }
  }

  std::string id(std::string_view word) { return std::string(word) + "-" + std::to_string(++last_id_); }

  // ---- patient

  void write_patient() {
    out().name("patient").begin_object();
    out().member("resourceType", "Patient").member("id", record_.id);
    write_name();
    optional("gender", record_.sex);
    optional("birthDate", record_.birth_date);
    if (record_.deceased) out().name("deceasedBoolean").boolean(true);
    out().end_object();
  }

  // The last word is the family's; EHRs want the parts.
  void write_name() {
    if (record_.called.empty()) return;
    const auto blank = std::min(record_.called.rfind(' '), record_.called.size());
    out().name("name").begin_array().begin_object().member("text", record_.called);
    if (blank < record_.called.size()) out().member("family", std::string_view(record_.called).substr(blank + 1));
    out().name("given").begin_array().text(std::string_view(record_.called).substr(0, blank)).end_array();
    out().end_object().end_array();
  }

  // ---- observations, their specimens and encounters

  void write_observations() {
    for (const auto& one : record_.measurements) write_measurement(one);
    for (const auto& one : record_.examinations) {
      resource("Observation", id("examination"), [&] {
        out().member("status", "final");
        concept_("code", one.code);
        reference("subject", patient_reference_);
        out().member("effectiveDateTime", one.date);
        out().name("valueBoolean").boolean(one.present);
      });
    }
    for (const auto& one : record_.antibodies) write_antibody(one);
    for (const auto& one : record_.admissions) write_admission(one);
  }

  static bool needs_specimen(const CaseMeasurement& one) {
    return one.timing == CaseTiming::fasting_by_specimen || one.timing == CaseTiming::fasting_contradicted ||
           one.timing == CaseTiming::fasted_hours || one.timing == CaseTiming::not_fasting ||
           !one.sample_condition.empty() || !one.sample.empty();
  }

  void write_measurement(const CaseMeasurement& one) {
    const auto number = id(one.what);
    const auto specimen = one.sample.empty() ? "specimen-of-" + number : "specimen-" + one.sample;
    const auto encounter = "encounter-of-" + number;
    resource("Observation", number, [&] {
      out().member("status", one.status);
      write_measurement_code(one);
      reference("subject", patient_reference_);
      if (!one.undated)
        out().member("effectiveDateTime", one.time.empty() ? one.date : one.date + "T" + one.time + ":00Z");
      quantity("valueQuantity", one.value, one.unit, one.comparator);
      if (!one.range_low.empty()) write_range(one);
      if (one.timing == CaseTiming::after_load_by_component) write_time_after_load(one);
      if (needs_specimen(one)) reference("specimen", "Specimen/" + specimen);
      if (!one.encounter_class.empty()) reference("encounter", "Encounter/" + encounter);
    });
    if (needs_specimen(one)) write_specimen(one, specimen);
    if (!one.encounter_class.empty()) write_encounter(encounter, one.encounter_class, {}, {});
  }

  // LOINC speaks of amount ("[Moles/volume]") and of units ("[Units/volume]"): the code that goes with the unit.
  static CaseCode insulin_code(const CaseMeasurement& one) {
    const bool in_units = one.unit.find("IU") != std::string::npos;
    const bool fasting = one.timing == CaseTiming::fasting_by_code || one.timing == CaseTiming::fasting_contradicted;
    const std::string_view code = fasting ? (in_units ? "27873-9" : "59179-2") : (in_units ? "20448-7" : "14796-7");
    return {std::string(loinc), std::string(code), {}, {}};
  }

  void write_measurement_code(const CaseMeasurement& one) {
    if (one.timing == CaseTiming::after_load_by_code) return set_code(one.load_set);
    if (one.timing == CaseTiming::baseline) return set_code("insulin-baseline");
    if (one.what == "insulin") return concept_("code", insulin_code(one));
    const auto set = looked_up(measurement_sets, one.what);
    auto name = set.empty() ? one.what : std::string(set);
    if (one.what == "weight" || one.what == "height") name = "body-" + name;
    if (one.timing == CaseTiming::fasting_by_code && codes_.position(name + "-fasting") != CodeIndex::npos)
      name += "-fasting";
    set_code(name);
  }

  void set_code(const std::string& set) {
    const auto* member = plainest_member(codes_, set, loinc);
    concept_("code", member ? CaseCode{member->system, member->code, member->display, {}} : CaseCode{{}, {}, {}, set});
  }

  void write_range(const CaseMeasurement& one) {
    out().name("referenceRange").begin_array().begin_object();
    quantity("low", one.range_low, one.unit);
    quantity("high", one.range_high, one.unit);
    out().end_object().end_array();
  }

  void write_time_after_load(const CaseMeasurement& one) {
    out().name("component").begin_array().begin_object();
    concept_("code", snomed, "118578006", "Relative time");
    quantity("valueQuantity", one.minutes, "min");
    out().end_object().end_array();
  }

  void write_specimen(const CaseMeasurement& one, const std::string& specimen) {
    if (std::find(specimens_.begin(), specimens_.end(), specimen) != specimens_.end()) return;
    specimens_.push_back(specimen);
    constexpr std::string_view fasting_table = "http://terminology.hl7.org/CodeSystem/v2-0916";
    resource("Specimen", specimen, [&] {
      reference("subject", patient_reference_);
      out().name("collection").begin_object();
      if (one.timing == CaseTiming::fasted_hours) quantity("fastingStatusDuration", one.hours, "h");
      if (one.timing == CaseTiming::fasting_by_specimen) concept_("fastingStatusCodeableConcept", fasting_table, "F");
      if (one.timing == CaseTiming::not_fasting || one.timing == CaseTiming::fasting_contradicted) {
        concept_("fastingStatusCodeableConcept", fasting_table, "NF");
      }
      out().end_object();
      if (one.sample_condition.empty()) return;
      out().name("condition").begin_array();
      concept_value("http://terminology.hl7.org/CodeSystem/v2-0493", one.sample_condition, {});
      out().end_array();
    });
  }

  void write_encounter(const std::string& number, const std::string& encounter_class, const std::string& from,
                       const std::string& until) {
    resource("Encounter", number, [&] {
      out().member("status", until.empty() && !from.empty() ? "in-progress" : "finished");
      out().name("class").begin_object();
      out().member("system", "http://terminology.hl7.org/CodeSystem/v3-ActCode").member("code", encounter_class);
      out().end_object();
      reference("subject", patient_reference_);
      period("period", from, until);
    });
  }

  void write_admission(const CaseAdmission& one) {
    write_encounter(id("encounter"), one.encounter_class, one.from, one.until);
  }

  void write_antibody(const CaseAntibody& one) {
    resource("Observation", id("antibody"), [&] {
      out().member("status", "final");
      concept_("code", one.code);
      reference("subject", patient_reference_);
      out().member("effectiveDateTime", one.date);
      concept_("valueCodeableConcept", snomed, one.positive ? "10828004" : "260385009",
               one.positive ? "Positive" : "Negative");
    });
  }

  // ---- conditions, medicines, family, referrals

  void write_conditions(const std::vector<CaseCondition>& conditions, std::string_view word) {
    constexpr std::string_view clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    constexpr std::string_view verification = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
    for (const auto& one : conditions) {
      resource("Condition", id(word), [&] {
        if (!one.clinical.empty()) concept_("clinicalStatus", clinical, one.clinical);
        if (!one.verification.empty()) concept_("verificationStatus", verification, one.verification);
        concept_("code", one.code);
        reference("subject", patient_reference_);
        optional("onsetDateTime", one.from);
        optional("abatementDateTime", one.until);
        optional("recordedDate", one.recorded);
      });
    }
  }

  void write_medicines() {
    for (const auto& one : record_.medicines) write_medicine(one, id("medicine"));
  }

  void write_medicine(const CaseMedicine& one, const std::string& number) {
    resource(one.resource, number, [&] {
      out().member("status", one.status);
      concept_("medicationCodeableConcept", one.code);
      reference("subject", patient_reference_);
      if (one.resource == "MedicationRequest") {
        out().member("intent", "order");
        optional("authoredOn", one.from);
      } else {
        period("effectivePeriod", one.from, one.until);
      }
      write_dosage(one);
    });
  }

  // MedicationRequest.dosageInstruction and MedicationStatement.dosage are lists, MedicationAdministration.dosage is
  // not.
  void write_dosage(const CaseMedicine& one) {
    const bool request = one.resource == "MedicationRequest";
    const bool given = one.resource == "MedicationAdministration";
    if (one.dose.empty() && one.route.empty() && (!request || one.until.empty())) return;
    out().name(request ? "dosageInstruction" : "dosage");
    if (!given) out().begin_array();
    out().begin_object();
    if (!one.route.empty()) concept_("route", snomed, looked_up(routes, one.route), one.route);
    if (!given) write_timing(one, request ? one.until : std::string());
    if (one.as_needed && !given) out().name("asNeededBoolean").boolean(true);
    if (!one.dose.empty() && given) quantity("dose", one.dose, one.unit);
    if (!one.dose.empty() && !given) {
      out().name("doseAndRate").begin_array().begin_object();
      quantity("doseQuantity", one.dose, one.unit);
      out().end_object().end_array();
    }
    out().end_object();
    if (!given) out().end_array();
  }

  void write_timing(const CaseMedicine& one, const std::string& until) {
    if (one.period.empty() && !one.with_meals && until.empty()) return;
    out().name("timing").begin_object().name("repeat").begin_object();
    period("boundsPeriod", {}, until);
    if (!one.period.empty()) {
      out().name("frequency").number_as_written(one.frequency);
      out().name("period").number_as_written(one.period);
      out().member("periodUnit", one.period_unit);
    }
    if (one.with_meals) out().name("when").begin_array().text("C").end_array();
    out().end_object().end_object();
  }

  void write_family() {
    for (const auto& code : record_.family) {
      resource("FamilyMemberHistory", id("family"), [&] {
        out().member("status", "completed");
        reference("patient", patient_reference_);
        concept_("relationship", "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "MTH", "mother");
        out().name("condition").begin_array().begin_object();
        concept_("code", code);
        out().end_object().end_array();
      });
    }
  }

  void write_referrals() {
    for (const auto& one : record_.referrals) {
      resource("ServiceRequest", id("referral"), [&] {
        out().member("status", one.status).member("intent", "order");
        concept_("code", snomed, "306118006", "Referral to endocrinology service");
        reference("subject", patient_reference_);
        out().name("performer").begin_array().begin_object().member("display", one.performer).end_object().end_array();
      });
    }
  }

  const CaseRecord& record_;
  const CodeIndex& codes_;
  std::string patient_reference_;
  std::vector<std::string> specimens_;
  int last_id_ = 0;
};

}  // namespace

std::string hook_of(const CaseRecord& record, const std::string& usual) {
  const auto left_out = [](const auto& one) { return !one.is_selected; };
  if (!record.new_conditions.empty()) return std::string(new_conditions);
  if (std::any_of(record.orders.begin(), record.orders.end(), left_out) ||
      std::any_of(record.tests.begin(), record.tests.end(), left_out)) {
    return std::string(order_select);
  }
  return record.orders.empty() && record.tests.empty() ? usual : std::string(order_sign);
}

std::string write_request(const CaseRecord& record, const std::string& hook, const Knowledge& knowledge) {
  return RequestWriter(record, knowledge.content().codes).write(hook);
}

}  // namespace cards
