#include "server/supervisor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>

#include "tests/server/database.h"
#include "tests/server/program.h"

namespace {

/// What a service is told to, in place of systemd.
class Ear {
 public:
  Ear() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path(), address.sun_path);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;
  ~Ear() { ::close(socket_); }

  [[nodiscard]] std::string path() const { return folder_.path() + "/notify"; }
  /// The next thing that is said; empty when nothing is for long.
  [[nodiscard]] std::string hear(int flags = 0) const {
    std::array<char, 256> text{};
    const auto size = ::recv(socket_, text.data(), text.size(), flags);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
  }

 private:
  test::TemporaryFolder folder_;
  int socket_;
};

}  // namespace

TEST(Supervisor, HearsThatTheProgramIsReadyLivesAndEnds) {
  const Ear ear;
  test::Program program({"NOTIFY_SOCKET=" + ear.path(), "WATCHDOG_USEC=300000"});
  EXPECT_EQ(ear.hear(), "READY=1");
  EXPECT_EQ(ear.hear(), "WATCHDOG=1");
  EXPECT_EQ(ear.hear(), "WATCHDOG=1");
  program.signal(SIGTERM);
  std::string last;
  while (last != "STOPPING=1") {
    last = ear.hear();
    ASSERT_TRUE(last == "WATCHDOG=1" || last == "STOPPING=1") << last;
  }
  EXPECT_EQ(program.wait(std::chrono::seconds(20)), 0);
}

TEST(Supervisor, HearsNothingOfAProgramThatHangs) {
  const Ear ear;
  ::setenv("NOTIFY_SOCKET", ear.path().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "3000", 1);
  std::atomic<int> asked = 0;
  {
    server::Supervisor supervisor;
    supervisor.ready([&](std::chrono::milliseconds) { return ++asked < 0; });
    while (asked < 3) ::usleep(1000);
  }
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_EQ(ear.hear(), "READY=1");
  EXPECT_EQ(ear.hear(), "STOPPING=1");
}

TEST(Supervisor, OfAnotherProgramIsNotTold) {
  const Ear ear;
  test::Program program({"NOTIFY_SOCKET=" + ear.path(), "WATCHDOG_USEC=3000", "WATCHDOG_PID=1"});
  EXPECT_EQ(ear.hear(), "READY=1");
  EXPECT_EQ(program.stop(), 0);
  EXPECT_EQ(ear.hear(), "STOPPING=1");
}
