#pragma once

#include <array>
#include <string_view>

namespace cards {

/// What a card is about: card.source.topic in the system urn:sir-cds:advice (CONTRACT.md 4).
struct Topic {
  std::string_view code;
  std::string_view display;
};

inline constexpr std::string_view topic_system = "urn:sir-cds:advice";
inline constexpr std::string_view override_reason_system = "urn:sir-cds:override-reason";

inline constexpr std::array<Topic, 10> topics = {{
    {"nsirs-referral", "NSIRS referral criterion met"},
    {"type-b-confirmed", "Type B insulin resistance: antibodies positive"},
    {"type-b-suspected", "Type B insulin resistance suspected"},
    {"hyperinsulinaemic-hypoglycaemia", "Hyperinsulinaemic hypoglycaemia"},
    {"insulin-antibody", "Insulin antibodies or assay interference"},
    {"acanthosis-nigricans", "Acanthosis nigricans, insulin not reliably known"},
    {"lipodystrophy-suspected", "Examine for lipodystrophy"},
    {"missing-measurement", "One measurement would decide"},
    {"explained", "Raised insulin with another recorded cause"},
    {"order-safety", "Order to reconsider in this condition"},
}};

[[nodiscard]] constexpr const Topic* topic(std::string_view code) {
  for (const auto& known : topics) {
    if (known.code == code) return &known;
  }
  return nullptr;
}

/// Outcomes without a card (CONTRACT.md 5).
inline constexpr std::string_view outcome_none = "none";
inline constexpr std::string_view outcome_already_known = "already-known";

}  // namespace cards
