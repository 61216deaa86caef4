#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cards/hook.h"
#include "server/metrics.h"
#include "server/origin.h"
#include "server/outbound.h"

namespace server {

/// The FHIR server of one call.
struct FhirSource {
  Url server;  ///< its base; the target is the path below which everything lies
  Reach reach = Reach::public_addresses;
  std::string patient_id;
  std::string access_token;  ///< secret; empty for an open server
  std::string traceparent;   ///< what the server is told of the call's trace; may be empty
  bool by_post = false;
  std::size_t pages_max = 1;
  std::size_t response_bytes = 0;
  std::chrono::steady_clock::time_point deadline;
};

/// What is fetched for one call: several keys at the same time, each page after page.
class FhirRetrieval {
 public:
  FhirRetrieval(FhirSource source, Outbound& outbound, Metrics& metrics);
  FhirRetrieval(const FhirRetrieval&) = delete;
  FhirRetrieval& operator=(const FhirRetrieval&) = delete;
  ~FhirRetrieval() = default;

  /// Begins to fetch a key: `query` is its template, "Condition?patient={{context.patientId}}", and `next_page` the
  /// URL to go on from when its first page is there already.
  void ask(const std::string& key, std::string_view query, const std::string& next_page);
  /// Waits for all that was asked; has to be called before the end. In the order of asking.
  [[nodiscard]] std::vector<cards::FetchedPart> wait();

 private:
  struct Chain {
    cards::FetchedPart part;
    std::string type;            ///< of the resources that are asked for
    std::set<std::string> seen;  ///< URLs
    std::size_t pages = 0;
    std::chrono::steady_clock::time_point started;
  };
  struct Arrived {
    std::size_t chain;
    fhir::Result<OutboundResponse> result;
  };
  struct Verdict;

  void send(std::size_t chain, OutboundRequest request);
  void follow(std::size_t chain, const std::string& link);
  void take(Arrived arrived);
  void close(Chain& chain, std::string_view outcome, std::string fault);
  [[nodiscard]] Verdict judge(const Chain& chain, fhir::Result<OutboundResponse>& result);
  [[nodiscard]] std::string page_url(const std::string& link) const;

  FhirSource source_;
  std::string base_;  ///< without a final slash
  Outbound& outbound_;
  Metrics& metrics_;
  std::vector<Chain> chains_;
  std::size_t bytes_ = 0;
  std::size_t open_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Arrived> arrived_;
};

}  // namespace server
