#pragma once

#include <string>
#include <vector>

#include "server/http.h"

namespace server {

/// Which web pages may call this server (PROTOCOL.md 5.6). Credentials of the browser are never asked for.
struct Cors {
  bool any_origin = false;           ///< the demo profile with no list configured
  std::vector<std::string> origins;  ///< compared exactly

  [[nodiscard]] bool allows(const std::string& origin) const;
};

/// Adds the header fields that let an allowed page read the answer; Vary: Origin always.
void add_cors(const Cors& cors, const Request& request, Response& response);

/// Adds what a preflight asks for; `add_cors` still belongs to it.
void add_preflight(const Cors& cors, const Request& request, Response& response);

}  // namespace server
