#include "server/replay.h"

namespace server {

fhir::Result<bool> MemoryReplayStore::first_seen(const std::string& iss, const std::string& jti, std::int64_t expires,
                                                 std::int64_t now) {
  const std::lock_guard lock(mutex_);
  while (!by_expiry_.empty() && by_expiry_.begin()->first < now) {
    tokens_.erase(tokens_.find(*by_expiry_.begin()->second));
    by_expiry_.erase(by_expiry_.begin());
  }
  // Neither text can hold a line feed in a way that makes two pairs one: the first is of the configuration.
  const std::string token = iss + '\n' + jti;
  if (tokens_.contains(token)) return false;
  if (tokens_.size() >= tokens_max_)
    return fault(fhir::Kind::busy, "", "more tokens are in use than can be remembered");
  const auto [place, is_new] = tokens_.emplace(token, by_expiry_.end());
  place->second = by_expiry_.emplace(expires, &place->first);
  return is_new;
}

}  // namespace server
