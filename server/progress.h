#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <ostream>

namespace server {

/// Tells how far a long run is: a bar on a terminal, a plain line every ten seconds elsewhere. Threads share one.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal, std::uint64_t total_bytes);

  /// So many bytes more are done.
  void add(std::uint64_t bytes);
  /// Clears the bar away.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void print(Clock::time_point now);

  std::ostream& out_;
  bool terminal_;
  std::uint64_t total_;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point told_ = began_;
};

}  // namespace server
