#pragma once

#include <string>
#include <string_view>
#include <vector>

// Numbers and lists as people read them.

namespace cards {

/// The shortest decimal digits that read back as the number, at most six decimals: "30", "22.84", "0.1".
[[nodiscard]] std::string printed(double value);
/// The same with a comma between thousands: "12,840".
[[nodiscard]] std::string printed_with_commas(double value);
/// "+2" or "−4"; "1 point" is left to the caller.
[[nodiscard]] std::string signed_points(int points);
/// "a", "a and b", "a, b and c".
[[nodiscard]] std::string listed(const std::vector<std::string>& items, std::string_view last_word = "and");
/// ASCII letters in lower case; everything else unchanged.
[[nodiscard]] std::string folded(std::string_view text);
/// Whether `folded(text)` is this.
[[nodiscard]] bool folds_to(std::string_view text, std::string_view lower);

}  // namespace cards
