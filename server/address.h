#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace server {

/// Where an IP address leads. Addresses that carry another one inside (IPv4-mapped, NAT64, 6to4) are judged by that.
enum class AddressKind {
  global,           ///< the public internet
  private_network,  ///< RFC 1918, RFC 6598 (CGNAT), RFC 4193
  loopback,
  unsafe,  ///< link-local (where cloud metadata lives), multicast, unspecified, reserved, and what is no address
};

/// Judges an address as text: "192.0.2.1", "2001:db8::1".
[[nodiscard]] AddressKind kind_of_address(std::string_view address);

/// Whether the text is an IP address in its usual form; brackets are not part of it.
[[nodiscard]] bool is_ip_address(std::string_view text);

/// Which addresses a connection may go to.
enum class Reach {
  public_addresses,  ///< the internet only
  loopback,          ///< this machine only
  listed,            ///< the operator named the origin: private networks and the loopback as well
};

/// Whether a host with these addresses may be connected to: every one of them has to be within reach, and they must
/// not be public and private at once, which is how a name is turned against its owner. A host that was listed as a
/// literal address is what it is.
[[nodiscard]] bool are_within(Reach reach, std::string_view host, const std::vector<std::string>& addresses);

}  // namespace server
