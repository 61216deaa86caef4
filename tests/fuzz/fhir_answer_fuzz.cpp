#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>

#include "cards/card.h"
#include "server/fhir_client.h"
#include "tests/server/fhir_server.h"

// Whatever a FHIR server sends over a real connection: the call ends, with cards that are bounded and a fault in words
// of our own. Even: the bytes are all that it sends. Odd: they are the body of a right answer; what came from the
// server then says the same as if the client had sent it.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

const cards::Knowledge& knowledge() {
  static const cards::Knowledge shipped =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  return shipped;
}

/// A FHIR server that answers everything with the same bytes, and a client that asks it.
class Wire {
 public:
  Wire()
      : outbound_(std::move(*server::Outbound::make({.threads = 1}))),
        client_(knowledge(), outbound_, metrics_,
                {.any_on_loopback = true, .budget = std::chrono::milliseconds(2000), .pages_max = 3}) {}

  void answer_with(std::string bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ = std::move(bytes);
  }
  std::string base() const { return server_.base(); }

  void retrieve(cards::HookRequest& request) {
    const auto permit = client_.admit(request, std::chrono::steady_clock::now() + std::chrono::seconds(2));
    check(permit.has_value() && permit->has_value());
    client_.retrieve(request, (*permit)->deadline);
  }

 private:
  std::mutex mutex_;
  std::string bytes_;
  test::FhirServer server_{[this](test::Wire& wire, const test::Asked&) {
    const std::lock_guard lock(mutex_);
    wire.send(bytes_);
    return false;
  }};
  server::Metrics metrics_{"fuzz", knowledge()};
  server::Outbound outbound_;
  server::FhirClient client_;
};

/// A call that brings everything but the observations.
std::string call(std::string_view observations, const std::string& more) {
  return R"({"hook":"patient-view","hookInstance":"1","context":{"userId":"Practitioner/x","patientId":"p"})" + more +
         R"(,"prefetch":{"patient":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1991-02-03"},)"
         R"("conditions":null,"medications":null,"familyHistory":null,"referrals":null)" +
         (observations.empty() ? "" : ",\"observations\":" + std::string(observations)) + "}}";
}

cards::Assessment judged(cards::HookRequest request) {
  const auto complete = cards::complete_as_it_is(std::move(request));
  check(complete.has_value());
  auto assessment = cards::assess(complete->record, knowledge(), *fhir::read_day("2026-06-15"), complete->missing);
  const auto composed =
      cards::compose(assessment, complete->record, knowledge(), {}, [] { return std::string("uuid"); });
  check(composed.size() <= 2);
  for (const auto& card : composed)
    check(card.summary.size() < 140 && card.detail.find("<script") == std::string::npos);
  return assessment;
}

const cards::PrefetchKey& observations_of(const cards::HookRequest& request) {
  for (const auto& key : request.prefetch)
    if (key.key == "observations") return key;
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static Wire wire;
  const auto& service = *knowledge().service("sir-patient-view");
  const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const bool right = data[0] % 2 == 1;
  wire.answer_with(right ? test::answer_text(bytes) : bytes);
  auto request = cards::read_hook_request(call("", R"(,"fhirServer":")" + wire.base() + "\""), service);
  check(request.has_value());
  wire.retrieve(*request);
  const auto key = observations_of(*request);
  check(key.fetch_fault.size() < 200);
  const auto fetched = judged(std::move(*request));
  // A record of several pages, or of a part, is compared elsewhere.
  if (!right || !key.fetch_fault.empty() || key.arrival == cards::Arrival::partial) return 0;
  auto sent = cards::read_hook_request(call(bytes, ""), service);
  if (!sent || observations_of(*sent).arrival == cards::Arrival::partial) return 0;
  const auto prefetched = judged(std::move(*sent));
  check(fetched.outcome == prefetched.outcome && fetched.decided_by == prefetched.decided_by);
  return 0;
}
