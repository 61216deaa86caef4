#pragma once

#include <string>
#include <string_view>

namespace test {

/// Holds JSON text against tests/schemas/<name>.json. Answers what does not fit, one fault per line; empty when all
/// does.
[[nodiscard]] std::string schema_faults(const std::string& name, std::string_view json);

}  // namespace test
