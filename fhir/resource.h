#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/element.h"
#include "fhir/json.h"
#include "fhir/members.h"
#include "fhir/record.h"
#include "fhir/reference.h"

// FHIR resources out of JSON. Each reader gives nothing when the resource is to be dropped, by its status or because
// nothing in it can be used; in the second case it has noted why.

namespace fhir {

enum class ResourceType : std::uint8_t {
  patient,
  observation,
  condition,
  medication,
  medication_request,
  medication_statement,
  medication_administration,
  family_member_history,
  service_request,
  encounter,
  specimen,
  other,  ///< nothing here reads it
};
[[nodiscard]] ResourceType resource_type_of(std::string_view name);

/// A resource as it was sent, not yet read.
struct Sent {
  Json json;
  std::string_view full_url;  ///< of its Bundle entry
  ResourceType type = ResourceType::other;
  std::uint32_t part = 0;      ///< which call of `add`
  std::int64_t entry = -1;     ///< its place in the Bundle; -1 when it came alone
  bool among_patients = true;  ///< its Bundle holds nothing but Patients

  /// ("Observation", "17"): its own id, else the one in its full URL; empty when it has neither.
  [[nodiscard]] Target identity() const;
};

/// Everything that was sent, by reference.
class Surroundings {
 public:
  explicit Surroundings(const std::vector<Sent>& sent);

  /// The resource of this type that a reference points to, contained in `container` or sent beside; absent when none.
  [[nodiscard]] Json resource(std::string_view reference, std::string_view type, Json container) const;
  /// The reference under which the record holds a resource, in whatever style it was referred to. `container` is what
  /// contained resources are named after.
  [[nodiscard]] std::string canonical(std::string_view reference, std::string_view type,
                                      std::string_view container) const;
  /// Whether this is the copy to keep of a resource that was sent several times.
  [[nodiscard]] bool is_kept(std::uint32_t number) const { return is_kept_[number]; }

 private:
  void file(std::uint32_t number);

  const std::vector<Sent>& sent_;
  ReferenceIndex index_;
  std::vector<bool> is_kept_;
};

/// One resource and what its reader needs.
struct Source {
  Json json;
  const Members& members;
  std::string_view reference;  ///< goes into what is read
  std::string_view container;  ///< what its contained resources are named after: its reference, or a number without one
  Notes& notes;
  const Surroundings& surroundings;
};

[[nodiscard]] Patient read_patient(Json json, std::string id, Notes& notes);
[[nodiscard]] std::optional<Observation> read_observation(const Source& source);
[[nodiscard]] std::optional<Condition> read_condition(const Source& source, const std::optional<Time>& birth);
[[nodiscard]] std::optional<MedicationUse> read_medication_use(const Source& source, MedicationSource kind);
/// A medicine that is about to be ordered: a draft, or an order that is signed again.
[[nodiscard]] std::optional<MedicationUse> read_medication_order(const Source& source);
[[nodiscard]] std::vector<Dosage> read_dosages(Json json, Notes& notes);
[[nodiscard]] std::optional<FamilyMember> read_family_member(const Source& source);
[[nodiscard]] std::optional<ServiceRequest> read_service_request(const Source& source);
/// The same of one that is about to be made: neither revoked nor completed.
[[nodiscard]] std::optional<ServiceRequest> read_service_order(const Source& source);
[[nodiscard]] std::optional<Encounter> read_encounter(const Source& source);
[[nodiscard]] std::optional<Specimen> read_specimen(const Source& source);

/// The status as written, empty when absent; nothing, and a note, when it is no code at all: such a resource is
/// dropped.
[[nodiscard]] std::optional<std::string_view> read_status_code(Json json, Notes& notes);
/// A modifierExtension or implicitRules that we do not know may turn the meaning round; noted.
[[nodiscard]] bool is_modified(const Members& resource, Notes& notes);
/// True, and noted when it is no boolean, when a resource says that the thing is not to be, or was not, done.
[[nodiscard]] bool is_denied(Json json, std::string_view member, Notes& notes);

}  // namespace fhir
