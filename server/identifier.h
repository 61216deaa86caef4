#pragma once

#include <string>

namespace server {

/// A fresh random UUID (version 4), from the system's source of randomness.
[[nodiscard]] std::string new_uuid();

}  // namespace server
