#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cards {

/// The names between braces in a text of the knowledge folder: "{severe-hyperinsulinaemia} with {body-mass-index}".
[[nodiscard]] std::vector<std::string> placeholders(std::string_view text);

/// The text with every placeholder filled; nothing when one cannot be.
[[nodiscard]] std::optional<std::string> filled(
    std::string_view text, const std::function<std::optional<std::string>(std::string_view)>& value);

}  // namespace cards
