#pragma once

#include <string_view>

namespace server {

/// Whether the text is a web origin as browsers send it: "https://ehr.example" or "http://localhost:8080"
/// (RFC 6454 section 6.2): a scheme, a host, perhaps a port, and nothing behind.
[[nodiscard]] bool is_origin(std::string_view text);

/// Whether the text is an http or https URL that paths can be appended to: no query, no fragment, no user, no final
/// slash.
[[nodiscard]] bool is_base_url(std::string_view text);

}  // namespace server
