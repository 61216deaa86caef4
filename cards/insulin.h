#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cards/chart.h"
#include "cards/fact.h"
#include "cards/result.h"

// Plasma insulin as NSIRS reads it: "severe hyperinsulinaemia = fasting insulin >150pM or peak plasma insulin on oral
// glucose tolerance testing >1,500pM" (NSIRS criteria, footnote), with everything that can make a number mean something
// else (CLINICAL.md 2.2).

namespace cards {

/// When a sample was taken, as far as the record proves it. Never from the clock, never from a low glucose.
enum class Timing : unsigned char {
  fasting,       ///< the code says so, or the specimen was taken after the required hours without food
  zero_minutes,  ///< before the glucose load of a tolerance test; judged as fasting
  post_load,     ///< at a known time after the load
  not_stated,
  not_fasting,  ///< the specimen says so
};

/// One insulin result with what it proves.
struct InsulinSample {
  Reading reading;
  Timing timing = Timing::not_stated;
  std::optional<double> minutes{};  ///< after the load
  std::string word{};               ///< one of the words of `severe_hyperinsulinaemia`; empty when it proves nothing
  bool raised = false;              ///< above the limit, whatever else is the matter with it
};

/// All usable insulin results, oldest first, each with its word.
[[nodiscard]] std::vector<InsulinSample> insulin_samples(const Chart& chart, const Fact& fact);

/// The question of the footnote, answered with one word:
///   yes, no                 certain
///   borderline              above the limit only by the other conversion factor in use
///   fasting-not-stated      raised, but nobody wrote whether the person had fasted
///   exogenous               raised while insulin was being injected
///   ratio                   raised above C-peptide in the same sample: antibodies or interference
///   confounded              raised, but taken in an acute admission or illness, or from a sample that the laboratory
///   flagged old                     raised, but older than the window discordant              raised once, later
///   normal, without diabetes indeterminate           the laboratory's < or > leaves it open unknown nothing usable
[[nodiscard]] Sighting severe_hyperinsulinaemia(const Chart& chart, const Fact& fact);

/// The insulin value that was looked at for severe hyperinsulinaemia, in pmol/L; the highest after the load for an
/// OGTT.
[[nodiscard]] Sighting insulin_value(const Chart& chart, const Fact& fact);

}  // namespace cards
