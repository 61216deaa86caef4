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
/// Systems may also be named by their OID ("urn:oid:2.16.840.1.113883.6.96"), as in records converted from CDA; ICD-10
/// in the UK edition is ICD-10. A coding without a system matches nothing.
class ValueSet {
 public:
  struct Member {
    std::string system;
    std::string code;
    std::string display;
    std::string preferred{};  ///< concept.designation: what clinicians here call it, where the display is not that

    [[nodiscard]] const std::string& name() const { return preferred.empty() ? display : preferred; }
  };

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

  [[nodiscard]] bool contains(const Coding& coding) const;
  /// The member that a coding matched, for its display; null when none.
  [[nodiscard]] const Member* member(const Coding& coding) const;

 private:
  friend Result<ValueSet> read_value_set(Json, const std::string&);

  struct Key {
    std::string code;  ///< as it is compared
    std::size_t member = 0;
  };
  /// The members of one code system, sorted by code.
  struct Group {
    std::string system;
    std::vector<Key> keys;
  };
  void index();

  std::string id_;
  std::string title_;
  std::vector<Member> members_;  ///< in the order of the file
  std::vector<Group> groups_;
};

/// Reads a FHIR R4 ValueSet resource whose codes are enumerated in compose.include[].concept[]. Errors: bad_input with
/// the file name and path; a filter, an exclude or an import is refused, because it cannot be evaluated without a
/// terminology server. `path` is the file name.
[[nodiscard]] Result<ValueSet> read_value_set(Json json, const std::string& path);

}  // namespace fhir
