#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fhir/record.h"

namespace cards {

/// What was sent and could not be used, in words, the most frequent first: "12 Observations have a unit text that is
/// not known for insulin: 'mU/mL' (Observation/17, Observation/18, Observation/19 and 9 more)".
[[nodiscard]] std::vector<std::string> ignored_in_words(const std::vector<fhir::Unreadable>& unreadable);

/// Whether what could not be used is a result without a unit, or with one that is not known.
[[nodiscard]] bool is_about_unit(const fhir::Unreadable& one);

/// The text itself when it looks like a unit: short, one word, letters, few digits and the signs of units. Empty
/// otherwise: a unit field may hold anything that somebody typed.
[[nodiscard]] std::string shown_unit(std::string_view text);

}  // namespace cards
