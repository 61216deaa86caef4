#pragma once

#include <string>

#include "fhir/result.h"

namespace server {

/// The site's key for patient hashes: reads the file, or makes it from the system's source of randomness, readable by
/// its owner only. Whoever has key and store can test whether a given patient is in it; without the key nobody can.
/// Instances that share a database need the same key. Errors: internal, with the file name.
[[nodiscard]] fhir::Result<std::string> site_key(const std::string& path);

}  // namespace server
