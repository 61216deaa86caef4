#include "server/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace server {

namespace {

namespace fs = std::filesystem;

/// Writes everything and waits until it is on the disk; the number of the error, or 0.
int write_to(const std::string& path, std::string_view text, bool regular) {
  // The findings are about patients: nobody but the owner reads them.
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  int error = 0;
  while (!text.empty() && error == 0) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && regular && ::fsync(file) != 0) error = errno;
  if (::close(file) != 0 && error == 0) error = errno;
  return error;
}

}  // namespace

fhir::Result<void> write_whole(const std::string& path, std::string_view text) {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  const bool regular = !fs::exists(status) || fs::is_regular_file(status);
  const std::string partial = regular ? path + ".partial" : path;
  int error = write_to(partial, text, regular);
  if (error == 0 && regular && ::rename(partial.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  if (regular) ::unlink(partial.c_str());
  return fhir::fault(fhir::Kind::internal, path,
                     "cannot be written: " + std::error_code(error, std::generic_category()).message());
}

}  // namespace server
