#include "server/stored_replay.h"

namespace server {

namespace {

constexpr std::chrono::seconds pause_between_tries{5};
/// Of a service call. A token that is judged without the database may have been used at another instance.
constexpr std::chrono::seconds patience{2};

}  // namespace

StoredReplayStore::StoredReplayStore(StorePlace place, std::function<void(bool)> told)
    : place_(std::move(place)), told_(std::move(told)) {
  place_.patience = patience;
}

fhir::Result<bool> StoredReplayStore::first_seen(const std::string& iss, const std::string& jti, std::int64_t expires,
                                                 std::int64_t now) {
  const auto here = own_.first_seen(iss, jti, expires, now);
  if (!here || !*here) return here;
  return ask(iss, jti, expires, now).value_or(true);
}

std::optional<bool> StoredReplayStore::ask(const std::string& iss, const std::string& jti, std::int64_t expires,
                                           std::int64_t now) {
  const std::lock_guard lock(mutex_);
  if (!store_) {
    if (std::chrono::steady_clock::now() < next_try_) return std::nullopt;
    auto opened = Store::open(place_);
    if (opened) store_.emplace(std::move(*opened));
  }
  if (store_) {
    if (const auto first = store_->first_seen(iss, jti, expires, now)) {
      tell(true);
      return *first;
    }
  }
  store_.reset();
  next_try_ = std::chrono::steady_clock::now() + pause_between_tries;
  tell(false);
  return std::nullopt;
}

void StoredReplayStore::tell(bool answers) {
  if (answers_ == answers) return;
  answers_ = answers;
  told_(answers);
}

}  // namespace server
