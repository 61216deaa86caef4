#include "server/outbound.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "server/line.h"

namespace server {

namespace {

using Clock = std::chrono::steady_clock;
using fhir::Kind;

constexpr std::chrono::milliseconds watch_interval{10};
constexpr std::chrono::seconds idle_time{20};         ///< that a line is kept unused
constexpr std::size_t idle_lines_max = 8;             ///< per server
constexpr std::size_t wire_slack_bytes = 64U << 10U;  ///< for headers and TLS, on top of a body

bool is_header_value(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

fhir::Error error_of(ExchangeFault fault) {
  switch (fault.kind) {
    case ExchangeFault::Kind::unreachable:
    case ExchangeFault::Kind::untrusted:
      return {Kind::not_found, "", std::move(fault.what)};
    case ExchangeFault::Kind::too_big:
      return {Kind::too_big, "", std::move(fault.what)};
    case ExchangeFault::Kind::broken:
      break;
  }
  return {Kind::bad_input, "", std::move(fault.what)};
}

}  // namespace

std::string OutboundResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

/// Shared with the lines' callbacks, which may come when the Outbound is gone.
struct Outbound::State : std::enable_shared_from_this<State> {
  struct InFlight {
    OutboundRequest request;
    Url url;
    std::vector<std::string> addresses;  ///< still to be tried, the current one first; one empty text with a proxy
    Done done;
    std::shared_ptr<Line> line;
    bool line_was_used = false;
  };
  struct IdleLine {
    std::shared_ptr<Line> line;
    Clock::time_point since;
  };
  struct Ended {
    Done done;
    fhir::Error error;
    std::shared_ptr<Line> line;
  };

  State(OutboundOptions all, Authorities trusted)
      : options(std::move(all)), authorities(std::move(trusted)), resolver(options.lookup) {}

  [[nodiscard]] fhir::Result<std::vector<std::string>> addresses_of(const OutboundRequest& request, const Url& url);
  void attempt(std::uint64_t id);
  void arrived(std::uint64_t id, Line::Result result);
  [[nodiscard]] std::shared_ptr<Line> line_for(const InFlight& exchange, bool& was_used);
  void keep(InFlight& exchange);
  [[nodiscard]] static std::string key_of(const InFlight& exchange);
  void watch();
  void end_what_is_overdue(std::vector<Ended>& ended);
  void drop_old_lines();
  void stop();

  OutboundOptions options;
  Authorities authorities;
  Resolver resolver;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint64_t, InFlight> exchanges;
  std::map<std::string, std::vector<IdleLine>> idle;
  std::uint64_t next_id = 0;
  bool stopping = false;
  std::thread watcher;
};

fhir::Result<std::vector<std::string>> Outbound::State::addresses_of(const OutboundRequest& request, const Url& url) {
  if (!options.proxy.empty()) return std::vector<std::string>{""};
  auto addresses = resolver.resolve(url.host, request.deadline);
  if (!addresses)
    return addresses.error().kind == Kind::timed_out ? fault(Kind::timed_out, "", "timed out")
                                                     : fault(Kind::not_found, "", "has a name without an address");
  if (!are_within(request.reach, url.host, *addresses))
    return fault(Kind::not_allowed, "", "has an address that may not be connected to");
  return addresses;
}

std::string Outbound::State::key_of(const InFlight& exchange) {
  return exchange.url.origin() + " " + exchange.addresses.front();
}

std::shared_ptr<Line> Outbound::State::line_for(const InFlight& exchange, bool& was_used) {
  auto& lines = idle[key_of(exchange)];
  was_used = !lines.empty();
  if (was_used) {
    auto line = std::move(lines.back().line);
    lines.pop_back();
    return line;
  }
  return std::make_shared<Line>(LineEnd{exchange.url, exchange.addresses.front(), options.proxy}, authorities);
}

void Outbound::State::attempt(std::uint64_t id) try {
  std::shared_ptr<Line> line;
  OutboundRequest request;
  {
    const std::lock_guard lock(mutex);
    const auto found = exchanges.find(id);
    if (found == exchanges.end()) return;
    line = found->second.line = line_for(found->second, found->second.line_was_used);
    request = found->second.request;
  }
  line->send(request, [self = shared_from_this(), id](Line::Result result) { self->arrived(id, std::move(result)); });
} catch (const std::exception&) {
  arrived(id, tl::unexpected<ExchangeFault>({ExchangeFault::Kind::broken, "cannot be asked"}));
}

void Outbound::State::keep(InFlight& exchange) {
  auto& lines = idle[key_of(exchange)];
  if (exchange.line->can_be_kept() && lines.size() < idle_lines_max)
    lines.push_back({std::move(exchange.line), Clock::now()});
}

void Outbound::State::arrived(std::uint64_t id, Line::Result result) {
  InFlight ended;
  {
    const std::lock_guard lock(mutex);
    const auto found = exchanges.find(id);
    if (found == exchanges.end()) return;  // it was told that it is too late
    InFlight& exchange = found->second;
    const bool closed_meanwhile =
        !result && exchange.line_was_used && result.error().kind == ExchangeFault::Kind::broken;
    const bool elsewhere =
        !result && result.error().kind == ExchangeFault::Kind::unreachable && exchange.addresses.size() > 1;
    if (closed_meanwhile) idle.erase(key_of(exchange));
    if (elsewhere) exchange.addresses.erase(exchange.addresses.begin());
    if (!closed_meanwhile && !elsewhere) {
      if (result) keep(exchange);
      ended = std::move(exchange);
      exchanges.erase(found);
    }
  }
  if (!ended.done) return attempt(id);
  if (result)
    ended.done(std::move(*result));
  else
    ended.done(tl::unexpected<fhir::Error>(error_of(std::move(result.error()))));
}

/// Ends what took too long or became too much. Called with the lock; `ended` is told without it.
void Outbound::State::end_what_is_overdue(std::vector<Ended>& ended) {
  const auto now = Clock::now();
  std::size_t total = 0;
  for (auto at = exchanges.begin(); at != exchanges.end();) {
    InFlight& exchange = at->second;
    const auto bytes = exchange.line ? exchange.line->bytes_received() : 0;
    const auto bytes_max = exchange.request.bytes_max + exchange.request.bytes_max / 16 + wire_slack_bytes;
    total += bytes;
    std::optional<fhir::Error> error;
    if (stopping) error = {Kind::busy, "", "is not asked any more: this program stops"};
    if (now >= exchange.request.deadline) error = {Kind::timed_out, "", "timed out"};
    if (bytes > bytes_max) error = {Kind::too_big, "", "answered with more than is accepted"};
    if (bytes > 0 && total > options.bytes_in_flight_max)
      error = {Kind::busy, "", "was not heard to the end: too much is under way"};
    if (!error) {
      ++at;
      continue;
    }
    total -= bytes;
    ended.push_back({std::move(exchange.done), std::move(*error), std::move(exchange.line)});
    at = exchanges.erase(at);
  }
}

void Outbound::State::drop_old_lines() {
  const auto oldest = Clock::now() - idle_time;
  for (auto& [key, lines] : idle) std::erase_if(lines, [&](const IdleLine& one) { return one.since < oldest; });
  std::erase_if(idle, [](const auto& entry) { return entry.second.empty(); });
}

void Outbound::State::watch() {
  std::unique_lock lock(mutex);
  while (!stopping || !exchanges.empty()) {
    std::vector<Ended> ended;
    end_what_is_overdue(ended);
    drop_old_lines();
    if (!ended.empty()) {
      lock.unlock();
      for (auto& one : ended) {
        if (one.line) one.line->cancel();
        one.done(tl::unexpected<fhir::Error>(std::move(one.error)));
      }
      lock.lock();
      continue;
    }
    if (stopping) return;
    if (!exchanges.empty())
      changed.wait_for(lock, watch_interval);
    else if (!idle.empty())
      changed.wait_for(lock, idle_time);
    else
      changed.wait(lock);
  }
}

void Outbound::State::stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  watcher.join();
  idle.clear();
}

fhir::Result<Outbound> Outbound::make(OutboundOptions options) {
  if (!options.proxy.empty() && !read_url(options.proxy))
    return fault(Kind::bad_input, options.proxy, "is not the URL of a proxy");
  auto authorities = Authorities::read(options.ca_file);
  if (!authorities) return tl::unexpected<fhir::Error>(authorities.error());
  set_line_threads(options.threads);
  auto state = std::make_shared<State>(std::move(options), std::move(*authorities));
  state->watcher = std::thread([raw = state.get()] { raw->watch(); });
  return Outbound(std::move(state));
}

void Outbound::begin(OutboundRequest request, Done done) {
  const auto refuse = [&](fhir::Error error) { done(tl::unexpected<fhir::Error>(std::move(error))); };
  auto url = read_url(request.url);
  const bool clean = std::ranges::all_of(request.headers, [](const auto& header) {
    return is_header_value(header.first) && is_header_value(header.second);
  });
  if (!url || !clean) return refuse({Kind::bad_input, "", "cannot be asked: the request is malformed"});
  auto addresses = state_->addresses_of(request, *url);
  if (!addresses) return refuse(addresses.error());
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(state_->mutex);
    id = state_->next_id++;
    state_->exchanges.emplace(id, State::InFlight{.request = std::move(request),
                                                  .url = std::move(*url),
                                                  .addresses = std::move(*addresses),
                                                  .done = std::move(done),
                                                  .line = nullptr});
  }
  state_->changed.notify_all();
  state_->attempt(id);
}

fhir::Result<OutboundResponse> Outbound::exchange(OutboundRequest request) {
  std::promise<fhir::Result<OutboundResponse>> promise;
  begin(std::move(request), [&](fhir::Result<OutboundResponse> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

Outbound::Outbound(std::shared_ptr<State> state) : state_(std::move(state)) {}
Outbound::Outbound(Outbound&&) noexcept = default;
Outbound& Outbound::operator=(Outbound&&) noexcept = default;
Outbound::~Outbound() {
  if (state_) state_->stop();
}

}  // namespace server
