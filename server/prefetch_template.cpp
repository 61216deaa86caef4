#include "server/prefetch_template.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace server {

namespace {

constexpr std::string_view token = "{{context.patientId}}";
constexpr std::size_t bytes_max = 1900;  // longer addresses are cut by some servers

/// What may be asked for under a key, and the sentence for everything else.
struct Kinds {
  std::string_view key;
  std::array<std::string_view, 3> types;
  std::string_view otherwise;
};

constexpr std::array<Kinds, 6> all_kinds{{
    {"patient", {"Patient"}, "does not begin with the FHIR resource type Patient"},
    {"conditions", {"Condition"}, "does not begin with the FHIR resource type Condition"},
    {"observations", {"Observation"}, "does not begin with the FHIR resource type Observation"},
    {"medications",
     {"MedicationRequest", "MedicationStatement", "MedicationAdministration"},
     "does not begin with one of the FHIR resource types MedicationRequest, MedicationStatement and "
     "MedicationAdministration"},
    {"familyHistory", {"FamilyMemberHistory"}, "does not begin with the FHIR resource type FamilyMemberHistory"},
    {"referrals", {"ServiceRequest"}, "does not begin with the FHIR resource type ServiceRequest"},
}};

bool belongs_into_no_address(char c) {
  return c <= ' ' || c > '~' || std::string_view("\"#<>\\^`").find(c) != std::string_view::npos;
}

/// Nothing but the id of the patient is put in, and it is.
std::string_view fault_in_tokens(std::string_view text) {
  if (text.find(token) == std::string_view::npos) return "does not name the patient by {{context.patientId}}";
  while (!text.empty()) {
    const auto brace = std::min(text.find_first_of("{}"), text.size());
    text.remove_prefix(brace);
    if (text.empty()) break;
    if (!text.starts_with(token)) return "holds braces that are not {{context.patientId}}";
    text.remove_prefix(token.size());
  }
  return {};
}

std::string_view fault_in_parameters(std::string_view query) {
  std::set<std::string_view> names;
  while (true) {
    const auto end = std::min(query.find('&'), query.size());
    const auto one = query.substr(0, end);
    const auto equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == one.size())
      return "holds a search parameter without a name or without a value";
    if (!names.insert(one.substr(0, equals)).second) return "names a search parameter twice";
    if (end == query.size()) return {};
    query.remove_prefix(end + 1);
  }
}

}  // namespace

std::string_view fault_in_template(std::string_view key, std::string_view text) {
  const auto kinds = std::ranges::find(all_kinds, key, &Kinds::key);
  if (kinds == all_kinds.end()) return "is for no key of the prefetch";
  const auto type = text.substr(0, text.find_first_of("/?"));
  if (type.empty() || std::ranges::find(kinds->types, type) == kinds->types.end()) return kinds->otherwise;
  if (text.size() > bytes_max) return "is longer than 1900 characters";
  if (std::ranges::any_of(text, belongs_into_no_address)) return "holds a character that belongs into no address";
  if (const auto why = fault_in_tokens(text); !why.empty()) return why;
  const auto rest = text.substr(type.size());
  if (rest.starts_with('?')) return fault_in_parameters(rest.substr(1));
  if (key == "patient" && rest.substr(1) == token) return {};
  return "is neither a search (TYPE?...) nor Patient/{{context.patientId}}";
}

}  // namespace server
