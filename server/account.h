#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/audit.h"
#include "server/http.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/route.h"
#include "server/trace.h"
#include "server/troubles.h"
#include "server/trust.h"

namespace server {

/// What is remembered of a request while it is answered, for those who operate the program. Nothing of it comes from a
/// record.
struct Notes {
  using TimePoint = std::chrono::steady_clock::time_point;

  std::string request_id;
  Trace trace;
  TimePoint received;                   ///< when it had been read
  std::size_t bytes_in = 0;             ///< size of its body
  std::optional<double> fetch_seconds;  ///< how long a FHIR server was waited for
  Address address = Address::none;
  std::string service;  ///< id of one of ours; empty when none was asked
  Client client;
  std::string_view refused;  ///< why the caller was not let in
  std::string patient;       ///< keyed hash
  std::string outcome;       ///< of the assessment; empty when nothing was judged
  std::vector<std::string> topics;
};

/// For a request that is about to be answered.
[[nodiscard]] Notes notes_of(const Request& request);

/// Where account is given; what is referred to must outlive it.
struct AccountParts {
  Metrics& metrics;
  Log& log;
  Audit* audit = nullptr;        ///< null: no audit log
  Troubles* troubles = nullptr;  ///< hears when the audit log cannot be written
  std::string knowledge;         ///< digest of the knowledge in force
};

/// Gives account of answered requests: metrics, a line of the log, an entry of the audit log, and header fields that
/// let a caller find them. Safe to use from all threads.
class Account {
 public:
  explicit Account(AccountParts parts) : with_(std::move(parts)) {}

  /// Adds the header fields and tells everybody.
  void give(Response& response, const Request& request, Notes notes) const;

 private:
  void audit(const Response& response, const Request& request, const Notes& notes) const;

  AccountParts with_;
};

}  // namespace server
