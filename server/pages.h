#pragma once

#include <string>
#include <string_view>

#include "cards/knowledge.h"

namespace server {

/// What a browser may do with our pages: show them, and nothing else.
inline constexpr std::string_view content_security_policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// GET /: what this is, where to look, how to ask.
[[nodiscard]] std::string home_page(const cards::Knowledge& knowledge, std::string_view base_url);

/// GET /health/ready.
[[nodiscard]] std::string ready_page(const cards::Knowledge& knowledge, std::string_view program_version);

}  // namespace server
