#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fhir/result.h"
#include "server/address.h"
#include "server/resolver.h"

namespace server {

/// An HTTP request to another server.
struct OutboundRequest {
  std::string method = "GET";
  std::string url;                                           ///< absolute, http or https
  std::vector<std::pair<std::string, std::string>> headers;  ///< Host and Content-Length are added
  std::string body;
  Reach reach = Reach::public_addresses;
  std::chrono::steady_clock::time_point deadline;  ///< from the name's look-up to the last byte of the answer
  std::size_t bytes_max = 1U << 20U;               ///< of the answer, on the wire and unpacked
};

/// What the other server said, whatever its status.
struct OutboundResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< unpacked when it was sent as gzip

  [[nodiscard]] std::string header(const std::string& name) const;
};

/// How to reach other servers.
struct OutboundOptions {
  std::string ca_file;  ///< PEM; the only authorities trusted when given, else those of the system
  std::string proxy;    ///< "http://proxy.example:3128"; it then resolves the names, and has to guard its own network
  std::size_t threads = 2;  ///< of the HTTP library, for the whole process: the first Outbound decides
  std::size_t bytes_in_flight_max = 256U << 20U;  ///< of all answers together
  NameLookup lookup = look_up;
};

/// HTTP to other servers, as a value in and a value out. Certificates are verified, redirects are never followed,
/// connections are kept and used again. A name is resolved here, every address of it is checked, and the connection
/// goes to the address that was checked. Safe to use from all threads.
class Outbound {
 public:
  using Done = std::function<void(fhir::Result<OutboundResponse>)>;

  /// Errors: bad_input when the CA file cannot be read or the proxy is no URL.
  [[nodiscard]] static fhir::Result<Outbound> make(OutboundOptions options);
  Outbound(Outbound&&) noexcept;
  Outbound& operator=(Outbound&&) noexcept;
  /// What is under way ends with an error.
  ~Outbound();

  /// Begins an exchange. `done` is called exactly once, on another thread or before `begin` returns, at the latest a
  /// moment after the deadline; it must be quick and not throw. Looking up a new name may block, up to the deadline.
  /// Errors, worded to follow "the server": timed_out; too_big; not_allowed (an address out of reach); not_found
  /// (unknown name, no connection, a certificate that is not accepted); busy (too much is under way); bad_input (the
  /// request cannot be sent, or what came back is not HTTP). They name neither URL nor header.
  void begin(OutboundRequest request, Done done);
  /// The same, waiting for the answer.
  [[nodiscard]] fhir::Result<OutboundResponse> exchange(OutboundRequest request);

 private:
  struct State;
  explicit Outbound(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace server
