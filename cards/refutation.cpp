#include "cards/refutation.h"

namespace cards {

Refutations::Refutations(std::span<const fhir::Condition> conditions) {
  for (const auto& condition : conditions) {
    if (!condition.is_refuted()) continue;
    for (const auto& coding : condition.code.codings) {
      Refuted& refuted = by_code_[{coding.system, coding.code}];
      const auto& recorded = condition.recorded;
      if (!recorded) refuted.undated = true;
      if (recorded && (!refuted.latest || refuted.latest->before(*recorded))) refuted.latest = recorded;
    }
  }
}

Standing Refutations::standing_of(const fhir::Condition& condition) const {
  if (condition.is_refuted()) return Standing::refuted;
  auto standing = condition.is_confirmed() ? Standing::confirmed : Standing::provisional;
  if (by_code_.empty()) return standing;
  for (const auto& coding : condition.code.codings) {
    const auto found = by_code_.find({coding.system, coding.code});
    if (found == by_code_.end()) continue;
    const auto& [latest, undated] = found->second;
    const auto& recorded = condition.recorded;
    if (recorded && latest && recorded->before(*latest)) return Standing::refuted;
    const bool is_newer = recorded && !undated && latest->before(*recorded);
    if (!is_newer) standing = Standing::provisional;
  }
  return standing;
}

}  // namespace cards
