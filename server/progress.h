#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <ostream>

namespace server {

/// Tells how far a long run is: a bar on a terminal, a plain line every ten seconds elsewhere. Threads share one.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// Tells at most once in every `pause`.
  Progress(std::ostream& out, bool terminal, std::uint64_t total_bytes, Clock::duration pause);
  Progress(std::ostream& out, bool terminal, std::uint64_t total_bytes);

  /// So many bytes more are read.
  void add(std::uint64_t bytes);
  /// So many people more are judged, of so many: what comes after reading.
  void add_people(std::uint64_t people, std::uint64_t of);
  /// Clears the bar away.
  void finish();

 private:
  void tell();
  void print(Clock::time_point now);

  std::ostream& out_;
  bool terminal_;
  Clock::duration pause_;
  std::uint64_t total_;
  bool judging_ = false;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point told_ = began_;
};

}  // namespace server
