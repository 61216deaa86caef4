// Reads files of NDJSON, each line whole, by simdjson's DOM and keeps nothing: the raw speed of the parser, which
// tests/bench/screen is held against. Usage: parser FILE...

#include <simdjson.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20U;

struct CloseFile {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

struct Count {
  std::size_t lines = 0;
  std::size_t patients = 0;
};

void parse(simdjson::dom::parser& parser, std::string_view line, Count& count) {
  std::string_view type;
  ++count.lines;
  const bool read = parser.parse(line.data(), line.size(), false)["resourceType"].get(type) == simdjson::SUCCESS;
  if (read && type == "Patient") ++count.patients;
}

void read_file(const char* path, simdjson::dom::parser& parser, Count& count) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path, "rb"));
  if (!file) return;
  std::string text;
  std::size_t have = 0;
  while (true) {
    if (text.size() < have + block_bytes + simdjson::SIMDJSON_PADDING) {
      text.resize(have + block_bytes + simdjson::SIMDJSON_PADDING);
    }
    const std::size_t got = std::fread(text.data() + have, 1, block_bytes, file.get());
    if (got == 0) break;
    have += got;
    std::size_t at = 0;
    while (const void* const end = std::memchr(text.data() + at, '\n', have - at)) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - text.data()) - at;
      parse(parser, std::string_view(text).substr(at, length), count);
      at += length + 1;
    }
    std::memmove(text.data(), text.data() + at, have - at);
    have -= at;
  }
  if (have > 0) parse(parser, std::string_view(text).substr(0, have), count);
}

}  // namespace

int main(int count_of_words, char** words) {
  simdjson::dom::parser parser;
  Count count;
  for (int i = 1; i < count_of_words; ++i) read_file(words[i], parser, count);
  std::printf("%zu lines, %zu patients\n", count.lines, count.patients);
  return 0;
}
