#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

// A load that does not wait for answers: as of many clients who know nothing of each other.

namespace test {

/// What is to be sent, and from where; each request has a number, from 0.
struct Load {
  int port = 0;
  double per_second = 0;
  std::size_t requests = 0;
  std::function<std::string(std::size_t number)> make;
  /// An answer, whole, as it came over the wire.
  std::function<void(std::size_t number, int status, std::string_view text)> heard;
};

/// How it went.
struct Offered {
  std::size_t requests = 0;
  std::size_t unanswered = 0;  ///< the connection ended, or nothing came in a minute
  double seconds = 0;          ///< until the last was sent
  double longest_seconds = 0;  ///< of those that were answered 200
};

/// Sends at the given rate, over as many connections of 127.0.0.1 as there are requests without an answer (1,500 at the
/// most), and hears all the answers.
[[nodiscard]] Offered offer(const Load& load);

}  // namespace test
