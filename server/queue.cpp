#include "server/queue.h"

#include <boost/asio/use_awaitable.hpp>

#include "server/listener.h"

// g++ 12 takes the frame allocation of Asio's coroutines for a mismatch of new and delete (GCC bug 109224).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace server {

void Queue::open(std::size_t threads_most, std::size_t requests_most) {
  threads_count_ = threads_most;
  requests_max_ = requests_most;
}

bool Queue::enter(const Caller& caller) {
  const std::lock_guard lock(mutex_);
  const auto has = [this](const std::string& name, std::size_t most) {
    const auto found = requests_of_.find(name);
    return found != requests_of_.end() && found->second >= most;
  };
  const bool known = !caller.issuer.empty() || !caller.address.empty();
  if (requests_ >= requests_max_) return false;
  if (known && has(name_of(caller), requests_max_ / 4 * one_of_all_quarters)) return false;
  if (!caller.tenant.empty() && has(tenant_name_of(caller), requests_max_ / 2)) return false;
  ++requests_;
  ++requests_of_[name_of(caller)];
  if (!caller.tenant.empty()) ++requests_of_[tenant_name_of(caller)];
  return true;
}

void Queue::leave(const Caller& caller) {
  const std::lock_guard lock(mutex_);
  const auto give_back = [this](const std::string& name) {
    const auto found = requests_of_.find(name);
    if (--found->second == 0) requests_of_.erase(found);
  };
  --requests_;
  give_back(name_of(caller));
  if (!caller.tenant.empty()) give_back(tenant_name_of(caller));
}

asio::awaitable<Answer> Queue::run(asio::awaitable<Answer> work, const Caller& caller) {
  start();
  Answer answer = co_await asio::co_spawn(*threads_, std::move(work), asio::use_awaitable);
  leave(caller);
  co_return answer;
}

void Queue::post(std::function<void()> work) {
  start();
  asio::post(*threads_, std::move(work));
}

void Queue::start() {
  std::call_once(first_, [this] { threads_.emplace(threads_count_); });
}

void Queue::join() {
  if (threads_) threads_->join();
}

}  // namespace server
