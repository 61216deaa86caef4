#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fhir/json.h"
#include "fhir/record.h"
#include "fhir/result.h"

namespace fhir {

/// An enumerated FHIR R4 ValueSet: the codes that mean one thing.
///
/// SNOMED CT, LOINC, RxNorm, dm+d and the like match whole codes. ICD-10 and ICD-10-CM match by prefix after dropping
/// the dot and HES padding ("L83X", "E881"; TERMINOLOGY.md 3). ATC matches by prefix, because classes are listed.
class ValueSet {
 public:
  struct Member {
    std::string system;
    std::string code;
    std::string display;
  };

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

  [[nodiscard]] bool contains(const Coding& coding) const;
  /// The first coding of the concept that belongs to the set, or null.
  [[nodiscard]] const Coding* match(const Concept& concept_) const;
  /// The member that a coding matched, for its display; null when none.
  [[nodiscard]] const Member* member(const Coding& coding) const;

 private:
  friend Result<ValueSet> read_value_set(Json, std::string);
  std::string id_;
  std::string title_;
  std::vector<Member> members_;  ///< sorted by system and code, for binary search
};

/// Reads a FHIR R4 ValueSet resource whose codes are enumerated in compose.include[].concept[]. Errors: bad_input with the
/// file name and path; a filter, an exclude or an import is refused, because it cannot be evaluated without a terminology
/// server. `path` is the file name.
[[nodiscard]] Result<ValueSet> read_value_set(Json json, std::string path);

}  // namespace fhir
