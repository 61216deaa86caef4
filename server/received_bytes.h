#pragma once

#include <cstdint>

namespace server {

/// What a socket receives, as the system counts it, whether anybody has read it or not. Only looks at the socket, so
/// that one which was closed in the meantime, and whose descriptor was given out again, comes to no harm.
class ReceivedBytes {
 public:
  ReceivedBytes() = default;
  /// Counts from now on.
  explicit ReceivedBytes(int descriptor);

  /// Bytes since; 0 when the socket is not there any more.
  [[nodiscard]] std::uint64_t count() const;

 private:
  [[nodiscard]] std::uint64_t total() const;

  int descriptor_ = -1;
  std::uint64_t cookie_ = 0;  ///< tells sockets apart that had the same descriptor
  std::uint64_t before_ = 0;
};

}  // namespace server
