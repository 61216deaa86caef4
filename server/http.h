#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// HTTP as the program sees it: plain values. What arrives on a socket becomes a Request in connection.cpp, and a
// Response becomes bytes there; nothing else knows how.

namespace server {

/// A request that was read whole. Header fields that were not sent are empty.
struct Request {
  std::string method;  ///< as sent: "GET", "POST", …
  std::string target;  ///< as sent, with the query: "/cds-services?x=1"
  std::string body;    ///< with at least 64 spare bytes of capacity behind it, which is what simdjson wants

  std::string content_type;
  std::string content_encoding;
  std::string authorization;
  std::string origin;
  std::string preflight_method;            ///< Access-Control-Request-Method
  std::string preflight_headers;           ///< Access-Control-Request-Headers
  bool preflight_private_network = false;  ///< Access-Control-Request-Private-Network: true
  std::string traceparent;

  std::string peer;  ///< address of who asks, without the port: the other end's, or what a proxy that we know told
  std::chrono::steady_clock::time_point started{};  ///< when its first byte was seen
};

/// An answer. The listener adds Date, Content-Length and Connection, and leaves the body away for HEAD.
struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers;
};

/// Whom a delayed request waits for. One that hangs holds up nobody who waits for another.
enum class WaitsFor { issuer, store, fhir_server };
inline constexpr std::size_t waits_for_count = 3;

class Delayed;
/// An answer, or what will be one.
using Answer = std::variant<Response, std::unique_ptr<Delayed>>;

/// Why a request is not handed on: a fault that the listener sees before there is a whole request, or want of room.
struct Refusal {
  int status = 400;
  std::string_view what;  ///< a sentence without a full stop
  bool shed = false;      ///< to keep up with others; the request itself is good
};

/// A request that is answered when others have been waited for. It holds everything that it needs.
class Delayed {
 public:
  Delayed() = default;
  Delayed(const Delayed&) = delete;
  Delayed& operator=(const Delayed&) = delete;
  virtual ~Delayed() = default;

  [[nodiscard]] virtual WaitsFor waits_for() const noexcept = 0;
  /// Waits, and answers, or finds that there is another to wait for. To be called once, on a thread that may be kept.
  [[nodiscard]] virtual Answer finish() noexcept = 0;
  /// Words an answer instead, for a request that is not to wait.
  [[nodiscard]] virtual Response refuse(const Refusal& refusal) noexcept = 0;
};

}  // namespace server
