#include "server/app.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cards/assess.h"
#include "server/identifier.h"
#include "server/media_type.h"
#include "server/outcome.h"

namespace server {

namespace {

using fhir::Kind;

Response json(std::string body) {
  return {.status = 200, .content_type = "application/json", .body = std::move(body), .headers = {}};
}

Response no_such_address() {
  return error_response({Kind::not_found, "", "the address is not known here"});
}

/// A page, or one of its files; null: there is none. What cannot be a page gets the same fences.
Response page(const Pages::Page* page) {
  if (!page) return no_such_address();
  Response response{.status = 200, .content_type = std::string(page->media_type), .body = page->content, .headers = {}};
  response.headers.emplace_back("Content-Security-Policy", content_security_policy);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

Response wrong_method(Address address) {
  Response response = error_response({Kind::wrong_method, "", "the method is not one of those in the Allow header"});
  response.headers.emplace_back("Allow", methods_of(address));
  return response;
}

Response unread_media(std::string_view what) {
  Response response = error_response({Kind::wrong_media, "", std::string(what)});
  response.headers.emplace_back("Accept-Encoding", "identity");
  return response;
}

/// The method for logs: a closed set, because strangers choose the word.
std::string_view known_method(std::string_view method) {
  constexpr std::array<std::string_view, 8> known{"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"};
  const auto found = std::ranges::find(known, method);
  return found == known.end() ? "other" : *found;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

App::App(AppParts parts, AppOptions options)
    : with_(std::move(parts)),
      options_(std::move(options)),
      discovery_(cards::write_discovery(with_.knowledge)),
      pages_(with_.knowledge, options_.site.base_url) {
  if (!pages_.complaint().empty()) with_.log.warning("the try-out page offers no patients: " + pages_.complaint());
}

// The one place where the inside meets HTTP: requests in, anything unforeseen out.
Response App::handle(Request request) noexcept {
  const std::size_t bytes_in = request.body.size();
  Notes notes;
  Response response;
  try {
    response = dispatch(request, notes);
  } catch (...) {
    with_.metrics.bug_met();
    with_.log.error("an exception reached the outermost catch");
    response = error_response({Kind::internal, "", ""});
  }
  finish(response, request, bytes_in, std::move(notes));
  return response;
}

Response App::refuse(const Refusal& refusal, const Request& request) noexcept {
  Response response = error_response(refusal.status, refusal.what);
  Notes notes;
  notes.address = route_of(request.target).address;
  finish(response, request, request.body.size(), std::move(notes));
  return response;
}

Response App::dispatch(Request& request, Notes& notes) {
  if (request.target == "*" && request.method == "OPTIONS") return answer_options(Address::none, request);
  const Route route = route_of(request.target);
  notes.address = route.address;
  if (route.address == Address::none || (route.address == Address::home && !options_.tryout)) return no_such_address();
  if (auto refusal = refuse_stranger(request, route, notes)) return std::move(*refusal);
  const bool needs_service = route.address == Address::service || route.address == Address::feedback;
  if (needs_service && !with_.knowledge.service(route.service_id))
    return error_response({Kind::not_found, "", "there is no such service here"});
  if (!allows(route.address, request.method)) return wrong_method(route.address);
  if (request.method == "OPTIONS") return answer_options(route.address, request);
  if (request.method == "POST") return answer_post(request, route, notes);
  return answer_get(route);
}

// Preflights carry no token, and who gets a method wrong is told so.
std::optional<Response> App::refuse_stranger(const Request& request, const Route& route, Notes& notes) const {
  if (!with_.trust.asks() || request.method == "OPTIONS" || !allows(route.address, request.method)) return std::nullopt;
  if (!needs_token(route.address) && !options_.also_protected.contains(route.address)) return std::nullopt;
  auto client = with_.trust.authenticate(request.authorization, path_of(route), with_.now());
  if (client) {
    notes.client = std::move(*client);
    return std::nullopt;
  }
  notes.refused = word_of(client.error().doubt);
  notes.client.issuer = client.error().issuer;
  with_.metrics.refused(notes.refused);
  if (client.error().doubt == Doubt::replay_unknown)
    return error_response({Kind::busy, "", "the caller cannot be checked now"});
  Response response = error_response({Kind::unauthorised, "", ""});
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response App::answer_get(const Route& route) const {
  switch (route.address) {
    case Address::discovery:
      return json(discovery_);
    case Address::criteria:
      return page(&pages_.criteria());
    case Address::home:
      return page(&pages_.home());
    case Address::feedback_page:
      return page(&pages_.feedback());
    case Address::web:
      return page(pages_.file(route.file, options_.tryout));
    case Address::live:
      return json(R"({"status":"alive"})");
    case Address::ready:
      return json(ready_page(with_.knowledge, options_.program_version));
    case Address::metrics:
      return {200, "text/plain; version=0.0.4; charset=utf-8", with_.metrics.page(), {}};
    default:
      return no_such_address();
  }
}

Response App::answer_options(Address address, const Request& request) const {
  Response response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
  response.headers.emplace_back("Allow", address == Address::none ? "GET, HEAD, POST, OPTIONS" : methods_of(address));
  add_preflight(options_.cors, request, response);
  return response;
}

Response App::answer_post(Request& request, const Route& route, Notes& notes) {
  if (const auto fault = fault_in_media(request.content_type, request.content_encoding)) return unread_media(*fault);
  if (route.address == Address::explain) return explain(request, notes);
  if (route.address == Address::feedback) return take_feedback(request);
  return call_service(request, *with_.knowledge.service(route.service_id), notes);
}

// A clinician has opened a chart, or is about to sign an order. A step that fails ends the call with a status and a
// sentence, never with half an answer: an empty list of cards is a clinical statement.
Response App::call_service(Request& request, const cards::Service& service, Notes& notes) {
  auto hook = cards::read_hook_request(std::move(request.body), service);
  if (!hook) return error_response(hook.error());
  auto complete = cards::complete(std::move(*hook));
  if (!complete) return error_response(complete.error());
  return json(cards::write_cards(judge(std::move(*complete), with_.today(), cards::Trail::verdicts_only, notes).cards));
}

// The day may be chosen here, where people learn and test; a service call is always about today.
Response App::explain(Request& request, Notes& notes) {
  fhir::Day today = with_.today();
  if (const auto chosen = query_value(request.target, "today")) {
    const auto day = fhir::read_day(*chosen);
    if (!day) return error_response({Kind::bad_input, "today", "is not a date like 2026-06-15"});
    today = *day;
  }
  auto complete = cards::read_any(std::move(request.body), with_.knowledge);
  if (!complete) return error_response(complete.error());
  const Judgement judgement = judge(std::move(*complete), today, cards::Trail::whole, notes);
  return json(cards::write_assessment(judgement.assessment, judgement.cards, with_.knowledge));
}

App::Judgement App::judge(cards::CompleteRecord complete, fhir::Day today, cards::Trail trail, Notes& notes) {
  Judgement judgement;
  judgement.assessment =
      cards::assess(complete.record, with_.knowledge, today, std::move(complete.missing), trail, complete.service);
  cards::Site site = options_.site;
  if (!notes.client.care_tier.empty()) site.care_tier = notes.client.care_tier;
  judgement.cards = cards::compose(judgement.assessment, complete.record, with_.knowledge, site, new_uuid);
  with_.metrics.judged(judgement.assessment, judgement.cards);
  for (const auto& card : judgement.cards) notes.topics.push_back(card.topic);
  return judgement;
}

// What is not kept is not acknowledged: a client that hears 200 believes that its answer was recorded.
Response App::take_feedback(Request& request) const {
  const auto feedback = cards::read_feedback(std::move(request.body));
  if (!feedback) return error_response(feedback.error());
  return error_response(501, "the feedback is well-formed, but this version does not store feedback");
}

void App::finish(Response& response, const Request& request, std::size_t bytes_in, Notes notes) noexcept try {
  response.headers.emplace_back("Cache-Control", "no-store");
  add_cors(options_.cors, request, response);

  const double seconds = seconds_since(request.started);
  const auto route = pattern_of(notes.address);
  with_.metrics.answered(route, response.status, seconds);
  with_.log.request({.route = route,
                     .method = known_method(request.method),
                     .status = response.status,
                     .duration_ms = seconds * 1000,
                     .bytes_in = bytes_in,
                     .bytes_out = response.body.size(),
                     .topics = std::move(notes.topics),
                     .issuer = std::move(notes.client.issuer),
                     .tenant = std::move(notes.client.tenant),
                     .token_id = std::move(notes.client.token_id),
                     .refused = notes.refused,
                     .request_id = new_uuid()});
} catch (...) {  // an answer goes out even when nobody could be told of it
}

}  // namespace server
