#include "server/audit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <system_error>
#include <utility>

#include "fhir/json.h"

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

constexpr mode_t owner_only = 0600;

tl::unexpected<fhir::Error> trouble(Kind kind, const std::string& file, const std::string& what) {
  const std::string reason = std::error_code(errno, std::generic_category()).message();
  return fhir::fault(kind, file, what + ": " + reason);
}

/// "2026-06-15T08:30:00.123Z", or without punctuation for names of files.
std::string time_in_words(const char* pattern, bool with_milliseconds) {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::string words(text.data(), std::strftime(text.data(), text.size(), pattern, &parts));
  if (!with_milliseconds) return words;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::snprintf(text.data(), text.size(), ".%03dZ", static_cast<int>(since));
  return words + text.data();
}

std::string line_of(const AuditEntry& entry) {
  fhir::JsonWriter writer;
  writer.begin_object().member("time", time_in_words("%Y-%m-%dT%H:%M:%S", true));
  writer.member("request_id", entry.request_id).member("trace_id", entry.trace_id);
  writer.member("route", entry.route).member("method", entry.method).name("status").integer(entry.status);
  for (const auto& [name, text] : {std::pair<std::string_view, std::string_view>{"service", entry.service},
                                   {"peer", entry.peer},
                                   {"issuer", entry.issuer},
                                   {"tenant", entry.tenant},
                                   {"jti", entry.token_id},
                                   {"refused", entry.refused},
                                   {"patient", entry.patient},
                                   {"outcome", entry.outcome}})
    if (!text.empty()) writer.member(name, text);
  if (!entry.outcome.empty()) {
    writer.name("topics").begin_array();
    for (const auto& topic : entry.topics) writer.text(topic);
    writer.end_array().member("knowledge", entry.knowledge);
  }
  return writer.end_object().take() + "\n";
}

}  // namespace

Result<Audit> Audit::open(AuditOptions options) {
  Audit audit(std::move(options));
  if (auto opened = audit.open_file(); !opened) return tl::unexpected(opened.error());
  return audit;
}

Audit::Audit(Audit&& other) noexcept
    : options_(std::move(other.options_)), descriptor_(std::exchange(other.descriptor_, -1)), bytes_(other.bytes_) {}

Audit::~Audit() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> Audit::open_file() {
  const int opened = ::open(options_.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, owner_only);
  struct stat state {};
  if (opened < 0 || ::fstat(opened, &state) != 0) {
    auto fault = trouble(Kind::bad_input, options_.file, "cannot be opened for the audit log");
    if (opened >= 0) ::close(opened);
    return fault;
  }
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = opened;
  bytes_ = static_cast<std::uint64_t>(state.st_size);
  return {};
}

/// Nothing is ever written over: a name that is taken gets a number.
Result<void> Audit::set_aside() {
  const std::string name = options_.file + "." + time_in_words("%Y%m%dT%H%M%SZ", false);
  std::string free = name;
  for (int number = 2; ::access(free.c_str(), F_OK) == 0; ++number) free = name + "-" + std::to_string(number);
  if (::rename(options_.file.c_str(), free.c_str()) != 0)
    return trouble(Kind::internal, options_.file, "cannot be set aside");
  return open_file();
}

Result<void> Audit::write(const AuditEntry& entry) {
  const std::string line = line_of(entry);
  const std::lock_guard lock(mutex_);
  if (options_.rotate_bytes > 0 && bytes_ > 0 && bytes_ + line.size() > options_.rotate_bytes) {
    // A file that cannot be set aside grows on: no entry is lost for it.
    if (const auto done = set_aside(); !done) bytes_ = 0;
  }
  const auto written = ::write(descriptor_, line.data(), line.size());
  if (written > 0) bytes_ += static_cast<std::uint64_t>(written);
  if (written == static_cast<ssize_t>(line.size())) return {};
  if (written >= 0) errno = ENOSPC;
  return trouble(Kind::internal, options_.file, "cannot be written to");
}

Result<void> Audit::reopen() {
  const std::lock_guard lock(mutex_);
  return open_file();
}

}  // namespace server
