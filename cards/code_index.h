#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fhir/record.h"
#include "fhir/value_set.h"

namespace cards {

/// Which value sets a code belongs to, one bit per set. The knowledge loader refuses a folder with more sets.
inline constexpr std::size_t value_sets_max = 192;
using SetBits = std::bitset<value_sets_max>;

/// From a coding to all value sets that hold it, with one look-up per coding of a record. Built once at start.
/// Matching is that of fhir::ValueSet: whole codes, but prefixes in ICD-10, ICD-10-CM and ATC.
class CodeIndex {
 public:
  explicit CodeIndex(std::vector<fhir::ValueSet> sets);
  CodeIndex() = default;

  [[nodiscard]] SetBits sets_of(const fhir::Coding& coding) const;
  /// All sets that any coding of the concept belongs to.
  [[nodiscard]] SetBits sets_of(const fhir::Concept& concept_) const;
  /// The position of a set by its id; npos when there is none.
  [[nodiscard]] std::size_t position(std::string_view id) const;
  [[nodiscard]] const std::vector<fhir::ValueSet>& sets() const { return sets_; }

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  enum class Matching { whole_code, icd_prefix, atc_prefix };
  struct System {
    std::string uri;
    Matching matching = Matching::whole_code;
    std::unordered_map<std::string, SetBits> codes;
  };
  [[nodiscard]] const System* system(std::string_view uri) const;
  System& system_for(const std::string& uri);

  std::vector<fhir::ValueSet> sets_;
  std::vector<System> systems_;
};

/// "L83X" and "E88.1" as "L83" and "E881": how ICD codes are compared (TERMINOLOGY.md 3).
[[nodiscard]] std::string normalised_icd(std::string_view code);

}  // namespace cards
