#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fhir/result.h"

namespace server {

/// Finds the addresses of a host name, in the order in which to try them; none when it has none. May take its time.
using NameLookup = std::function<std::vector<std::string>(const std::string& host)>;

/// The system's own: hosts file, DNS and what else it is configured with.
[[nodiscard]] std::vector<std::string> look_up(const std::string& host);

/// Resolves names without ever taking longer than it may. One look-up per name is under way at a time, on a thread of
/// its own, because the system's cannot be interrupted; the names are few, since only listed servers are asked.
class Resolver {
 public:
  using Clock = std::chrono::steady_clock;

  /// Answers are good for `lifetime`; the system does not say how long they really are.
  explicit Resolver(NameLookup lookup = look_up, Clock::duration lifetime = std::chrono::seconds(10));

  /// The addresses of a host, which may be an address itself. Errors: timed_out at the deadline; not_found when the
  /// name has no address.
  [[nodiscard]] fhir::Result<std::vector<std::string>> resolve(const std::string& host, Clock::time_point deadline);

 private:
  struct Answer;
  [[nodiscard]] std::shared_ptr<Answer> current(const std::string& host);

  NameLookup lookup_;
  Clock::duration lifetime_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Answer>> answers_;
};

}  // namespace server
