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

void add_preflight(const Cors& cors, const Request& request, Response& response) {
  if (request.origin.empty() || request.preflight_method.empty() || !cors.allows(request.origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
  response.headers.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  if (request.preflight_private_network && cors.any_origin)
    response.headers.emplace_back("Access-Control-Allow-Private-Network", "true");
}

}  // namespace server
