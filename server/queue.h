#pragma once

#include <utility>  // must precede asio/awaitable.hpp of Boost 1.74

#include <boost/asio.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "server/caller.h"
#include "server/http.h"

namespace server {

namespace asio = boost::asio;

/// Threads, and how many requests they have got and not yet given back, of whom: of the places, one caller may take
/// three quarters and one tenant half.
class Queue {
 public:
  /// Beyond `requests_most` callers hear 503.
  void open(std::size_t threads_most, std::size_t requests_most);
  /// Takes a place for a request of this caller; false when there is none, or none for this caller.
  [[nodiscard]] bool enter(const Caller& caller);
  /// Runs the work there, and gives back the place that was taken.
  asio::awaitable<Answer> run(asio::awaitable<Answer> work, const Caller& caller);
  /// The same for what no request waits for.
  void post(std::function<void()> work);
  /// Waits until nothing is done there any more.
  void join();

 private:
  void start();
  void leave(const Caller& caller);

  std::optional<asio::thread_pool> threads_;  ///< there from the first request that needs them
  std::once_flag first_;
  std::size_t threads_count_ = 1;
  std::size_t requests_max_ = 0;
  std::mutex mutex_;  ///< for the two below
  std::size_t requests_ = 0;
  std::map<std::string, std::size_t, std::less<>> requests_of_;
};

}  // namespace server
