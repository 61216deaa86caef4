#include "server/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>

namespace server {

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

/// The patience of the supervisor, if it is with this very program that it has it.
std::chrono::milliseconds patience_of_environment() {
  const auto whose = variable("WATCHDOG_PID");
  if (!whose.empty() && whose != std::to_string(::getpid())) return {};
  const auto text = variable("WATCHDOG_USEC");
  long long microseconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), microseconds);
  return std::chrono::milliseconds(std::max(0LL, microseconds) / 1000);
}

}  // namespace

Supervisor::Supervisor() : socket_(variable("NOTIFY_SOCKET")), patience_(patience_of_environment()) {}

Supervisor::~Supervisor() {
  stopping();
}

void Supervisor::ready(Lives lives) {
  tell("READY=1");
  if (socket_.empty() || patience_ <= std::chrono::milliseconds(0)) return;
  thread_ = std::thread([this, lives = std::move(lives)] { watch(lives); });
}

void Supervisor::watch(const Lives& lives) {
  const auto third = std::max(std::chrono::milliseconds(1), patience_ / 3);
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, third, [this] { return stopping_; })) {
    lock.unlock();
    if (lives(third)) tell("WATCHDOG=1");
    lock.lock();
  }
}

void Supervisor::stopping() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  tell("STOPPING=1");
}

void Supervisor::tell(std::string_view state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::ranges::copy(socket_, address.sun_path);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // a name without a file
  const int channel = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (channel < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Whether it hears is its own affair: we have nobody else to tell.
  static_cast<void>(
      ::sendto(channel, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size));
  ::close(channel);
}

}  // namespace server
