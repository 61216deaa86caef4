#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fhir/result.h"

namespace server {

/// Whole lines of one file, in the order of the file.
struct LineBlock {
  std::uint32_t file = 0;               ///< its place in the list of files
  std::uint64_t begin = 0;              ///< first byte, of the text as it is when unpacked
  std::uint64_t end = 0;                ///< behind its last byte
  std::uint64_t first_line = 1;         ///< number of the first line, from 1
  std::uint64_t lines = 0;              ///< how many, those that are too long among them
  std::string text;                     ///< the lines; the last may come without its end
  std::vector<std::uint64_t> too_long;  ///< numbers of lines that are not in `text`
};

/// Reads an NDJSON file, packed by gzip or plain, in blocks. The same file gives the same blocks.
class LineReader {
 public:
  struct Limits {
    std::size_t block_bytes = std::size_t{1} << 20U;
    std::size_t line_bytes_max = std::size_t{64} << 20U;  ///< longer lines are passed over, and said
  };

  /// Errors: bad_input with the path when it cannot be opened.
  [[nodiscard]] static fhir::Result<LineReader> open(const std::string& path, Limits limits);
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;
  ~LineReader();

  /// The next block; nothing at the end. After a fault there is nothing more.
  [[nodiscard]] std::optional<LineBlock> next();
  /// Takes the text of a block that is done with, to read into.
  void reuse(std::string text);
  /// What the reader has read into, for the next one to reuse.
  [[nodiscard]] std::string take_buffer();
  /// Goes on behind a block that somebody has read before.
  void skip_to(std::uint64_t byte, std::uint64_t next_line);
  /// What went wrong while reading, as a sentence: "ends in the middle of a gzip stream"; empty when nothing did.
  [[nodiscard]] const std::string& fault() const;
  /// Bytes of the file read so far, packed as they are.
  [[nodiscard]] std::uint64_t bytes_read() const;

 private:
  struct State;
  explicit LineReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whether a path is one that `screen` takes from a folder: .ndjson or .ndjson.gz.
[[nodiscard]] bool is_ndjson_name(const std::string& path);

/// The files that inputs stand for: a file is itself, a folder is the NDJSON files below it, in the order of their
/// names. Errors: bad_input for an input that is not there, or a folder without any.
[[nodiscard]] fhir::Result<std::vector<std::string>> files_of(const std::string& input);

}  // namespace server
