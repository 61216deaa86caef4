#include "server/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <optional>
#include <thread>

#include "server/address.h"

namespace server {

namespace {

/// Names that are kept; beyond, the table starts afresh.
constexpr std::size_t names_max = 256;

std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* place = address.sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return inet_ntop(address.sa_family, place, text.data(), text.size()) ? text.data() : "";
}

}  // namespace

std::vector<std::string> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    auto text = text_of(*one->ai_addr);
    if (std::ranges::find(addresses, text) == addresses.end()) addresses.push_back(std::move(text));
  }
  return addresses;
}

/// Shared by those who wait and the thread that looks up, which may outlive all of them.
struct Resolver::Answer {
  std::mutex mutex;
  std::condition_variable arrived;
  std::optional<std::vector<std::string>> addresses;
  Clock::time_point good_until = Clock::time_point::max();
};

Resolver::Resolver(NameLookup lookup, Clock::duration lifetime) : lookup_(std::move(lookup)), lifetime_(lifetime) {}

std::shared_ptr<Resolver::Answer> Resolver::current(const std::string& host) {
  const std::lock_guard lock(mutex_);
  auto& answer = answers_[host];
  if (answer) {
    const std::lock_guard answer_lock(answer->mutex);
    if (Clock::now() < answer->good_until) return answer;
  }
  if (answers_.size() > names_max) answers_.clear();
  auto fresh = std::make_shared<Answer>();
  answers_[host] = fresh;
  std::thread([fresh, host, lookup = lookup_, lifetime = lifetime_] {
    auto addresses = lookup(host);
    const std::lock_guard fresh_lock(fresh->mutex);
    fresh->good_until = Clock::now() + lifetime;
    fresh->addresses = std::move(addresses);
    fresh->arrived.notify_all();
  }).detach();
  return fresh;
}

fhir::Result<std::vector<std::string>> Resolver::resolve(const std::string& host, Clock::time_point deadline) {
  if (is_ip_address(host)) return std::vector<std::string>{host};
  const auto answer = current(host);
  std::unique_lock lock(answer->mutex);
  if (!answer->arrived.wait_until(lock, deadline, [&] { return answer->addresses.has_value(); }))
    return fault(fhir::Kind::timed_out, host, "was not resolved in time");
  if (answer->addresses->empty()) return fault(fhir::Kind::not_found, host, "has no address");
  return *answer->addresses;
}

}  // namespace server
