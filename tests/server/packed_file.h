#pragma once

#include <string>

namespace test {

/// Writes a text as a gzip file.
void write_packed(const std::string& path, const std::string& text);
/// Overwrites 200 bytes of a file from so many tenths of its length on.
void damage(const std::string& path, std::size_t tenths);

}  // namespace test
