#include "server/journal.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace server {

namespace {

namespace fs = std::filesystem;

constexpr const char* run_name = "run";
constexpr const char* blocks_name = "blocks";
constexpr std::size_t head_bytes = 16;  // length and checksum

std::uint64_t checksum_of(std::string_view bytes) {
  std::uint64_t sum = 14695981039346656037U;  // FNV-1a
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  return sum;
}

void append_fixed(std::uint64_t number, std::string& bytes) {
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
}

std::uint64_t fixed_at(const char* bytes) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < 8; ++i)
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return number;
}

void append_text(std::string_view text, std::string& bytes) {
  fhir::append_number(text.size(), bytes);
  bytes += text;
}

std::string_view take_text(std::string_view& bytes) {
  const std::size_t size = std::min<std::size_t>(fhir::take_number(bytes), bytes.size());
  const auto text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

constexpr std::size_t count_members = 8;

std::array<std::uint64_t*, count_members> members_of(LineCounts& counts) {
  return {&counts.lines,      &counts.bytes,        &counts.used,  &counts.of_other_type,
          &counts.not_needed, &counts.about_others, &counts.empty, &counts.unreadable};
}

std::string payload_of(const LineBlock& block, const Sifted& sifted, const fhir::SharedTexts& texts) {
  std::string payload;
  for (const std::uint64_t number :
       {std::uint64_t{block.file}, block.begin, block.end, block.first_line + block.lines}) {
    fhir::append_number(number, payload);
  }
  auto counts = sifted.counts;
  for (const auto* number : members_of(counts)) fhir::append_number(*number, payload);
  fhir::append_number(sifted.faults.size(), payload);
  for (const auto& one : sifted.faults) {
    fhir::append_number(one.line, payload);
    append_text(one.reason, payload);
  }
  fhir::append_number(sifted.kept.size(), payload);
  for (const auto& one : sifted.kept) {
    fhir::append_number(static_cast<std::uint64_t>(one.owner.kind), payload);
    append_text(one.owner.key, payload);
    std::string json;
    fhir::append_resource(one.condensed, texts, json);
    append_text(json, payload);
  }
  return payload;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

fhir::Result<Journal> Journal::open(const std::string& folder, const std::string& run) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fhir::fault(fhir::Kind::internal, folder, "cannot be made: " + error.message());
  const std::string run_file = folder + "/" + run_name;
  if (fs::exists(run_file, error)) {
    if (content_of(run_file) != run) {
      return fhir::fault(
          fhir::Kind::bad_input, folder,
          "is the state of another run (other inputs, knowledge or settings): remove it to start afresh");
    }
  } else {
    std::ofstream file(run_file, std::ios::binary);
    file << run;
    if (!file.flush()) return fhir::fault(fhir::Kind::internal, run_file, "cannot be written");
  }
  Journal journal;
  journal.folder_ = folder;
  return journal;
}

bool Journal::take(std::string_view payload, fhir::SharedTexts& texts, Sifted& sifted) {
  const auto file = static_cast<std::uint32_t>(fhir::take_number(payload));
  const std::uint64_t begin = fhir::take_number(payload);
  const std::uint64_t end = fhir::take_number(payload);
  const std::uint64_t next_line = fhir::take_number(payload);
  for (auto* number : members_of(sifted.counts)) *number = fhir::take_number(payload);
  for (auto left = fhir::take_number(payload); left > 0 && !payload.empty(); --left) {
    const std::uint64_t line = fhir::take_number(payload);
    sifted.faults.push_back({file, line, std::string(take_text(payload))});
  }
  for (auto left = fhir::take_number(payload); left > 0 && !payload.empty(); --left) {
    KeptResource kept;
    kept.owner.kind = static_cast<fhir::Owner::Kind>(fhir::take_number(payload));
    kept.owner.key = take_text(payload);
    const auto document = fhir::read_document(std::string(take_text(payload)));
    if (!document) return false;
    kept.condensed = fhir::condense(document->root(), texts);
    sifted.kept.push_back(std::move(kept));
  }
  done_[{file, begin}] = {end, next_line};
  return true;
}

void Journal::replay(fhir::SharedTexts& texts, const std::function<void(Sifted&&)>& action) {
  const std::string path = folder_ + "/" + blocks_name;
  std::uint64_t sound = 0;  // bytes that hold whole records
  {
    std::ifstream file(path, std::ios::binary);
    std::array<char, head_bytes> head{};
    std::string payload;
    std::error_code ignored;
    const auto size = fs::file_size(path, ignored);
    while (!ignored && file.read(head.data(), head_bytes)) {
      const std::uint64_t length = fixed_at(head.data());
      if (length > size - sound - head_bytes) break;
      payload.resize(length);
      if (!file.read(payload.data(), static_cast<std::streamsize>(length))) break;
      if (checksum_of(payload) != fixed_at(head.data() + 8)) break;
      Sifted sifted;
      if (!take(payload, texts, sifted)) break;
      action(std::move(sifted));
      sound += head_bytes + length;
    }
  }
  std::error_code error;
  // What was cut off in the middle of writing goes.
  if (fs::exists(path, error)) fs::resize_file(path, sound, error);
  pen_->file.open(path, std::ios::binary | std::ios::app);
  if (!pen_->file) pen_->fault = "cannot be written";
}

void Journal::write(const LineBlock& block, const Sifted& sifted, const fhir::SharedTexts& texts) {
  const auto payload = payload_of(block, sifted, texts);
  std::string record;
  append_fixed(payload.size(), record);
  append_fixed(checksum_of(payload), record);
  record += payload;
  const std::lock_guard lock(pen_->mutex);
  if (!pen_->fault.empty()) return;
  errno = 0;
  pen_->file.write(record.data(), static_cast<std::streamsize>(record.size()));
  if (!pen_->file.flush()) {
    pen_->fault = "cannot be written: " + std::error_code(errno, std::generic_category()).message();
  }
}

bool Journal::is_done(const LineBlock& block) const {
  const auto found = done_.find({block.file, block.begin});
  return found != done_.end() && found->second.end == block.end;
}

void Journal::pass_over_done(std::uint32_t file, LineReader& reader) const {
  Done last;
  for (auto found = done_.find({file, 0}); found != done_.end(); found = done_.find({file, last.end})) {
    if (found->second.end <= last.end) break;
    last = found->second;
  }
  if (last.end > 0) reader.skip_to(last.end, last.next_line);
}

std::string Journal::fault() const {
  const std::lock_guard lock(pen_->mutex);
  return pen_->fault;
}

void Journal::remove() {
  pen_->file.close();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace server
