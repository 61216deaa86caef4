#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace server {

/// The addresses of CONTRACT.md 2, and the files of the pages.
enum class Address {
  none,
  home,
  web,
  feedback_page,
  criteria,
  discovery,
  service,
  feedback,
  explain,
  summary,
  live,
  ready,
  metrics
};

/// Where a request is addressed.
struct Route {
  Address address = Address::none;
  std::string service_id;   ///< as sent, decoded; for `service` and `feedback`
  std::string file{};       ///< below /web/, decoded; for `web`
  std::string base_path{};  ///< in front of it: a client's own base URL; mostly empty
};

/// The value of the first parameter of that name in the query of a target, decoded; nothing when there is none, empty
/// when it is badly encoded.
[[nodiscard]] std::optional<std::string> query_value(std::string_view target, std::string_view name);

/// Reads a request target. The path is cut at '/', each part percent-decoded once and compared exactly; the query is
/// ignored; a final slash is allowed below /cds-services. Below one of `base_paths` ("/north") stand the addresses of
/// CDS Hooks as well, and no others.
[[nodiscard]] Route route_of(std::string_view target, std::span<const std::string> base_paths = {});

/// The pattern of an address for logs and metrics: "/cds-services/{id}", or "other".
[[nodiscard]] std::string_view pattern_of(Address address);

/// The path of a route, as clients name it in the aud of their tokens: "/cds-services/sir-patient-view/feedback".
[[nodiscard]] std::string path_of(const Route& route);

/// Whether what happens at an address is only for callers who are known, when the site asks who calls.
[[nodiscard]] bool needs_token(Address address);

/// What may be done at an address, as the Allow header has it: "GET, HEAD, OPTIONS".
[[nodiscard]] std::string_view methods_of(Address address);
[[nodiscard]] bool allows(Address address, std::string_view method);

}  // namespace server
