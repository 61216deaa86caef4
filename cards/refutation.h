#pragma once

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "fhir/record.h"

namespace cards {

/// What became of a diagnosis that somebody entered.
enum class Standing { confirmed, provisional, refuted };

/// The entries of a record that refute a diagnosis, by its codes. One code entered twice, once refuted: the newer entry
/// wins; where that cannot be told, the diagnosis is open again (CLINICAL.md 7, transport-level cases).
class Refutations {
 public:
  explicit Refutations(std::span<const fhir::Condition> conditions);

  /// Of a Condition among those that it was made from.
  [[nodiscard]] Standing standing_of(const fhir::Condition& condition) const;

 private:
  struct Refuted {
    std::optional<fhir::Time> latest;  ///< recorded; nothing when none has a date
    bool undated = false;              ///< one has no date
  };
  using Code = std::pair<std::string_view, std::string_view>;  ///< system and code

  std::map<Code, Refuted> by_code_;
};

}  // namespace cards
