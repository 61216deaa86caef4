#include "server/state_folder.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

std::string home_of_user() {
  if (const char* home = std::getenv("HOME"); home && *home) return home;
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> room(16U << 10U);
  if (::getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found) != 0 || !found || !found->pw_dir) return {};
  return found->pw_dir;
}

}  // namespace

Result<std::string> state_folder() {
  // The XDG specification has relative paths ignored.
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state == '/') return std::string(state) + "/sir-cds";
  const std::string home = home_of_user();
  if (home.empty()) return fhir::fault(Kind::internal, "store.path", "is not set, and this user has no home folder");
  return home + "/.local/state/sir-cds";
}

Result<void> make_folder_of(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::exists(folder, error)) return {};
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fhir::fault(Kind::internal, folder.string(), "cannot be made: " + error.message());
  return {};
}

}  // namespace server
