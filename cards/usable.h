#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "cards/code_index.h"
#include "cards/knowledge.h"
#include "fhir/json.h"

namespace cards {

/// Which resources some fact can use. What it says no to makes no difference to any verdict: a record without them is
/// judged the same. Reads resources that come alone, with what they contain.
class Usable {
 public:
  enum class Use : unsigned char {
    yes,
    no,     ///< a type that is read, but no code, text or class that a fact looks for
    other,  ///< a type that no fact reads
  };

  explicit Usable(const Knowledge& knowledge);

  [[nodiscard]] Use of(fhir::Json resource) const;
  /// True for the name of a type that some fact reads.
  [[nodiscard]] bool reads(std::string_view resource_type) const;
  /// Names of members: when the strings and codes in them, and nothing else in resources that are written alike, decide
  /// what `of` answers. Nothing when more does.
  [[nodiscard]] std::vector<std::string_view> deciding_members(fhir::Json resource) const;
  /// True when some value set that a fact uses has this code, in whatever system. For looking at bytes before reading.
  [[nodiscard]] bool may_be_used(std::string_view code) const;
  /// True when some fact looks for the text itself.
  [[nodiscard]] bool is_wanted_text(std::string_view text) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  [[nodiscard]] bool has_wanted_code(fhir::Json concept_) const;
  [[nodiscard]] bool has_wanted_text(fhir::Json json) const;
  [[nodiscard]] bool observation(fhir::Json resource) const;
  [[nodiscard]] bool medicine(fhir::Json resource) const;
  [[nodiscard]] bool medication(fhir::Json resource) const;

  const CodeIndex& codes_;
  SetBits sets_;                                                 ///< that facts use
  std::unordered_set<std::string> texts_;                        ///< case-folded
  std::unordered_set<std::string, Hash, std::equal_to<>> bare_;  ///< codes without their systems
};

}  // namespace cards
