#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json.h"

// Whose resource it is, when resources of many people lie in one heap.

namespace fhir {

struct Owner {
  enum class Kind : unsigned char {
    person,      ///< `key` is the bare id of the Patient
    identifier,  ///< `key` is "system|value" of an identifier of the Patient
    shared,      ///< names nobody and others refer to it: `key` is "Medication/17" or "Specimen/17"
    nobody,      ///< says nothing that leads to a Patient
    other,       ///< is about a group, a device, a place …
  };
  Kind kind = Kind::nobody;
  std::string key;
};

/// Whom a resource is about. References are taken in every style: relative, absolute, versioned, urn:uuid, by
/// identifier, and through a contained Patient that has an identifier.
[[nodiscard]] Owner owner_of(Json resource);
/// Whom the reference of a subject names; nothing when more than the reference is needed to tell.
[[nodiscard]] std::optional<Owner> owner_by_reference(std::string_view reference);

/// "system|value" of every identifier of a Patient.
[[nodiscard]] std::vector<std::string> identifiers_of(Json patient);

/// The resources outside this one that it needs to be understood: "Medication/17", "Specimen/17". A bare UUID stands
/// for either type and is given as both.
[[nodiscard]] std::vector<std::string> needed_by(Json resource);
/// The members in which it names them, as they are written: a resource without any of them needs none.
inline constexpr std::array<std::string_view, 4> members_that_name_others = {
    R"("medicationReference")", R"("medication")", R"("specimen")", R"("ingredient")"};

}  // namespace fhir
