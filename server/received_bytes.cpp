#include "server/received_bytes.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace server {

namespace {

std::uint64_t cookie_of(int descriptor) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

}  // namespace

ReceivedBytes::ReceivedBytes(int descriptor) : descriptor_(descriptor), cookie_(cookie_of(descriptor)) {
  before_ = total();
}

std::uint64_t ReceivedBytes::total() const {
  tcp_info state{};
  socklen_t size = sizeof state;
  if (descriptor_ < 0 || cookie_of(descriptor_) != cookie_) return 0;
  return getsockopt(descriptor_, IPPROTO_TCP, TCP_INFO, &state, &size) == 0 ? state.tcpi_bytes_received : 0;
}

std::uint64_t ReceivedBytes::count() const {
  const auto now = total();
  return now > before_ ? now - before_ : 0;
}

}  // namespace server
