#include "server/address.h"

#include <arpa/inet.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace server {

namespace {

using V4 = std::uint32_t;                 ///< in the order of the host
using V6 = std::array<std::uint8_t, 16>;  ///< in the order of the network

struct V4Range {
  V4 prefix;
  unsigned bits;
  AddressKind kind;
};

constexpr V4 v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24U | b << 16U | c << 8U | d;
}

/// The IANA registry of special-purpose IPv4 addresses (RFC 6890 and updates), and multicast.
constexpr std::array<V4Range, 17> special_v4{{
    {v4(0, 0, 0, 0), 8, AddressKind::unsafe},
    {v4(10, 0, 0, 0), 8, AddressKind::private_network},
    {v4(100, 64, 0, 0), 10, AddressKind::private_network},
    {v4(127, 0, 0, 0), 8, AddressKind::loopback},
    {v4(169, 254, 0, 0), 16, AddressKind::unsafe},
    {v4(172, 16, 0, 0), 12, AddressKind::private_network},
    {v4(192, 0, 0, 0), 24, AddressKind::unsafe},
    {v4(192, 0, 2, 0), 24, AddressKind::unsafe},
    {v4(192, 31, 196, 0), 24, AddressKind::unsafe},
    {v4(192, 52, 193, 0), 24, AddressKind::unsafe},
    {v4(192, 88, 99, 0), 24, AddressKind::unsafe},
    {v4(192, 168, 0, 0), 16, AddressKind::private_network},
    {v4(192, 175, 48, 0), 24, AddressKind::unsafe},
    {v4(198, 18, 0, 0), 15, AddressKind::unsafe},
    {v4(198, 51, 100, 0), 24, AddressKind::unsafe},
    {v4(203, 0, 113, 0), 24, AddressKind::unsafe},
    {v4(224, 0, 0, 0), 3, AddressKind::unsafe},
}};

AddressKind kind_of(V4 address) {
  for (const auto& range : special_v4)
    if (address >> (32 - range.bits) == range.prefix >> (32 - range.bits)) return range.kind;
  return AddressKind::global;
}

bool begins_with(const V6& address, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

/// The IPv4 address that an IPv6 address stands for.
std::optional<V4> carried_by(const V6& address) {
  const auto at = [&](std::size_t i) { return v4(address[i], address[i + 1], address[i + 2], address[i + 3]); };
  if (begins_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return at(12);     // mapped
  if (begins_with(address, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return at(12);  // NAT64, RFC 6052
  if (begins_with(address, {0x20, 0x02})) return at(2);                                    // 6to4
  return std::nullopt;
}

AddressKind kind_of(const V6& address) {
  V6 loopback{};
  loopback[15] = 1;
  if (address == loopback) return AddressKind::loopback;
  if (const auto inner = carried_by(address)) return kind_of(*inner);
  if ((address[0] & 0xFEU) == 0xFC) return AddressKind::private_network;
  if ((address[0] & 0xE0U) != 0x20) return AddressKind::unsafe;                          // only 2000::/3 is handed out
  if (begins_with(address, {0x20, 0x01}) && address[2] < 2) return AddressKind::unsafe;  // 2001::/23, Teredo too
  if (begins_with(address, {0x20, 0x01, 0x0D, 0xB8})) return AddressKind::unsafe;
  if (begins_with(address, {0x3F, 0xFF}) && address[2] < 0x10) return AddressKind::unsafe;
  return AddressKind::global;
}

bool is_allowed(Reach reach, AddressKind kind) {
  switch (reach) {
    case Reach::public_addresses:
      return kind == AddressKind::global;
    case Reach::loopback:
      return kind == AddressKind::loopback;
    case Reach::listed:
      return kind != AddressKind::unsafe;
  }
  return false;
}

}  // namespace

AddressKind kind_of_address(std::string_view address) {
  const std::string text(address);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return kind_of(ntohl(four.s_addr));
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return AddressKind::unsafe;
  V6 bytes{};
  std::memcpy(bytes.data(), &six, bytes.size());
  return kind_of(bytes);
}

bool is_ip_address(std::string_view text) {
  const std::string copy(text);
  std::array<std::uint8_t, 16> ignored{};
  return inet_pton(AF_INET, copy.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), ignored.data()) == 1;
}

bool are_within(Reach reach, std::string_view host, const std::vector<std::string>& addresses) {
  if (addresses.empty()) return false;
  if (reach == Reach::listed && is_ip_address(host)) return true;
  const auto is_global = [](const std::string& one) { return kind_of_address(one) == AddressKind::global; };
  const auto global = std::ranges::count_if(addresses, is_global);
  return (global == 0 || global == std::ssize(addresses)) &&
         std::ranges::all_of(addresses, [&](const auto& one) { return is_allowed(reach, kind_of_address(one)); });
}

}  // namespace server
