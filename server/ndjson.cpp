#include "server/ndjson.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace server {

namespace {

namespace fs = std::filesystem;

constexpr unsigned gzip_buffer_bytes = 32U << 10U;
constexpr std::size_t piece_bytes = 2 * gzip_buffer_bytes;  ///< zlib unpacks so much at once, and loses it to damage

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};
using OpenFile = std::unique_ptr<gzFile_s, CloseGzip>;

std::uint64_t line_ends(std::string_view text) {
  std::uint64_t count = 0;
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ++count;
  return count;
}

std::string reason_of(int number) {
  return std::error_code(number, std::generic_category()).message();
}

}  // namespace

struct LineReader::State {
  OpenFile file;
  std::string path;
  std::uint64_t size_at_start = 0;  ///< of a plain file
  Limits limits;
  std::string buffer;
  std::string spare;            ///< becomes the next buffer
  std::size_t filled = 0;       ///< bytes at the beginning of `buffer` that were read and not handed out yet
  std::size_t whole_bytes = 0;  ///< of those, up to the end of the last whole line
  std::string piece;            ///< of a packed file
  std::size_t piece_used = 0;
  std::uint64_t unpacked_bytes = 0;  ///< up to the end of the piece
  std::uint64_t pending_begin = 0;
  std::uint64_t next_line = 1;
  bool at_end = false;
  std::string fault;

  /// Reads so many bytes, fewer at the end. What is packed is unpacked in the same pieces however much is asked for:
  /// zlib gives nothing of a read in which it comes upon damage.
  std::size_t read(char* to, std::size_t size) {
    if (gzdirect(file.get()) == 1) return static_cast<std::size_t>(std::max(unpack(to, size), 0));
    std::size_t got = 0;
    while (got < size && (piece_used < piece.size() || next_piece())) {
      const std::size_t part = std::min(size - got, piece.size() - piece_used);
      std::copy_n(piece.data() + piece_used, part, to + got);
      piece_used += part;
      got += part;
    }
    return got;
  }

  bool next_piece() {
    piece.resize(piece_bytes - unpacked_bytes % piece_bytes);
    const int count = unpack(piece.data(), piece.size());
    piece.resize(static_cast<std::size_t>(std::max(count, 0)));
    piece_used = 0;
    unpacked_bytes += piece.size();
    return !piece.empty();
  }

  int unpack(char* to, std::size_t size) { return gzread(file.get(), to, static_cast<unsigned>(size)); }

  /// Reads up to a block of bytes more.
  void read_more() {
    // A buffer that was used before has the size already: nothing is written twice.
    if (buffer.size() < filled + limits.block_bytes) buffer.resize(filled + limits.block_bytes);
    char* const to = buffer.data() + filled;
    const std::size_t got = read(to, limits.block_bytes);
    filled += got;
    // Only what is new is looked at: a line of any length is searched once.
    const auto* const last = memrchr(to, '\n', got);
    if (last != nullptr) whole_bytes = static_cast<std::size_t>(static_cast<const char*>(last) - buffer.data()) + 1;
    if (got == limits.block_bytes) return;
    at_end = true;
    int number = Z_OK;
    const char* const said = gzerror(file.get(), &number);
    if (number == Z_BUF_ERROR) {
      fault = "ends in the middle of a gzip stream";
    } else if (number == Z_ERRNO) {
      fault = "cannot be read to its end: " + reason_of(errno);
    } else if (number != Z_OK && number != Z_STREAM_END) {
      fault = std::string("is not a sound gzip stream: ") + (said == nullptr ? "" : said);
    } else if (gzdirect(file.get()) == 1 && pending_begin + filled < size_at_start) {
      fault = "became shorter while it was read";
    }
  }

  /// Hands out the first `size` bytes of what was read.
  LineBlock hand_out(std::size_t size) {
    LineBlock block;
    block.begin = pending_begin;
    block.end = pending_begin + size;
    block.first_line = next_line;
    // What is left is little: that is copied, and not what is handed out.
    const std::size_t left = filled - size;
    std::string next = std::exchange(spare, {});
    if (next.size() < left) next.resize(left);
    std::copy_n(buffer.data() + size, left, next.data());
    buffer.resize(size);
    block.text = std::exchange(buffer, std::move(next));
    filled = left;
    block.lines = line_ends(block.text);
    if (!block.text.empty() && block.text.back() != '\n') ++block.lines;
    whole_bytes -= std::min(whole_bytes, size);
    pending_begin += size;
    next_line += block.lines;
    return block;
  }

  void drop(std::size_t size) {
    std::memmove(buffer.data(), buffer.data() + size, filled - size);
    filled -= size;
    whole_bytes -= std::min(whole_bytes, size);
    pending_begin += size;
  }

  /// A block that stands for a line that is too long: up to its end, or as far as it has been read.
  std::optional<LineBlock> pass_over() {
    LineBlock block;
    block.begin = pending_begin;
    block.first_line = next_line;
    while (true) {
      const auto end = std::string_view(buffer).substr(0, filled).find('\n');
      if (end != std::string_view::npos) {
        drop(end + 1);
        break;
      }
      drop(filled);
      if (at_end) break;
      read_more();
    }
    block.end = pending_begin;
    block.lines = 1;
    block.too_long.push_back(next_line++);
    return block;
  }
};

LineReader::LineReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

fhir::Result<LineReader> LineReader::open(const std::string& path, Limits limits) {
  errno = 0;
  auto state = std::make_unique<State>();
  state->file.reset(gzopen(path.c_str(), "rb"));
  if (!state->file) return fhir::fault(fhir::Kind::bad_input, path, "cannot be opened: " + reason_of(errno));
  gzbuffer(state->file.get(), gzip_buffer_bytes);
  std::error_code ignored;
  const auto size = fs::file_size(path, ignored);
  state->size_at_start = ignored ? 0 : size;
  state->path = path;
  state->limits = limits;
  return LineReader(std::move(state));
}

std::optional<LineBlock> LineReader::next() {
  State& state = *state_;
  while (true) {
    const bool full = state.filled >= state.limits.block_bytes;
    if (state.whole_bytes > 0 && (full || state.at_end)) return state.hand_out(state.whole_bytes);
    if (state.filled > state.limits.line_bytes_max) return state.pass_over();
    if (state.at_end) {
      if (state.filled == 0) return std::nullopt;
      return state.hand_out(state.filled);
    }
    state.read_more();
  }
}

void LineReader::reuse(std::string text) {
  state_->spare = std::move(text);
}

std::string LineReader::take_buffer() {
  state_->filled = 0;
  return std::exchange(state_->buffer, {});
}

void LineReader::skip_to(std::uint64_t byte, std::uint64_t next_line) {
  State& state = *state_;
  gzseek(state.file.get(), static_cast<z_off_t>(byte), SEEK_SET);
  state.filled = 0;
  state.whole_bytes = 0;
  state.piece.clear();
  state.piece_used = 0;
  state.unpacked_bytes = byte;
  state.pending_begin = byte;
  state.next_line = next_line;
  state.at_end = false;
}

const std::string& LineReader::fault() const {
  return state_->fault;
}

std::uint64_t LineReader::bytes_read() const {
  const z_off_t offset = gzoffset(state_->file.get());
  // A pipe has no offset.
  return offset >= 0 ? static_cast<std::uint64_t>(offset) : state_->pending_begin + state_->filled;
}

bool is_ndjson_name(const std::string& path) {
  return path.ends_with(".ndjson") || path.ends_with(".ndjson.gz");
}

fhir::Result<std::vector<std::string>> files_of(const std::string& input) {
  std::error_code error;
  const auto status = fs::status(input, error);
  if (error || !fs::exists(status)) return fault(fhir::Kind::bad_input, input, "is not there");
  if (!fs::is_directory(status)) return std::vector<std::string>{input};
  std::vector<std::string> files;
  auto entry = fs::recursive_directory_iterator(input, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (is_ndjson_name(entry->path().string()) && !entry->is_directory(error)) files.push_back(entry->path().string());
  }
  if (error) return fault(fhir::Kind::bad_input, input, "cannot be listed: " + error.message());
  if (files.empty()) return fault(fhir::Kind::bad_input, input, "holds no .ndjson or .ndjson.gz file");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace server
