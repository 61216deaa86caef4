#include <array>
#include <utility>

#include "fhir/resource.h"

namespace fhir {
namespace {

std::string_view without_version(std::string_view url) {
  return url.substr(0, url.find("/_history"));
}

/// The same type and id from two servers are two resources.
bool is_same_resource(const Sent& one, const Sent& other) {
  const std::string_view a = without_version(one.full_url);
  const std::string_view b = without_version(other.full_url);
  return a == b || !a.starts_with("http") || !b.starts_with("http");
}

bool is_newer(Json one, Json other) {
  const auto updated = [](Json json) { return read_time(json["meta"]["lastUpdated"].string()); };
  const auto a = updated(one);
  const auto b = updated(other);
  return a && b && b->before(*a);
}

}  // namespace

ResourceType resource_type_of(std::string_view name) {
  using enum ResourceType;
  static constexpr std::array<std::pair<std::string_view, ResourceType>, 15> types = {{
      {"Observation", observation},
      {"Condition", condition},
      {"MedicationRequest", medication_request},
      {"MedicationStatement", medication_statement},
      {"MedicationAdministration", medication_administration},
      {"Medication", medication},
      {"Specimen", specimen},
      {"Encounter", encounter},
      {"Patient", patient},
      {"FamilyMemberHistory", family_member_history},
      {"ServiceRequest", service_request},
      {"MedicationOrder", medication_request},
      {"ReferralRequest", service_request},
      {"ProcedureRequest", service_request},
      {"MedicationUsage", medication_statement},
  }};
  for (const auto& [known, type] : types) {
    if (known == name) return type;
  }
  return other;
}

Target Sent::identity() const {
  const std::string_view type_name = json["resourceType"].string();
  if (const std::string_view id = json["id"].text(); !id.empty()) return {type_name, id};
  const Target target = target_of(full_url);
  return target.empty() || target.type == "#" ? Target{} : Target{type_name, target.id};
}

Surroundings::Surroundings(const std::vector<Sent>& sent)
    : sent_(sent), index_(sent.size() * 2), is_kept_(sent.size(), true) {
  for (std::uint32_t number = 0; number < sent.size(); ++number) file(number);
}

void Surroundings::file(std::uint32_t number) {
  const Sent& sent = sent_[number];
  const Target identity = sent.identity();
  if (identity.empty()) return;
  const std::uint32_t earlier = index_.file(identity, number);
  if (earlier != number && is_same_resource(sent, sent_[earlier])) {
    const bool newer = is_newer(sent.json, sent_[earlier].json);
    is_kept_[newer ? earlier : number] = false;
    if (newer) index_.replace(identity, number);
    return;
  }
  if (!sent.full_url.starts_with("urn:")) return;
  if (const Target target = target_of(sent.full_url); target.type.empty() && !target.empty())
    index_.file(target, number);
}

Json Surroundings::resource(std::string_view reference, std::string_view type, Json container) const {
  const Target target = target_of(reference);
  if (target.type == "#") {
    for (const Json contained : container["contained"]) {
      if (contained["id"].string() == target.id && contained["resourceType"].string() == type) return contained;
    }
    return {};
  }
  const std::uint32_t number = index_.find(target, type);
  if (number == ReferenceIndex::none || sent_[number].json["resourceType"].string() != type) return {};
  return sent_[number].json;
}

std::string Surroundings::canonical(std::string_view reference, std::string_view type,
                                    std::string_view container) const {
  if (reference.empty()) return {};
  const Target target = target_of(reference);
  if (target.type == "#") return std::string(container) + text_of(target);
  const std::uint32_t number = index_.find(target, type);
  return text_of(number == ReferenceIndex::none ? target : sent_[number].identity());
}

}  // namespace fhir
