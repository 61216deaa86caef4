#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fhir/result.h"
#include "server/caller.h"
#include "server/http.h"

namespace server {

/// What a stranger may cost us. The defaults are those of DECISIONS.md, software 8.
struct Limits {
  std::size_t body_bytes = 32U << 20U;
  std::size_t header_bytes = 16U << 10U;
  std::chrono::milliseconds header_time = std::chrono::seconds(10);   ///< first byte to end of headers
  std::chrono::milliseconds request_time = std::chrono::seconds(60);  ///< first byte to last byte
  std::chrono::milliseconds idle_time = std::chrono::seconds(60);     ///< between requests
  std::chrono::milliseconds drain_time = std::chrono::seconds(20);    ///< from the stop signal to the end
  std::size_t connections = 2048;
  std::size_t connections_per_client = 2048;  ///< from one address
  std::chrono::milliseconds shed_time{500};   ///< requests that wait so long are too many; 0: never
  std::size_t bodies_in_flight_bytes = 256U << 20U;
};

/// Header fields beyond this number are answered 431.
inline constexpr std::size_t header_fields_max = 100;
/// Larger bodies are handled by the workers, so that small requests need not wait behind them.
inline constexpr std::size_t small_body_bytes_max = 1U << 20U;
/// Requests that each worker or waiter may have before it before callers hear 503.
inline constexpr std::size_t waiting_per_thread_max = 16;
/// Of the requests that may be before threads, one issuer's or address's are at most three quarters, one tenant's half.
inline constexpr std::size_t one_of_all_quarters = 3;
/// Threads for requests that wait for a store, and as many for those that wait for an issuer.
inline constexpr std::size_t waiters_per_kind = 8;

/// The files of a TLS server, PEM.
struct TlsFiles {
  std::string certificate;  ///< and the certificates that it rests on
  std::string key;
  std::string client_ca;  ///< who vouches for clients; empty: clients are not asked
  bool client_certificate_needed = true;
};

/// What the listener calls. They are called from several threads at once and must not throw.
struct Handlers {
  std::function<Answer(Request)> answer;  ///< must not wait for anybody; what has to is delayed
  std::function<Response(const Refusal&, const Request&)> refuse;  ///< the request holds what was read so far
  std::function<void(int)> connections_changed_by;
  /// A client and we found no keys: it spoke something else, something old, or showed no good certificate.
  std::function<void()> handshake_failed = [] {};
  /// The files of TLS were read again; the old ones stay in force when that failed.
  std::function<void(const fhir::Result<void>&)> certificate_read = [](const auto&) {};
  /// SIGHUP came. Called on a thread that may take its time.
  std::function<void()> hung_up = [] {};
  /// Who asks, for fairness between callers; absent: the address says it.
  std::function<Caller(const Request&)> caller_of = {};
  /// Whether a request may be turned away when there are too many; may be absent.
  std::function<bool(const Request&)> may_be_shed = {};
};

/// Where and with how many threads to listen.
struct ListenerOptions {
  std::string address = "127.0.0.1:8080";  ///< HOST:PORT; port 0 takes a free one
  std::size_t io_threads = 0;              ///< 0: one per core
  std::size_t workers = 0;                 ///< 0: one per core
  std::size_t waiters = 1;                 ///< threads that wait for FHIR servers; who delays calls bounds their number
  Limits limits;
  std::optional<TlsFiles> tls = {};  ///< none: plain HTTP
  bool forwarded_for = false;        ///< a proxy in front puts the address of who asks at the end of X-Forwarded-For
};

/// An HTTP/1.1 server on one address: keep-alive, pipelining in order, chunked bodies, one deadline per request,
/// bounded memory, and an answer for every fault before the connection closes. Handlers are ordinary functions.
class Listener {
 public:
  /// Reads the files of TLS and binds the address. Errors: bad_input for the files; internal, with the address and the
  /// reason of the system.
  [[nodiscard]] static fhir::Result<Listener> bind(const ListenerOptions& options);

  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) noexcept;
  ~Listener();

  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:8080", with the port that was taken; https with TLS
  [[nodiscard]] bool on_loopback() const;

  /// Serves until SIGTERM, SIGINT or `stop`; SIGHUP is handed on, and with TLS reads its files again. Then finishes
  /// what has begun, for at most the drain time.
  void run(Handlers handlers);
  /// Ends `run` as a signal would; may be called from any thread.
  void stop();
  /// Whether every thread that serves connections comes round within a time; may be called from any thread while `run`
  /// runs. One that hangs, hangs all of its connections.
  [[nodiscard]] bool turns_within(std::chrono::milliseconds time) const;

 private:
  struct State;
  explicit Listener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace server
