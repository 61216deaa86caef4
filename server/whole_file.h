#pragma once

#include <string>
#include <string_view>

#include "fhir/result.h"

namespace server {

/// Writes a file whole or not at all: beside it first, and under its name when everything is on the disk. What is no
/// regular file (a pipe, a device) is written as it is. Errors: internal, with the path and the reason ("No space left
/// on device"); what was written then is taken away.
[[nodiscard]] fhir::Result<void> write_whole(const std::string& path, std::string_view text);

}  // namespace server
