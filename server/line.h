#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/origin.h"
#include "server/outbound.h"

// One connection to another server, over which one exchange after the other goes. With line.cpp the only files behind
// which cpprestsdk stands; outbound.cpp decides what is sent over which line and for how long.

namespace server {

/// The certificate authorities that are trusted. Shared by all lines, because reading them takes a while.
class Authorities {
 public:
  /// Those in a PEM file, or those of the system when it is empty. Errors: bad_input.
  [[nodiscard]] static fhir::Result<Authorities> read(const std::string& ca_file);

  struct Store;
  [[nodiscard]] const std::shared_ptr<Store>& store() const { return store_; }

 private:
  std::shared_ptr<Store> store_;
};

/// Where a line leads.
struct LineEnd {
  Url url;              ///< scheme, host and port; the target is not looked at
  std::string address;  ///< the address that was checked; empty with a proxy, which finds it
  std::string proxy;
};

/// Why nothing came back over a line.
struct ExchangeFault {
  enum class Kind { unreachable, untrusted, broken, too_big };
  Kind kind = Kind::broken;
  std::string what;  ///< reads on from "the server"
};

class Line {
 public:
  using Result = tl::expected<OutboundResponse, ExchangeFault>;
  using Done = std::function<void(Result)>;

  Line(const LineEnd& end, const Authorities& authorities);
  Line(Line&&) noexcept;
  Line& operator=(Line&&) noexcept;
  ~Line();

  /// Sends a request over the line, connecting first where necessary. `done` is called once, on another thread.
  void send(const OutboundRequest& request, const Done& done);
  /// Breaks the exchange off; it ends as broken. May be called from any thread.
  void cancel();
  /// Bytes that came in for the exchange under way, as the system counts them: the library reads ahead as far as the
  /// other end likes. 0 when that cannot be known.
  [[nodiscard]] std::uint64_t bytes_received() const;
  /// Whether another exchange may follow over the same line.
  [[nodiscard]] bool can_be_kept() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Sets the number of threads that serve all lines of the process; only the first call counts.
void set_line_threads(std::size_t count);

}  // namespace server
