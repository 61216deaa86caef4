#include "server/fhir_client.h"

#include <algorithm>
#include <utility>

#include "server/fhir_retrieval.h"

namespace server {

namespace {

using fhir::Kind;

void note_for_all_that_lacks(cards::HookRequest& request, const std::string& fault) {
  for (auto& key : request.prefetch)
    if (key.is_lacking()) key.fetch_fault = fault;
}

/// Why the token of the call is of no use; empty when it is, or when none is needed because none was sent.
std::string fault_in_token(const cards::HookRequest& request) {
  if (!request.authorization) return {};
  if (request.authorization->access_token.empty()) return "cannot be asked: fhirAuthorization has no access_token";
  const auto expires_in = request.authorization->expires_in;
  if (expires_in && *expires_in <= 0) return "cannot be asked: the access token has expired";
  return {};
}

}  // namespace

FhirClient::FhirClient(const cards::Knowledge& knowledge, Outbound& outbound, Metrics& metrics,
                       FhirClientOptions options)
    : knowledge_(knowledge),
      outbound_(outbound),
      metrics_(metrics),
      options_(std::move(options)),
      room_(options_.waiting_calls) {
  for (const auto& origin : options_.allowed_servers)
    if (const auto url = read_url(origin)) allowed_.insert(url->origin());
}

/// Which addresses the server may have; nothing when it may not be asked at all.
std::optional<Reach> FhirClient::reach_of(const Url& server) const {
  if (allowed_.contains(server.origin())) return Reach::listed;
  if (allowed_.empty() && options_.any_on_loopback) return Reach::loopback;
  return std::nullopt;
}

fhir::Result<std::optional<FhirClient::Permit>> FhirClient::admit(cards::HookRequest& request,
                                                                  TimePoint call_deadline) {
  if (request.fhir_server.empty()) return std::nullopt;
  const auto server = read_url(request.fhir_server);
  if (!server) return fault(Kind::bad_input, "fhirServer", "is not a URL that can be asked");
  if (!server->secure && !options_.http_allowed) return fault(Kind::bad_input, "fhirServer", "is not an https URL");
  if (std::ranges::none_of(request.prefetch, &cards::PrefetchKey::is_lacking)) return std::nullopt;

  const auto give_up = [&](const std::string& why) -> std::optional<Permit> {
    note_for_all_that_lacks(request, why);
    return std::nullopt;
  };
  if (!reach_of(*server)) return give_up("is not on the list of servers that may be asked");
  if (auto why = fault_in_token(request); !why.empty()) {
    if (request.authorization->access_token.empty() && !cards::has_what_is_needed(request))
      return fault(Kind::bad_input, "fhirAuthorization.access_token", "is missing");
    return give_up(why);
  }
  auto place = room_.enter(server->origin());
  const auto deadline = std::min(call_deadline, std::chrono::steady_clock::now() + options_.budget);
  if (place) return Permit{std::move(*place), deadline};
  if (!cards::has_what_is_needed(request)) return fault(Kind::busy, "", "too many calls are waiting for FHIR servers");
  return give_up("was not asked: too many calls are waiting for it");
}

void FhirClient::retrieve(cards::HookRequest& request, TimePoint deadline, const std::string& traceparent,
                          const std::vector<cards::PrefetchTemplate>* templates) const {
  const auto server = read_url(request.fhir_server);
  const auto reach = server ? reach_of(*server) : std::nullopt;
  if (!reach) return;
  FhirSource source{.server = *server,
                    .reach = *reach,
                    .patient_id = request.patient_id,
                    .access_token = request.authorization ? request.authorization->access_token : "",
                    .traceparent = traceparent,
                    .by_post = options_.search_by_post,
                    .pages_max = options_.pages_max,
                    .response_bytes = options_.response_bytes,
                    .deadline = deadline};
  FhirRetrieval retrieval(std::move(source), outbound_, metrics_);
  for (const auto& [key, query] : templates ? *templates : knowledge_.prefetch()) {
    const auto state = std::ranges::find(request.prefetch, key, &cards::PrefetchKey::key);
    if (state != request.prefetch.end() && state->is_lacking()) retrieval.ask(key, query, state->next_page);
  }
  for (auto& part : retrieval.wait()) cards::add_fetched(request, std::move(part));
}

}  // namespace server
