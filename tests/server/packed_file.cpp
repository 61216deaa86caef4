#include "tests/server/packed_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

namespace test {

void write_packed(const std::string& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb1");
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())), static_cast<int>(text.size()));
  gzclose(file);
}

void damage(const std::string& path, std::size_t tenths) {
  const std::size_t from = std::filesystem::file_size(path) * tenths / 10;
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(from));
  for (std::size_t i = from; i < from + 200; ++i) file.put(static_cast<char>(i * 37));
}

}  // namespace test
