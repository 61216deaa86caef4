#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/screening.h"

namespace server {

/// What everything that a run writes is made from.
struct ScreenedRun {
  const Screened& screened;
  const std::vector<std::string>& files;
  const Judge& judge;
  unsigned suppress_below = 10;
  bool whole = true;  ///< every input was there and read to its end
};

/// A number of people as aggregates tell it, so that nobody can be worked out from it: nothing when it is above zero
/// and below `limit`, else to the nearest five. Exact when `limit` is 0.
[[nodiscard]] std::optional<std::uint64_t> told(std::uint64_t number, std::uint64_t limit);

/// The findings, one JSON line for each person, by patient id.
[[nodiscard]] std::string findings(const Screened& screened);

/// The findings as CSV, the most urgent first: by indicator, then by outcome in the order of the criteria.
[[nodiscard]] std::string worklist(const Screened& screened);

/// Counts for the person at the terminal, with the first faults.
[[nodiscard]] std::string in_words(const ScreenedRun& run);

/// Counts as JSON. Numbers of people are as `told`; null when they are not.
[[nodiscard]] std::string summary_json(const ScreenedRun& run);

/// Who is flagged by one of two knowledge folders and not by the other, or with another outcome, as CSV.
[[nodiscard]] std::string comparison(const Screened& ours, const Screened& theirs);

/// A number with commas: "12,840".
[[nodiscard]] std::string with_commas(std::uint64_t number);

/// How a file and a line are named to people; line 0 is the whole file.
[[nodiscard]] std::string place_in_words(const std::vector<std::string>& files, const UnreadLine& fault);

}  // namespace server
