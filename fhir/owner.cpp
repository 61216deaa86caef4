#include "fhir/owner.h"

#include "fhir/person.h"

namespace fhir {
namespace {

std::string identifier_key(std::string_view system, std::string_view value) {
  return std::string(system) + "|" + std::string(value);
}

Owner owner_by_identifier(Json identifiers) {
  Owner owner;
  for_each(identifiers, [&](Json identifier) {
    const std::string_view value = identifier["value"].string();
    if (owner.kind == Owner::Kind::identifier || value.empty()) return;
    owner = {Owner::Kind::identifier, identifier_key(identifier["system"].string(), value)};
  });
  return owner;
}

/// "Patient?identifier=system|value", as transactions refer to what they do not carry.
Owner owner_by_query(std::string_view query) {
  constexpr std::string_view name = "identifier=";
  const auto start = query.find(name);
  if (start == std::string_view::npos) return {};
  std::string_view token = query.substr(start + name.size());
  token = token.substr(0, token.find('&'));
  const auto bar = token.find('|');
  if (bar == std::string_view::npos) return {Owner::Kind::identifier, identifier_key("", token)};
  return {Owner::Kind::identifier, std::string(token)};
}

Owner owner_contained(Json resource, std::string_view id) {
  for (const Json contained : resource["contained"]) {
    if (contained["id"].string() != id) continue;
    if (contained["resourceType"].string() != "Patient") return {Owner::Kind::other, {}};
    return owner_by_identifier(contained["identifier"]);
  }
  return {};
}

Owner owner_by_subject(Json resource, Json subject) {
  const std::string_view reference = literal_reference(subject);
  if (auto owner = owner_by_reference(reference)) return std::move(*owner);
  const Target target = target_of(reference);
  return target.empty() ? owner_by_identifier(subject["identifier"]) : owner_contained(resource, target.id);
}

void add_need(Json reference, std::string_view type, std::vector<std::string>& needs) {
  const Target target = target_of(literal_reference(reference));
  if (target.empty() || target.type == "#" || (!target.type.empty() && target.type != type)) return;
  needs.push_back(std::string(type) + "/" + std::string(target.id));
}

}  // namespace

std::optional<Owner> owner_by_reference(std::string_view reference) {
  if (reference.starts_with("Patient?")) return owner_by_query(reference);
  const Target target = target_of(reference);
  if (target.empty() || target.type == "#") return std::nullopt;
  if (!target.type.empty() && target.type != "Patient") return Owner{Owner::Kind::other, {}};
  return Owner{Owner::Kind::person, std::string(target.id)};
}

Owner owner_of(Json resource) {
  const std::string_view type = resource["resourceType"].string();
  const std::string_view id = resource["id"].text();
  if (type == "Patient") return id.empty() ? Owner{} : Owner{Owner::Kind::person, std::string(id)};
  if (type == "Medication") return id.empty() ? Owner{} : Owner{Owner::Kind::shared, "Medication/" + std::string(id)};
  const Json subject = subject_of(resource);
  Owner owner = owner_by_subject(resource, subject);
  if (owner.kind == Owner::Kind::nobody && type == "Specimen" && !id.empty()) {
    return {Owner::Kind::shared, "Specimen/" + std::string(id)};
  }
  return owner;
}

std::vector<std::string> identifiers_of(Json patient) {
  std::vector<std::string> keys;
  for_each(patient["identifier"], [&](Json identifier) {
    const std::string_view value = identifier["value"].string();
    if (!value.empty()) keys.push_back(identifier_key(identifier["system"].string(), value));
  });
  return keys;
}

std::vector<std::string> needed_by(Json resource) {
  std::vector<std::string> needs;
  add_need(resource["medicationReference"], "Medication", needs);
  add_need(single(resource["medication"])["reference"], "Medication", needs);
  add_need(resource["specimen"], "Specimen", needs);
  const auto ingredients = [&](Json medication) {
    for_each(first_of(medication, {"ingredient", "product"}), [&](Json ingredient) {
      add_need(ingredient["itemReference"], "Medication", needs);
      add_need(ingredient["item"], "Medication", needs);
      add_need(ingredient["item"]["reference"], "Medication", needs);
    });
  };
  ingredients(resource);
  ingredients(resource["product"]);
  for (const Json contained : resource["contained"]) ingredients(contained);
  return needs;
}

}  // namespace fhir
