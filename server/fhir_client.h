#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cards/hook.h"
#include "cards/knowledge.h"
#include "fhir/result.h"
#include "server/metrics.h"
#include "server/origin.h"
#include "server/outbound.h"
#include "server/waiting_room.h"

namespace server {

/// From whom missing data may be fetched, and at what cost.
struct FhirClientOptions {
  std::vector<std::string> allowed_servers;  ///< origins
  bool any_on_loopback = false;              ///< without a list, servers of this machine: the demo profile
  bool http_allowed = true;                  ///< production asks for https
  bool search_by_post = false;
  std::chrono::milliseconds budget{2000};   ///< for all that one call fetches
  std::size_t pages_max = 10;               ///< per key
  std::size_t response_bytes = 16U << 20U;  ///< of all that one call fetches
  std::size_t waiting_calls = 64;
};

/// Asks the EHR's FHIR server for what a call did not bring. Only servers on the list are asked, with the token that
/// came with the call; nothing else ever gets it. Safe to use from all threads.
class FhirClient {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  FhirClient(const cards::Knowledge& knowledge, Outbound& outbound, Metrics& metrics, FhirClientOptions options);

  /// A retrieval that may begin: its place, and until when it has to be over.
  struct Permit {
    WaitingRoom::Place place;
    TimePoint deadline;
  };
  /// Says whether anything of the call is to be fetched, and takes a place for it. When something is lacking and
  /// cannot be fetched, the request notes why. `call_deadline` is the call's own. Errors: bad_input when fhirServer or
  /// fhirAuthorization are needed and cannot be used; busy when what is needed could be fetched, but too many calls
  /// wait already.
  [[nodiscard]] fhir::Result<std::optional<Permit>> admit(cards::HookRequest& request, TimePoint call_deadline);

  /// Fetches what is lacking, all keys at the same time, and adds it to the request. Waits for the FHIR server: for at
  /// most a moment longer than the deadline. It is told the `traceparent`, when there is one, and asked by the
  /// templates of the caller; null: those of the knowledge.
  void retrieve(cards::HookRequest& request, TimePoint deadline, const std::string& traceparent = {},
                const std::vector<cards::PrefetchTemplate>* templates = nullptr) const;

 private:
  [[nodiscard]] std::optional<Reach> reach_of(const Url& server) const;

  const cards::Knowledge& knowledge_;
  Outbound& outbound_;
  Metrics& metrics_;
  FhirClientOptions options_;
  std::set<std::string> allowed_;
  WaitingRoom room_;
};

}  // namespace server
