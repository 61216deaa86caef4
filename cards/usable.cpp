#include "cards/usable.h"

#include <algorithm>
#include <array>

#include "cards/content.h"
#include "cards/print.h"
#include "fhir/code_system.h"
#include "fhir/element.h"
#include "fhir/reference.h"

namespace cards {

namespace {

using fhir::Json;

// Types that facts read. FamilyMemberHistory is asked for and shown, but no fact rests on it.
constexpr std::array<std::string_view, 13> types = {
    "Patient",           "Observation",         "Condition",       "Medication",
    "MedicationRequest", "MedicationStatement", "MedicationOrder", "MedicationAdministration",
    "MedicationUsage",   "ServiceRequest",      "ReferralRequest", "ProcedureRequest",
    "Encounter"};
constexpr std::string_view specimen_type = "Specimen";

// Classes of an acute admission, and the words that DSTU2 has for them.
constexpr std::array<std::string_view, 5> admissions = {"IMP", "ACUTE", "EMER", "inpatient", "emergency"};

bool is_admission(Json encounter) {
  const auto read = fhir::read_concept(encounter["class"]);
  for (const auto code : admissions) {
    if (read.has_code(code)) return true;
  }
  return false;
}

// A Specimen matters when it says how it was taken, or in what state it arrived.
bool says_something(Json specimen) {
  const Json collection = specimen["collection"];
  return fhir::is_given(collection["fastingStatusCodeableConcept"]) ||
         fhir::is_given(collection["fastingStatusDuration"]) || fhir::is_given(specimen["condition"]);
}

bool refers_outside(Json reference) {
  const auto target = fhir::target_of(fhir::literal_reference(reference));
  return !target.empty() && target.type != "#";
}

}  // namespace

Usable::Usable(const Knowledge& knowledge) : codes_(knowledge.content().codes) {
  for (const auto& fact : knowledge.content().facts) {
    for (const auto& [role, sets] : fact.value_sets) sets_ |= sets;
    for (const auto& [role, names] : fact.texts) texts_.insert(names.begin(), names.end());
  }
  for (std::size_t position = 0; position < codes_.sets().size(); ++position) {
    if (!sets_.test(position)) continue;
    for (const auto& member : codes_.sets()[position].members()) {
      const auto system = fhir::canonical_system(member.system);
      bare_.insert(fhir::matches_by_prefix(system) ? std::string(fhir::ComparableCode(system, member.code).text())
                                                   : member.code);
    }
  }
}

bool Usable::reads(std::string_view resource_type) const {
  return std::find(types.begin(), types.end(), resource_type) != types.end() || resource_type == specimen_type;
}

bool Usable::may_be_used(std::string_view code) const {
  if (bare_.contains(code)) return true;
  // In classifications the sets list classes: any beginning of the code may be one. Which classification it is cannot
  // be told here, and they are compared differently.
  for (const std::string_view system : {"http://hl7.org/fhir/sid/icd-10", "http://www.whocc.no/atc"}) {
    const fhir::ComparableCode comparable(system, code);
    for (auto start = comparable.text(); !start.empty(); start.remove_suffix(1)) {
      if (bare_.contains(start)) return true;
    }
  }
  return false;
}

bool Usable::is_wanted_text(std::string_view text) const {
  return !text.empty() && texts_.contains(folded(text));
}

bool Usable::has_wanted_code(Json concept_) const {
  return (codes_.sets_of(fhir::read_concept_or_reference(concept_)) & sets_).any();
}

bool Usable::has_wanted_text(Json json) const {
  if (json.is(fhir::JsonType::string)) return is_wanted_text(json.string());
  if (!json.is(fhir::JsonType::object) && !json.is(fhir::JsonType::array)) return false;
  for (const Json part : json) {
    if (has_wanted_text(part)) return true;
  }
  return false;
}

bool Usable::observation(Json resource) const {
  const auto code = fhir::read_concept(resource["code"]);
  if ((codes_.sets_of(code) & sets_).any() || is_wanted_text(code.text)) return true;
  for (const auto& coding : code.codings) {
    if (is_wanted_text(coding.display)) return true;
  }
  bool wanted = false;
  fhir::for_each(resource["component"], [&](Json component) { wanted = wanted || has_wanted_code(component["code"]); });
  fhir::for_each(resource["contained"], [&](Json contained) {
    wanted = wanted || (contained["resourceType"].string() == "Observation" && observation(contained));
  });
  return wanted;
}

bool Usable::medication(Json resource) const {
  bool wanted = has_wanted_code(resource["code"]);
  const auto ingredient = [&](Json one) {
    wanted = wanted || has_wanted_code(one["itemCodeableConcept"]) || has_wanted_code(one["item"]) ||
             refers_outside(one["itemReference"]) || refers_outside(one["item"]) ||
             refers_outside(one["item"]["reference"]);
  };
  fhir::for_each(resource["ingredient"], ingredient);
  fhir::for_each(resource["product"]["ingredient"], ingredient);
  return wanted;
}

bool Usable::medicine(Json resource) const {
  const Json codeable = fhir::single(resource["medication"]);
  if (has_wanted_code(resource["medicationCodeableConcept"]) || has_wanted_code(codeable)) return true;
  if (refers_outside(resource["medicationReference"]) || refers_outside(codeable["reference"])) return true;
  bool wanted = false;
  fhir::for_each(resource["contained"], [&](Json contained) {
    wanted = wanted || has_wanted_code(contained["code"]) || medication(contained);
  });
  return wanted;
}

Usable::Use Usable::of(Json resource) const {
  const auto type = resource["resourceType"].string();
  const auto when = [](bool wanted) { return wanted ? Use::yes : Use::no; };
  // Whoever refers to a Medication is told what it is, even when that is of no use.
  if (type == "Patient" || type == "Medication") return Use::yes;
  if (type == "Observation") return when(observation(resource));
  if (type == "Condition") return when(has_wanted_code(resource["code"]));
  if (type == "Encounter") return when(is_admission(resource));
  if (type == specimen_type) return when(says_something(resource));
  if (type == "ServiceRequest" || type == "ReferralRequest" || type == "ProcedureRequest") {
    return when(has_wanted_text(resource));
  }
  return reads(type) ? when(medicine(resource)) : Use::other;
}

std::vector<std::string_view> Usable::deciding_members(Json resource) const {
  const auto type = resource["resourceType"].string();
  const bool refers = resource["medicationReference"].present() || resource["medication"].present();
  if (type.empty() || refers || resource["contained"].present()) return {};
  if (!reads(type) || type == "Patient") return {"resourceType"};
  if (type == "Observation" || type == "Condition") return {"resourceType", "code", "component"};
  if (type == "Encounter") return {"resourceType", "class"};
  if (type.starts_with("Medication") && type != "Medication") return {"resourceType", "medicationCodeableConcept"};
  return {};
}

}  // namespace cards
