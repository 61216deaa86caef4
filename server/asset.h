#pragma once

#include <span>
#include <string_view>

namespace server {

/// A file of the pages: server/web, and the Markdown renderer and sanitiser, as they were when the program was built
/// (server/web/embed.cmake).
struct Asset {
  std::string_view name;  ///< "style.css"
  std::string_view content;
};

[[nodiscard]] std::span<const Asset> assets();

}  // namespace server
