#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace server {

/// The line (from 1) of a TOML text that holds a byte beyond ASCII outside of quotes and comments, where TOML has none;
/// nothing when there is none. Behind a backslash in quotes counts as outside.
[[nodiscard]] std::optional<std::size_t> line_of_stray_letter(std::string_view toml);

/// The text with an x for each byte beyond ASCII, but for a byte order mark in front.
[[nodiscard]] std::string with_letters_replaced(std::string_view toml);

}  // namespace server
