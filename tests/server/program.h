#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace test {

/// What a finished program left behind.
struct Finished {
  int status = -1;  ///< exit status; 128 + signal when a signal ended it; -1 when it did not end in time
  std::string output;
  std::string errors;
};

/// Runs the real program to its end.
[[nodiscard]] Finished run(const std::vector<std::string>& words, const std::string& input = {},
                           const std::vector<std::string>& environment = {});

/// Among the words of a Program: it takes the day from its clock.
inline constexpr const char* by_the_clock = "by the clock";

/// The real program serving on a free port of the loopback unless `words` say which, on 2026-06-15. Killed when it goes
/// out of scope.
class Program {
 public:
  explicit Program(const std::vector<std::string>& environment = {}, const std::vector<std::string>& words = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t id() const { return id_; }
  /// The SQLite file that it uses unless its environment says otherwise; removed with it.
  [[nodiscard]] std::string store_file() const;
  [[nodiscard]] bool alive() const;
  /// Memory in use (VmRSS).
  [[nodiscard]] std::size_t resident_bytes() const;
  /// Everything on standard error so far.
  [[nodiscard]] std::string log() const;
  /// Whether these words come to stand there, now or within ten seconds.
  [[nodiscard]] bool comes_to_say(const std::string& words) const;

  void signal(int number) const;
  /// The exit status once it ends; -1 when it does not within the time.
  int wait(std::chrono::milliseconds time);
  /// SIGTERM, then the end.
  int stop();

 private:
  pid_t id_ = -1;
  int output_ = -1;
  int port_ = 0;
  std::string log_file_;
  std::optional<int> status_;
};

/// One program for all tests that leave it as they found it.
[[nodiscard]] Program& shared_program();

}  // namespace test
