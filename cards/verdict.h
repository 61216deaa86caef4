#pragma once

#include <cstdint>
#include <string_view>

// Three-valued logic after Kleene: what the record does not say is unknown, never "no".

namespace cards {

enum class Verdict : std::uint8_t { not_met, unknown, met };

/// The weaker of two: "all of" holds as far as its weakest part.
[[nodiscard]] constexpr Verdict both(Verdict a, Verdict b) {
  return a < b ? a : b;
}
/// The stronger of two: "any of" holds as far as its strongest part.
[[nodiscard]] constexpr Verdict either(Verdict a, Verdict b) {
  return a < b ? b : a;
}
[[nodiscard]] constexpr Verdict opposite(Verdict a) {
  if (a == Verdict::unknown) return Verdict::unknown;
  return a == Verdict::met ? Verdict::not_met : Verdict::met;
}

/// "met", "not-met" or "unknown": the words of CONTRACT.md 5.
[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) {
  if (verdict == Verdict::met) return "met";
  return verdict == Verdict::not_met ? "not-met" : "unknown";
}

static_assert(both(Verdict::met, Verdict::unknown) == Verdict::unknown);
static_assert(both(Verdict::not_met, Verdict::unknown) == Verdict::not_met);
static_assert(either(Verdict::met, Verdict::unknown) == Verdict::met);
static_assert(either(Verdict::not_met, Verdict::unknown) == Verdict::unknown);
static_assert(opposite(Verdict::unknown) == Verdict::unknown && opposite(Verdict::met) == Verdict::not_met);

}  // namespace cards
