#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fhir/resource.h"
#include "fhir/result.h"

namespace fhir {

/// Whom a resource is about.
enum class About : std::uint8_t { person, another_patient, no_patient };

/// The person whose record it is, under all the names that the record uses.
class Person {
 public:
  /// Errors: bad_input when the Patient is another person than `patient_id`, or nothing says which of several it is.
  [[nodiscard]] static Result<Person> among(const std::vector<Sent>& sent, const std::vector<std::string>& paths,
                                            const std::string& patient_id);

  /// Number of the person's Patient resource, or ReferenceIndex::none.
  [[nodiscard]] std::uint32_t patient() const { return patient_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  /// `container` is the resource whose subject it is.
  [[nodiscard]] About about(Json subject, Json container) const;

 private:
  struct Likeness {
    bool same = false;
    bool different = false;
  };

  Result<void> choose(const std::vector<Sent>& sent, const std::vector<std::string>& paths);
  Result<void> choose_only(const std::vector<Sent>& sent, const std::vector<std::string>& paths);
  void take_first_subject(const std::vector<Sent>& sent);
  [[nodiscard]] bool is_named(const Sent& patient) const;
  [[nodiscard]] About unsaid() const { return others_ ? About::another_patient : About::person; }
  [[nodiscard]] About about_identifiers(Json identifiers) const;
  [[nodiscard]] About about_identifier_query(std::string_view query) const;
  [[nodiscard]] About about_likeness(const Likeness& likeness) const;
  void compare(std::string_view system, std::string_view value, Likeness& likeness) const;

  std::string id_;
  std::vector<std::string_view> names_;
  Json identifiers_;
  std::uint32_t patient_ = ReferenceIndex::none;
  bool others_ = false;
};

/// The subject of a resource; DSTU2 and some types of later versions call it patient.
[[nodiscard]] Json subject_of(Json resource);
[[nodiscard]] Json subject_of(const Members& resource);

}  // namespace fhir
