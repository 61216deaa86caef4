#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace server {

/// Whether the text is a web origin as browsers send it: "https://ehr.example" or "http://localhost:8080"
/// (RFC 6454 section 6.2): a scheme, a host, perhaps a port, and nothing behind.
[[nodiscard]] bool is_origin(std::string_view text);

/// Whether the text is an http or https URL that paths can be appended to: no query, no fragment, no user, no final
/// slash.
[[nodiscard]] bool is_base_url(std::string_view text);

/// An absolute http or https URL in its parts.
struct Url {
  bool secure = false;  ///< https
  std::string host;     ///< in lower case, an IPv6 address without brackets
  std::string port;     ///< never empty: "443" when the URL has none
  std::string target;   ///< path and query, at least "/"

  /// "https://ehr.example", "http://[::1]:8080": the default port left out, as browsers do.
  [[nodiscard]] std::string origin() const;
  /// "ehr.example", "[::1]:8080": what a Host header says.
  [[nodiscard]] std::string authority() const;
};

/// Nothing when it is no such URL, or has a user, a fragment, blanks or control characters in it.
[[nodiscard]] std::optional<Url> read_url(std::string_view text);

}  // namespace server
