#pragma once

#include <bitset>
#include <cstddef>
#include <functional>
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

/// From a coding to all value sets that hold it, with one look-up per coding of a record. Built once at start. A code
/// is in a set exactly when fhir::ValueSet::contains says so; besides, dm+d codes are found under SNOMED CT too,
/// because GP systems send them under either name (DATA.md 0.12).
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
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct System {
    std::string uri;
    std::unordered_map<std::string, SetBits, Hash, std::equal_to<>> codes;
  };
  [[nodiscard]] const System* system(std::string_view uri) const;
  void add(std::string_view uri, std::string_view code, std::size_t position);

  std::vector<fhir::ValueSet> sets_;
  std::vector<System> systems_;
};

}  // namespace cards
