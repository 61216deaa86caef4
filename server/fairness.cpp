#include "server/fairness.h"

#include <cmath>

namespace server {

namespace {

constexpr double half_life_seconds = 2;
constexpr double forgotten_seconds = 1e-4;                ///< of use; less is as if nobody had asked
constexpr std::chrono::milliseconds between_counts{100};  ///< the share changes slowly
constexpr double nearly = 0.99;                           ///< who is alone has exactly the share

}  // namespace

double Fairness::Use::now(TimePoint moment) const {
  const double age = std::chrono::duration<double>(moment - at).count();
  return seconds * std::exp2(-age / half_life_seconds);
}

void Fairness::worked(const std::string& client, double seconds, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (by_client_.size() >= clients_max && !by_client_.contains(client)) take_stock(now);
  const bool full = by_client_.size() >= clients_max && !by_client_.contains(client);
  auto& use = by_client_[full ? std::string() : client];
  use = {use.now(now) + seconds, now};
}

bool Fairness::has_had_its_share(const std::string& client, TimePoint now) {
  return shares_of(client, now) >= nearly;
}

double Fairness::shares_of(const std::string& client, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (now - counted_ > between_counts) take_stock(now);
  auto found = by_client_.find(client);
  if (found == by_client_.end()) found = by_client_.find(std::string_view());
  if (found == by_client_.end()) return 0;
  return share_ > 0 ? found->second.now(now) / share_ : 1;
}

void Fairness::take_stock(TimePoint now) {
  counted_ = now;
  double all = 0;
  for (auto one = by_client_.begin(); one != by_client_.end();) {
    const double use = one->second.now(now);
    all += use;
    one = use < forgotten_seconds ? by_client_.erase(one) : std::next(one);
  }
  share_ = by_client_.empty() ? 0 : all / static_cast<double>(by_client_.size());
}

}  // namespace server
