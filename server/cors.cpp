#include "server/cors.h"

#include <algorithm>

namespace server {

bool Cors::allows(const std::string& origin) const {
  return any_origin || std::ranges::find(origins, origin) != origins.end();
}

void add_cors(const Cors& cors, const Request& request, Response& response) {
  response.headers.emplace_back("Vary", "Origin");
  if (!request.origin.empty() && cors.allows(request.origin))
    response.headers.emplace_back("Access-Control-Allow-Origin", request.origin);
}

namespace {

constexpr std::string_view always_allowed = "Authorization, Content-Type, Accept";
constexpr std::size_t header_list_bytes_max = 512;

bool is_header_list(std::string_view text) {
  return !text.empty() && text.size() <= header_list_bytes_max && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '-' || letter == ',' || letter == ' ';
  });
}

/// Clients in a browser add header fields of their own (Medplum: X-Medplum), and would not get past the preflight.
/// Whoever may call may send them: we read none, and never ask for the browser's credentials.
std::string allowed_headers(const std::string& asked) {
  return std::string(always_allowed) + (is_header_list(asked) ? ", " + asked : "");
}

}  // namespace

void add_preflight(const Cors& cors, const Request& request, Response& response) {
  if (request.origin.empty() || request.preflight_method.empty() || !cors.allows(request.origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
  response.headers.emplace_back("Access-Control-Allow-Headers", allowed_headers(request.preflight_headers));
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  if (request.preflight_private_network && cors.any_origin)
    response.headers.emplace_back("Access-Control-Allow-Private-Network", "true");
}

}  // namespace server
