#include "server/listener.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <future>
#include <thread>
#include <vector>

#include "server/connection.h"

namespace server {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds watch_interval{100};
constexpr std::chrono::milliseconds pause_after_accept_error{100};
constexpr std::size_t accepted_at_once_max = 64;  ///< before those that were accepted get a turn

std::size_t or_one_per_core(std::size_t count) {
  return count > 0 ? count : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

asio::awaitable<void> Loop::serve(tcp::socket socket, Tls tls, Shared& shared) {
  // What is thrown here is want of memory; it costs this connection and no other.
  try {
    Connection connection(std::move(socket), std::move(tls), *this, shared);
    if (watch.expiry() > SteadyClock::now() + watch_interval) watch.cancel();  // it slept for want of connections
    co_await connection.run();
  } catch (const std::exception&) {
  }
  if (shared.stopping && connections.empty()) watch.cancel();
}

asio::awaitable<void> Loop::keep_watch(Shared& shared) {
  while (!shared.stopping || !connections.empty()) {
    watch.expires_after(connections.empty() ? std::chrono::hours(24) : watch_interval);
    error_code ignored;
    co_await watch.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto now = SteadyClock::now();
    take_lag(now, shared.limits.shed_time);
    const bool too_late = now >= shared.drained_by.load();
    for (Connection* connection : connections) too_late ? connection->abort() : connection->end_if_overdue(now);
  }
}

/// The timer waits its turn like everything that is ready. One that was cancelled came early and says nothing. A single
/// stall is the machine's doing: what counts is the shorter of the last two waits. While they are too long, half as
/// many calls are taken from one look to the next; otherwise more again, half as many more each time.
void Loop::take_lag(SteadyClock::time_point now, std::chrono::milliseconds patience) {
  constexpr double least = 0.01;
  const SteadyClock::duration late = now >= watch.expiry() ? now - watch.expiry() : last_late;
  const SteadyClock::duration lag = std::min(late, last_late);
  last_late = connections.empty() ? SteadyClock::duration{} : late;
  if (lag >= patience && patience.count() > 0)
    accepted_part = std::max(least, accepted_part / 2);
  else
    accepted_part = connections.empty() ? 1 : std::min(1.0, accepted_part * 1.5);
}

bool Loop::has_time_for_one() {
  accepted_rest += accepted_part;
  if (accepted_rest < 1) return false;
  accepted_rest -= 1;
  return true;
}

void Loop::drain() {
  for (Connection* connection : connections) connection->end_if_idle();
  watch.cancel();
}

struct Listener::State {
  explicit State(const ListenerOptions& options)
      : workers(or_one_per_core(options.workers)), fhir_waiters(std::max<std::size_t>(1, options.waiters)) {
    shared.limits = options.limits;
    shared.forwarded_for = options.forwarded_for;
    for (std::size_t i = 0; i < or_one_per_core(options.io_threads); ++i) loops.push_back(std::make_unique<Loop>());
  }

  void open_queues();
  asio::awaitable<void> accept();
  void adopt(tcp::socket socket, Loop& loop);
  Loop& next_loop() { return *loops[turn++ % loops.size()]; }
  asio::awaitable<void> await_signals();
  asio::awaitable<void> await_hang_up();
  void begin_stop();
  error_code accept_the_waiting(std::size_t most);

  Shared shared;
  std::size_t workers;
  std::size_t fhir_waiters;
  std::vector<std::unique_ptr<Loop>> loops;
  std::size_t turn = 0;
  tcp::endpoint endpoint;
  std::optional<tcp::acceptor> acceptor;
  std::optional<asio::signal_set> signals;
  bool signals_done = false;  ///< touched by the first loop only
  std::optional<TlsFiles> tls_files;
  std::optional<asio::signal_set> hang_up;
  Tls tls;  ///< given to each new connection; touched by the first loop only
};

// Calls that ask FHIR servers were admitted before, and are as many as the threads.
void Listener::State::open_queues() {
  const auto queue_for = [this](WaitsFor whom) -> Queue& {
    return shared.waiting_for.at(static_cast<std::size_t>(whom));
  };
  shared.working.open(workers, waiting_per_thread_max * workers);
  queue_for(WaitsFor::issuer).open(waiters_per_kind, waiting_per_thread_max * waiters_per_kind);
  queue_for(WaitsFor::store).open(waiters_per_kind, waiting_per_thread_max * waiters_per_kind);
  queue_for(WaitsFor::fhir_server).open(fhir_waiters, waiting_per_thread_max * fhir_waiters);
}

asio::awaitable<void> Listener::State::accept() {
  asio::steady_timer pause(loops.front()->context);
  while (!shared.stopping) {
    Loop& loop = next_loop();
    tcp::socket socket(loop.context);
    error_code error;
    co_await acceptor->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      adopt(std::move(socket), loop);
      error = accept_the_waiting(accepted_at_once_max);
    }
    if (!error || error == asio::error::would_block || shared.stopping) continue;
    // Out of descriptors, most likely: connections that end will free some.
    pause.expires_after(pause_after_accept_error);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void Listener::State::adopt(tcp::socket socket, Loop& loop) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  asio::co_spawn(loop.context, loop.serve(std::move(socket), tls, shared), asio::detached);
}

asio::awaitable<void> Listener::State::await_signals() {
  while (!signals_done) {
    error_code error;
    co_await signals->async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (shared.stopping) shared.drained_by = SteadyClock::now();  // asked twice: at once
    begin_stop();
  }
}

asio::awaitable<void> Listener::State::await_hang_up() {
  while (!signals_done) {
    error_code error;
    co_await hang_up->async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    shared.working.post(shared.handlers.hung_up);
    if (!tls_files) continue;
    auto renewed = read_tls(*tls_files);
    shared.handlers.certificate_read(renewed.map([](const Tls&) {}));
    if (renewed) tls = std::move(*renewed);
  }
}

void Listener::State::begin_stop() {
  if (shared.stopping.exchange(true)) return;
  shared.drained_by = SteadyClock::now() + shared.limits.drain_time;
  // They may have sent their request already.
  error_code ignored;
  while (!accept_the_waiting(accepted_at_once_max)) {
  }
  acceptor->close(ignored);
  for (const auto& loop : loops) asio::post(loop->context, [&loop] { loop->drain(); });
}

/// Takes the connections that the kernel has accepted for us. One at a time would have each wait until all that came
/// before had their turn. Ends with what the last attempt said: nobody waits any more, mostly.
error_code Listener::State::accept_the_waiting(std::size_t most) {
  error_code error;
  for (std::size_t i = 0; i < most && !error; ++i) {
    Loop& loop = next_loop();
    tcp::socket socket(loop.context);
    acceptor->accept(socket, error);
    if (!error) adopt(std::move(socket), loop);
  }
  return error;
}

fhir::Result<Listener> Listener::bind(const ListenerOptions& options) {
  const auto& address = options.address;
  const auto failed = [&](const std::string& why) {
    return fhir::fault(fhir::Kind::internal, address, "cannot be listened on: " + why);
  };
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return failed("it is not HOST:PORT");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);

  auto state = std::make_unique<State>(options);
  if (options.tls) {
    auto tls = read_tls(*options.tls);
    if (!tls) return tl::unexpected(tls.error());
    state->tls = std::move(*tls);
    state->tls_files = options.tls;
  }
  asio::io_context& context = state->loops.front()->context;
  error_code error;
  const auto found = tcp::resolver(context).resolve(host, address.substr(colon + 1), tcp::resolver::passive, error);
  if (error || found.empty()) return failed(error.message());

  const tcp::endpoint wanted = found.begin()->endpoint();
  auto& acceptor = state->acceptor.emplace(context);
  if (acceptor.open(wanted.protocol(), error)) return failed(error.message());
  if (acceptor.set_option(tcp::acceptor::reuse_address(true), error)) return failed(error.message());
  if (acceptor.bind(wanted, error)) return failed(error.message());
  if (acceptor.listen(tcp::acceptor::max_listen_connections, error)) return failed(error.message());
  if (acceptor.non_blocking(true, error)) return failed(error.message());
  state->endpoint = acceptor.local_endpoint(error);
  if (error) return failed(error.message());
  // From here on a signal is kept until `run` looks for it.
  state->signals.emplace(context, SIGTERM, SIGINT);
  state->hang_up.emplace(context, SIGHUP);
  return Listener(std::move(state));
}

void Listener::run(Handlers handlers) {
  State& state = *state_;
  state.shared.handlers = std::move(handlers);
  state.open_queues();
  asio::io_context& first = state.loops.front()->context;
  asio::co_spawn(first, state.await_signals(), asio::detached);
  asio::co_spawn(first, state.await_hang_up(), asio::detached);
  asio::co_spawn(first, state.accept(), asio::detached);

  for (const auto& loop : state.loops) {
    const auto watched = [&state, raw = loop.get()]() -> asio::awaitable<void> {
      co_await raw->keep_watch(state.shared);
      // The signals would keep the first loop waiting for ever. A signal that has just arrived is past cancelling.
      if (raw != state.loops.front().get()) co_return;
      state.signals_done = true;
      state.signals->cancel();
      state.hang_up->cancel();
    };
    asio::co_spawn(loop->context, watched, asio::detached);
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < state.loops.size(); ++i)
    threads.emplace_back([&state, i] { state.loops[i]->context.run(); });
  first.run();
  for (auto& thread : threads) thread.join();
  state.shared.working.join();
  for (auto& queue : state.shared.waiting_for) queue.join();
}

void Listener::stop() {
  asio::post(state_->loops.front()->context, [state = state_.get()] { state->begin_stop(); });
}

bool Listener::turns_within(std::chrono::milliseconds time) const {
  const auto end = SteadyClock::now() + time;
  std::vector<std::future<void>> turns;
  for (const auto& loop : state_->loops) {
    auto turned = std::make_shared<std::promise<void>>();
    turns.push_back(turned->get_future());
    asio::post(loop->context, [turned] { turned->set_value(); });
  }
  const auto in_time = [end](const std::future<void>& turn) {
    return turn.wait_until(end) == std::future_status::ready;
  };
  return std::ranges::all_of(turns, in_time);
}

std::string Listener::url() const {
  const auto address = state_->endpoint.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return (state_->tls_files ? "https://" : "http://") + host + ":" + std::to_string(state_->endpoint.port());
}

bool Listener::on_loopback() const {
  return state_->endpoint.address().is_loopback();
}

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Listener::Listener(Listener&&) noexcept = default;
Listener& Listener::operator=(Listener&&) noexcept = default;
Listener::~Listener() = default;

}  // namespace server
