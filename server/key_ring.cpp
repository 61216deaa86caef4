#include "server/key_ring.h"

#include <algorithm>

namespace server {

namespace {

/// Whether the time since `then` has passed; clocks that were set back do not stop anything.
bool passed(const std::optional<std::int64_t>& then, std::int64_t seconds, std::int64_t now) {
  return !then || now - *then >= seconds || now < *then;
}

}  // namespace

KeyRing::KeyRing(FetchKeys fetch, KeyTimes times, Told told)
    : fetch_(std::move(fetch)), times_(times), told_(std::move(told)) {}

fhir::Result<void> KeyRing::fill(std::int64_t now) {
  if (!may_fetch(Reason::age, now)) return {};
  return fetch(now);
}

bool KeyRing::has_keys() const {
  const std::lock_guard lock(mutex_);
  return !keys_.empty();
}

std::optional<PublicKey> KeyRing::find(const Token& token, std::int64_t now) {
  const bool renewed = may_fetch(Reason::age, now) && fetch(now).has_value();
  auto found = held(token, now);
  if (found || renewed || !may_fetch(Reason::unknown_key, now)) return found;
  (void)fetch(now);  // what went wrong was told; the token is judged by what is known
  return held(token, now);
}

/// Whether this thread shall fetch now; if so, nobody else will until it has.
bool KeyRing::may_fetch(Reason reason, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  auto& tried = reason == Reason::age ? tried_for_age_ : tried_for_key_;
  const bool due = reason == Reason::unknown_key || passed(filled_, times_.fresh, now);
  if (fetching_ || !due || !passed(tried, times_.between_fetches, now)) return false;
  tried = now;
  fetching_ = true;
  return true;
}

fhir::Result<void> KeyRing::fetch(std::int64_t now) {
  auto keys = fetch_().and_then([](std::string jwks) { return read_keys(std::move(jwks)); });
  fhir::Result<void> end;
  if (!keys) end = tl::unexpected(keys.error());
  {
    const std::lock_guard lock(mutex_);
    fetching_ = false;
    if (keys) take(std::move(*keys), now);
  }
  told_(end);
  return end;
}

void KeyRing::take(std::vector<PublicKey> keys, std::int64_t now) {
  filled_ = now;
  const auto is_replaced = [&](const Held& old) {
    return now - old.seen >= times_.fresh ||
           std::ranges::any_of(keys, [&](const PublicKey& key) { return key.id() == old.key.id(); });
  };
  std::erase_if(keys_, is_replaced);
  for (auto& key : keys) keys_.push_back({std::move(key), now});
}

std::optional<PublicKey> KeyRing::held(const Token& token, std::int64_t now) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, seen] : keys_) {
    if (key.id() != token.key_id || !key.suits(token.algorithm)) continue;
    // What the last set held is believed while its source is silent; what it no longer held, only while it is fresh.
    const auto believed_for = filled_ == seen ? std::max(times_.fresh, times_.stale) : times_.fresh;
    if (now - seen < believed_for) return key;
  }
  return std::nullopt;
}

}  // namespace server
