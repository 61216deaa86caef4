#include "server/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <ctime>
#include <limits>
#include <new>
#include <stdexcept>

#include "server/framing.h"

// g++ 12 takes the frame allocation of Asio's coroutines for a mismatch of new and delete (GCC bug 109224).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace server {

namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 16U << 10U;          ///< per read while headers or small requests come
constexpr std::size_t chunk_read_bytes = 64U << 10U;    ///< per read of a chunked body
constexpr std::size_t first_body_bytes = 1U << 20U;     ///< memory given to a body on the strength of its length alone
constexpr std::size_t gathered_bytes_min = 32U << 10U;  ///< what is still to come of a body that is worth waiting for
constexpr std::size_t json_padding_bytes = 64;          ///< spare bytes behind a body, for simdjson
constexpr std::size_t surplus_connections_max = 256;    ///< connections over the limit that still hear 503
constexpr std::chrono::seconds surplus_time{1};         ///< for such a connection to say what it wants
constexpr std::chrono::seconds linger_time{5};
constexpr std::chrono::seconds linger_time_stopping{1};

/// What this thread has computed so far. Who waits for others uses nothing.
double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

asio::awaitable<Answer> answer_on_worker(Shared& shared, Request request, double& seconds) {
  const double before = thread_seconds();
  Answer answer = shared.handlers.answer(std::move(request));
  seconds += thread_seconds() - before;
  co_return answer;
}

asio::awaitable<Answer> finish_on_waiter(std::unique_ptr<Delayed> delayed, double& seconds) {
  const double before = thread_seconds();
  Answer answer = delayed->finish();
  seconds += thread_seconds() - before;
  co_return answer;
}

}  // namespace

const std::string& Loop::date_now() {
  const std::time_t now = std::time(nullptr);
  if (now == date_second) return date;
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  date.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
  date_second = now;
  return date;
}

Connection::Connection(tcp::socket socket, Tls tls, Loop& loop, Shared& shared)
    : stream_(std::move(socket), std::move(tls)),
      loop_(loop),
      shared_(shared),
      peer_(stream_.peer_address()),
      buffer_(std::max(shared.limits.header_bytes, chunk_read_bytes)),
      started_(SteadyClock::now()) {
  loop_.connections.insert(this);
  // From here on nothing throws: what was counted is given back by the destructor only.
  ++shared_.connections;
  admitted_ = admit();  // NOLINT(cppcoreguidelines-prefer-member-initializer): not before the line that may throw
  shared_.handlers.connections_changed_by(1);
}

Connection::~Connection() {
  give_back_body_bytes();
  loop_.connections.erase(this);
  --shared_.connections;
  if (admitted_) make_room();
  shared_.handlers.connections_changed_by(-1);
}

asio::awaitable<void> Connection::run() {
  if (!admitted_) co_return co_await turn_away();
  if (stream_.encrypted() && !co_await agree_on_keys()) co_return;
  while (co_await wait_for_request()) {
    Parser parser;
    if (const auto trouble = co_await read_head(parser)) co_return co_await refuse(*trouble, parser);
    Request request = request_so_far(parser);
    if (const auto trouble = co_await read_body(parser, request)) co_return co_await refuse(*trouble, parser);

    const bool with_body = request.method != "HEAD";
    const Response response = co_await answer(std::move(request));
    give_back_body_bytes();
    // Requests that were pipelined before the stop signal are still answered.
    const bool keep_alive = parser.keep_alive() && !(shared_.stopping && buffer_.size() == 0);
    if (!co_await write(response, keep_alive, with_body)) co_return;
    if (!keep_alive) co_return co_await linger();
  }
}

/// Takes a place among the connections of all, and among those of its client. Without memory there is none.
bool Connection::admit() noexcept try {
  const std::lock_guard lock(shared_.clients_mutex);
  auto& own = shared_.admitted_of[peer_];
  if (shared_.admitted < shared_.limits.connections && own < shared_.limits.connections_per_client) {
    ++own;
    ++shared_.admitted;
    return true;
  }
  if (own == 0) shared_.admitted_of.erase(peer_);
  return false;
} catch (const std::bad_alloc&) {
  return false;
}

void Connection::make_room() {
  const std::lock_guard lock(shared_.clients_mutex);
  const auto own = shared_.admitted_of.find(peer_);
  if (--own->second == 0) shared_.admitted_of.erase(own);
  --shared_.admitted;
}

/// Whoever asks how we are is answered even now; others hear 503, as long as there is room to say so.
asio::awaitable<void> Connection::turn_away() {
  const bool room = shared_.connections <= shared_.limits.connections + surplus_connections_max;
  if (!room || stream_.encrypted()) co_return;
  Parser parser;
  idle_ = true;
  set_deadline(started_ + surplus_time);
  const auto silent = co_await read_some(read_bytes);
  idle_ = false;
  started_ = SteadyClock::now();
  const auto trouble = silent ? silent : co_await read_head(parser);
  const Request request = request_so_far(parser);
  if (trouble || !request.target.starts_with("/health/") || request.method != "GET")
    co_return co_await refuse({503, "there are too many connections"}, parser);
  const Response response = co_await answer(request);
  if (co_await write(response, false, true)) co_await linger();
}

/// Who speaks something else, or shows no certificate where one is needed, is not answered in words.
asio::awaitable<bool> Connection::agree_on_keys() {
  error_code error;
  set_deadline(started_ + shared_.limits.header_time);
  idle_ = true;
  co_await stream_.handshake(error);
  idle_ = false;
  if (!error && !overdue_) co_return true;
  shared_.handlers.handshake_failed();
  if (!overdue_) co_await linger();
  co_return false;
}

asio::awaitable<bool> Connection::wait_for_request() {
  for (;;) {
    // An empty line before the request line is passed over (RFC 9112 section 2.2).
    while (buffer_.size() > 0 && (*static_cast<const char*>(buffer_.data().data()) == '\r' ||
                                  *static_cast<const char*>(buffer_.data().data()) == '\n'))
      buffer_.consume(1);
    if (buffer_.size() > 0) break;

    if (shared_.stopping && !stream_.has_unread()) co_return false;
    buffer_.shrink_to_fit();
    idle_ = true;
    set_deadline(SteadyClock::now() + shared_.limits.idle_time);
    const auto trouble = co_await read_some(read_bytes);
    idle_ = false;
    if (trouble || gone_) co_return false;
  }
  started_ = SteadyClock::now();
  co_return true;
}

asio::awaitable<Connection::Trouble> Connection::read_head(Parser& parser) {
  set_deadline(started_ + shared_.limits.header_time);
  parser.header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // lengths are judged below, with an answer
  while (!parser.is_header_done()) {
    error_code error;
    if (buffer_.size() > 0) {
      if (has_folded_field({static_cast<const char*>(buffer_.data().data()), buffer_.size()}))
        co_return Refusal{400, "a header field is folded over several lines"};
      try {
        buffer_.consume(parser.put(buffer_.data(), error));
      } catch (const std::length_error&) {  // Beast holds the length of a field in 16 bits
        co_return Refusal{431, "a header field is too large"};
      }
      if (error && error != http::error::need_more) co_return refusal_of_head(error);
      if (!error) continue;
    }
    if (buffer_.size() >= shared_.limits.header_bytes) co_return Refusal{431, "the header fields are too large"};
    if (auto trouble = co_await read_some(read_bytes)) co_return trouble;
  }
  co_return fault_in(parser.get());
}

asio::awaitable<Connection::Trouble> Connection::read_body(Parser& parser, Request& request) {
  set_deadline(started_ + shared_.limits.request_time);
  const auto length = parser.content_length();
  if (length && *length > shared_.limits.body_bytes) co_return Refusal{413, "the body is larger than is accepted here"};
  const bool has_body = parser.chunked() || (length && *length > 0);
  const bool asks = parser.get().version() >= 11 && parser.get().count(http::field::expect) > 0;
  if (has_body && asks && buffer_.size() == 0) co_await write_continue();
  if (parser.chunked()) co_return co_await read_chunks(parser, request.body);
  if (has_body) co_return co_await read_known_length(static_cast<std::size_t>(*length), request.body);
  co_return std::nullopt;
}

/// Straight into one string of the right size. What is large stays with the system until it is whole: bodies that come
/// at the same time are not all in our memory, and each is read in one go. The memory follows the bytes beyond the
/// first MiB, so that a length alone does not buy it.
asio::awaitable<Connection::Trouble> Connection::read_known_length(std::size_t length, std::string& body) {
  const std::size_t first = std::min(length, first_body_bytes);
  if (!take_body_bytes(first)) co_return Refusal{503, "there is no room for another body"};
  error_code error;
  bool gathered = first > buffer_.size() + gathered_bytes_min;
  if (gathered) co_await stream_.gather(first - buffer_.size(), error);
  if (error || overdue_) co_return trouble_of(error);
  std::size_t done = 0;
  while (done < length) {
    if (done == body.size()) {
      const std::size_t size = std::min(length, std::max(first_body_bytes, 2 * body.size()));
      if (!take_body_bytes(size)) co_return Refusal{503, "there is no room for another body"};
      body.reserve(size + json_padding_bytes);
      body.resize(size);
    }
    if (buffer_.size() > 0) {
      const std::size_t ready = std::min(buffer_.size(), body.size() - done);
      std::copy_n(static_cast<const char*>(buffer_.data().data()), ready, body.data() + done);
      buffer_.consume(ready);
      done += ready;
      continue;
    }
    const auto room = asio::buffer(body.data() + done, body.size() - done);
    // At once, before others whose bodies are whole too get memory for theirs.
    const std::size_t ready = gathered ? stream_.read_ready(room, error) : 0;
    gathered = ready > 0;
    done += ready;
    if (ready == 0 && !error) done += co_await stream_.read_some(room, error);
    if (error || overdue_) co_return trouble_of(error);
  }
  co_return std::nullopt;
}

asio::awaitable<Connection::Trouble> Connection::read_chunks(Parser& parser, std::string& body) {
  parser.body_limit(shared_.limits.body_bytes);
  while (!parser.is_done()) {
    error_code error;
    if (buffer_.size() > 0) {
      if (!take_body_bytes(parser.get().body().size() + buffer_.size()))
        co_return Refusal{503, "there is no room for another body"};
      buffer_.consume(parser.put(buffer_.data(), error));
      if (error && error != http::error::need_more) co_return refusal_of_chunks(error);
      if (!error) continue;
    }
    if (buffer_.size() >= shared_.limits.header_bytes) co_return Refusal{400, "the chunked body is malformed"};
    if (auto trouble = co_await read_some(chunk_read_bytes)) co_return trouble;
  }
  body = std::move(parser.get().body());
  body.reserve(body.size() + json_padding_bytes);
  co_return std::nullopt;
}

asio::awaitable<Connection::Trouble> Connection::read_some(std::size_t bytes_max) {
  error_code error;
  const std::size_t room = std::min(bytes_max, buffer_.max_size() - buffer_.size());
  const std::size_t count = co_await stream_.read_some(buffer_.prepare(room), error);
  buffer_.commit(count);
  if (error || overdue_) co_return trouble_of(error);
  co_return std::nullopt;
}

Connection::Trouble Connection::trouble_of(const error_code& error) const {
  if (overdue_) return Refusal{408, "the request did not arrive in time"};
  if (error == asio::error::eof) return Refusal{400, "the request ended before it was complete"};
  return Refusal{0, "the connection is broken"};
}

asio::awaitable<Response> Connection::answer(Request request) {
  set_deadline(SteadyClock::time_point::max());
  const Caller caller = shared_.handlers.caller_of ? shared_.handlers.caller_of(request)
                                                   : Caller{.address = request.peer, .issuer = {}, .tenant = {}};
  if (is_shed(request, caller))
    co_return shared_.handlers.refuse({503, "there are too many calls at the moment", true}, request);
  double seconds = 0;
  Response response = co_await work_on(std::move(request), caller, seconds);
  shared_.callers.worked(caller, response.status != 401, seconds, SteadyClock::now());
  co_return response;
}

/// Answers, and adds the time that was computed for it.
asio::awaitable<Response> Connection::work_on(Request request, const Caller& caller, double& seconds) {
  Answer answer;
  if (request.body.size() <= small_body_bytes_max) {
    const auto begun = SteadyClock::now();
    answer = shared_.handlers.answer(std::move(request));
    seconds += std::chrono::duration<double>(SteadyClock::now() - begun).count();
  } else {
    if (!shared_.working.enter(caller)) co_return shared_.handlers.refuse({503, "all workers are busy"}, request);
    answer = co_await shared_.working.run(answer_on_worker(shared_, std::move(request), seconds), caller);
  }
  while (auto* delayed = std::get_if<std::unique_ptr<Delayed>>(&answer)) {
    Queue& queue = shared_.waiting_for.at(static_cast<std::size_t>((*delayed)->waits_for()));
    if (!queue.enter(caller)) co_return (*delayed)->refuse({503, "too many requests wait already"});
    answer = co_await queue.run(finish_on_waiter(std::move(*delayed), seconds), caller);
  }
  co_return std::get<Response>(std::move(answer));
}

/// Beyond our strength it is those who ask for most who hear so, and at once: an answer that comes too late costs as
/// much as one in time, and helps nobody.
bool Connection::is_shed(const Request& request, const Caller& caller) {
  if (loop_.accepted_part >= 1) return false;
  if (!shared_.handlers.may_be_shed || !shared_.handlers.may_be_shed(request)) return false;
  return shared_.callers.has_had_its_share(caller, SteadyClock::now()) && !loop_.has_time_for_one();
}

asio::awaitable<bool> Connection::write(const Response& response, bool keep_alive, bool with_body) {
  set_deadline(SteadyClock::now() + shared_.limits.request_time);
  std::string_view body;
  if (with_body && response.status != 204) body = response.body;
  error_code error;
  co_await stream_.write(head_of(response, keep_alive, loop_.date_now()), body, error);
  co_return !error && !overdue_;
}

asio::awaitable<void> Connection::write_continue() {
  constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code ignored;
  co_await stream_.write(std::string(text), {}, ignored);
}

asio::awaitable<void> Connection::refuse(const Refusal& refusal, Parser& parser) {
  if (refusal.status == 0) co_return;
  overdue_ = false;
  const Request request = request_so_far(parser);
  const Response response = shared_.handlers.refuse(refusal, request);
  if (co_await write(response, false, request.method != "HEAD")) co_await linger();
}

/// A socket that is closed while the other end still sends is reset, and the answer is lost with it. So our direction
/// ends first, and what still comes is thrown away for a while.
asio::awaitable<void> Connection::linger() {
  error_code error;
  lingering_ = true;
  set_deadline(SteadyClock::now() + (shared_.stopping ? linger_time_stopping : linger_time));
  co_await stream_.finish_writing();
  buffer_.consume(buffer_.size());
  while (!error && !overdue_) co_await stream_.discard_some(buffer_.prepare(chunk_read_bytes), error);
}

Request Connection::request_so_far(const Parser& parser) const {
  Request request = request_of(parser.get());
  request.peer = address_of_client(parser);
  request.started = started_;
  return request;
}

std::string Connection::address_of_client(const Parser& parser) const {
  if (!shared_.forwarded_for) return peer_;
  const auto told = forwarded_for(parser.get());
  return told.empty() ? peer_ : told;
}

/// Makes the share of this request in the memory for bodies `bytes` large, or leaves it when there is no room.
bool Connection::take_body_bytes(std::size_t bytes) {
  if (bytes <= body_bytes_taken_) return true;
  const std::size_t more = bytes - body_bytes_taken_;
  if (shared_.bodies_in_flight_bytes.fetch_add(more) + more > shared_.limits.bodies_in_flight_bytes) {
    shared_.bodies_in_flight_bytes -= more;
    return false;
  }
  body_bytes_taken_ = bytes;
  return true;
}

void Connection::give_back_body_bytes() {
  shared_.bodies_in_flight_bytes -= body_bytes_taken_;
  body_bytes_taken_ = 0;
}

void Connection::set_deadline(SteadyClock::time_point deadline) {
  deadline_ = deadline;
}

void Connection::end_if_overdue(SteadyClock::time_point now) {
  if (now < deadline_) return;
  overdue_ = true;
  deadline_ = SteadyClock::time_point::max();
  stream_.cancel();
}

void Connection::end_if_idle() {
  if (lingering_) deadline_ = std::min(deadline_, SteadyClock::now() + linger_time_stopping);
  if (!idle_ || stream_.has_unread()) return;
  end_if_overdue(SteadyClock::time_point::max());
}

void Connection::abort() {
  overdue_ = true;
  stream_.close();
}

}  // namespace server
