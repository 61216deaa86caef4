#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace server {

/// The line (from 1) of a TOML text that holds a byte beyond ASCII outside of quotes and comments, where TOML has none;
/// nothing when there is none. Behind a backslash in quotes counts as outside.
[[nodiscard]] std::optional<std::size_t> line_of_stray_letter(std::string_view toml);

}  // namespace server
