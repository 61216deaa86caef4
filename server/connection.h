#pragma once

#include <utility>  // must precede asio/awaitable.hpp of Boost 1.74

#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "server/caller.h"
#include "server/http.h"
#include "server/listener.h"
#include "server/queue.h"
#include "server/stream.h"

// One connection of the listener. With its neighbours that serve the network (tests/house_test.cpp names them) the only
// files that know Asio and Beast.

namespace server {

using SteadyClock = std::chrono::steady_clock;

class Connection;

/// What all connections share.
struct Shared {
  Limits limits;
  Handlers handlers;
  Queue working;                                   ///< on what takes long to compute
  std::array<Queue, waits_for_count> waiting_for;  ///< others, so that no thread which serves connections has to
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> bodies_in_flight_bytes = 0;
  Callers callers;
  bool forwarded_for = false;
  std::mutex clients_mutex;
  std::size_t admitted = 0;                                     ///< connections that are served
  std::map<std::string, std::size_t, std::less<>> admitted_of;  ///< by address
  std::atomic<bool> stopping = false;
  std::atomic<SteadyClock::time_point> drained_by = SteadyClock::time_point::max();
};

/// One I/O thread with the connections that live on it. Nothing in it is touched by another thread.
struct Loop {
  asio::io_context context{1};
  asio::steady_timer watch{context};
  SteadyClock::duration last_late{};  ///< how long what was ready had to wait
  double accepted_part = 1;           ///< of the calls of those who have had their share; follows the lag
  double accepted_rest = 0;           ///< what is left of it after whole calls
  std::set<Connection*> connections;
  std::string date;  ///< value of the Date header, renewed each second
  std::time_t date_second = 0;

  /// Serves a connection until it ends.
  asio::awaitable<void> serve(asio::ip::tcp::socket socket, Tls tls, Shared& shared);
  /// Sees how late it is, a moment after it should have been on time.
  void take_lag(SteadyClock::time_point now, std::chrono::milliseconds patience);
  /// Walks round the connections ten times a second and ends what is overdue. Ends when stopping and empty.
  asio::awaitable<void> keep_watch(Shared& shared);
  /// Closes the connections on which nothing has begun.
  void drain();
  /// Whether another call of somebody who has had the share finds time.
  [[nodiscard]] bool has_time_for_one();
  [[nodiscard]] const std::string& date_now();
};

/// Reads requests, has them answered, writes the answers, in order, until one side has had enough.
class Connection {
 public:
  Connection(asio::ip::tcp::socket socket, Tls tls, Loop& loop, Shared& shared);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  asio::awaitable<void> run();
  void end_if_overdue(SteadyClock::time_point now);
  void end_if_idle();
  void abort();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Trouble = std::optional<Refusal>;

  [[nodiscard]] bool admit() noexcept;
  void make_room();
  asio::awaitable<void> turn_away();
  asio::awaitable<bool> agree_on_keys();
  asio::awaitable<bool> wait_for_request();
  asio::awaitable<Trouble> read_head(Parser& parser);
  asio::awaitable<Trouble> read_body(Parser& parser, Request& request);
  asio::awaitable<Trouble> read_known_length(std::size_t length, std::string& body);
  asio::awaitable<Trouble> read_chunks(Parser& parser, std::string& body);
  asio::awaitable<Trouble> read_some(std::size_t bytes_max);
  asio::awaitable<Response> answer(Request request);
  asio::awaitable<Response> work_on(Request request, const Caller& caller, double& seconds);
  [[nodiscard]] bool is_shed(const Request& request, const Caller& caller);
  asio::awaitable<bool> write(const Response& response, bool keep_alive, bool with_body);
  asio::awaitable<void> write_continue();
  asio::awaitable<void> refuse(const Refusal& refusal, Parser& parser);
  asio::awaitable<void> linger();
  [[nodiscard]] Request request_so_far(const Parser& parser) const;
  [[nodiscard]] std::string address_of_client(const Parser& parser) const;
  [[nodiscard]] bool take_body_bytes(std::size_t bytes);
  void give_back_body_bytes();
  void set_deadline(SteadyClock::time_point deadline);
  [[nodiscard]] Trouble trouble_of(const boost::system::error_code& error) const;

  Stream stream_;
  Loop& loop_;
  Shared& shared_;
  std::string peer_;
  bool admitted_ = false;  ///< among those that are served; the others hear that there are too many
  boost::beast::flat_buffer buffer_;
  SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
  SteadyClock::time_point started_{};
  std::size_t body_bytes_taken_ = 0;
  bool overdue_ = false;
  bool idle_ = false;       ///< nothing of a next request has come
  bool lingering_ = false;  ///< answered for the last time; waiting for the other end to close
  bool gone_ = false;       ///< the other end is not there any more: no answer can reach it
};

}  // namespace server
