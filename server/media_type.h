#pragma once

#include <optional>
#include <string_view>

namespace server {

/// What keeps a body from being read as JSON, as a sentence without a full stop; nothing when it can be. Any
/// application type with "json" in it is read, and no type at all; charset must be UTF-8, content coding identity.
[[nodiscard]] std::optional<std::string_view> fault_in_media(std::string_view content_type,
                                                             std::string_view content_encoding);

}  // namespace server
