#include "server/site_key.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "server/state_folder.h"

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t key_characters_min = 32;

tl::unexpected<fhir::Error> trouble(const std::string& path, std::string what) {
  return fhir::fault(Kind::internal, path, std::move(what));
}

std::string reason_of_system() {
  return std::error_code(errno, std::generic_category()).message();
}

Result<std::string> read_key(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string key;
  if (!std::getline(file, key)) return trouble(path, "cannot be read");
  while (!key.empty() && (key.back() == '\r' || key.back() == ' ')) key.pop_back();
  if (key.size() < key_characters_min) return trouble(path, "is too short for a key: it needs 32 characters");
  return key;
}

Result<std::string> random_key(const std::string& path) {
  std::array<unsigned char, key_bytes> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return trouble(path, "cannot be made: " + reason_of_system());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string key;
  for (const unsigned char byte : bytes) {
    key += digits[byte >> 4];
    key += digits[byte & 15];
  }
  return key;
}

bool written_to_disk(int file, const std::string& text) {
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return whole && ::fsync(file) == 0;
}

/// Written aside and then linked: nobody ever reads half a key, and of two programs that start together one wins.
Result<void> make_key(const std::string& path) {
  auto key = random_key(path);
  if (!key) return tl::unexpected(key.error());
  if (auto made = make_folder_of(path); !made) return made;
  std::string aside = path + ".XXXXXX";
  const int file = ::mkostemp(aside.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return trouble(path, "cannot be made: " + reason_of_system());
  const bool written = written_to_disk(file, *key + "\n");
  ::close(file);
  const bool linked = written && (::link(aside.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const std::string reason = reason_of_system();
  ::unlink(aside.c_str());
  if (!linked) return trouble(path, "cannot be made: " + reason);
  return {};
}

}  // namespace

Result<std::string> site_key(const std::string& path) {
  if (path.empty()) return trouble("store.patient_key_file", "is not set, and this user has no home folder");
  if (::access(path.c_str(), F_OK) != 0) {
    if (auto made = make_key(path); !made) return tl::unexpected(made.error());
  }
  return read_key(path);
}

}  // namespace server
