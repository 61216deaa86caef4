#include "server/app.h"

#include <algorithm>
#include <utility>

#include "cards/assess.h"
#include "cards/content.h"
#include "server/feedback.h"
#include "server/feedback_summary.h"
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

}  // namespace

App::App(AppParts parts, AppOptions options)
    : with_(std::move(parts)),
      options_(std::move(options)),
      account_({.metrics = with_.metrics,
                .log = with_.log,
                .audit = with_.audit,
                .troubles = with_.troubles,
                .knowledge = with_.knowledge.digest()}),
      discovery_(cards::write_discovery(with_.knowledge)),
      pages_(with_.knowledge, options_.site.base_url) {
  for (const auto& issuer : options_.issuers) {
    auto templates = templates_for(issuer, with_.knowledge.prefetch());
    auto discovery = cards::write_discovery(with_.knowledge, templates);
    own_templates_.push_back({issuer.iss, issuer.base_path, std::move(templates), std::move(discovery)});
    if (!issuer.base_path.empty()) base_paths_.push_back(issuer.base_path);
  }
  if (!pages_.complaint().empty()) with_.log.warning("the try-out page offers no patients: " + pages_.complaint());
}

/// A request that may have to wait before anything of it is done.
class App::DelayedRequest : public Delayed {
 public:
  DelayedRequest(App& app, WaitsFor waits_for, Request request)
      : app_(app), waits_for_(waits_for), request_(std::move(request)) {}

  WaitsFor waits_for() const noexcept override { return waits_for_; }
  Answer finish() noexcept override { return app_.proceed(std::move(request_)); }
  Response refuse(const Refusal& refusal) noexcept override { return app_.refuse(refusal, request_); }

 private:
  App& app_;
  WaitsFor waits_for_;
  Request request_;
};

/// A call whose record is to be completed from a FHIR server.
class App::DelayedCall : public Delayed {
 public:
  DelayedCall(App& app, Request request, Notes notes, OpenCall call)
      : app_(app), request_(std::move(request)), notes_(std::move(notes)), call_(std::move(call)) {}

  WaitsFor waits_for() const noexcept override { return WaitsFor::fhir_server; }

  Answer finish() noexcept override {
    Response response;
    try {
      const auto begun = std::chrono::steady_clock::now();
      const auto* const own = app_.templates_of(notes_.client.issuer);
      app_.with_.fhir_client->retrieve(call_.hook, call_.permit->deadline, notes_.trace.traceparent(),
                                       own ? &own->templates : nullptr);
      notes_.fetch_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
      response = app_.judge_call(std::move(call_), notes_);
    } catch (...) {
      response = app_.met_a_bug();
    }
    app_.finish(response, request_, std::move(notes_));
    return response;
  }

  Response refuse(const Refusal& refusal) noexcept override { return app_.refuse(refusal, request_); }

 private:
  App& app_;
  Request request_;
  Notes notes_;
  OpenCall call_;
};

Answer App::begin(Request request) noexcept {
  try {
    if (const auto waits_for = this->waits_for(request))
      return std::make_unique<DelayedRequest>(*this, *waits_for, std::move(request));
  } catch (...) {
    return met_a_bug();
  }
  return proceed(std::move(request));
}

/// What is kept and what is summed up is in a disk's or a database's hands; who calls may have to be asked of others.
std::optional<WaitsFor> App::waits_for(const Request& request) const {
  const Route route = routed(request.target);
  const bool keeps = route.address == Address::feedback && request.method == "POST";
  if (keeps || route.address == Address::summary) return WaitsFor::store;
  const bool shows_token = !request.authorization.empty() && asks_for_token(request, route);
  return shows_token && with_.trust.may_wait() ? std::optional(WaitsFor::issuer) : std::nullopt;
}

// The one place where the inside meets HTTP: requests in, anything unforeseen out.
Answer App::proceed(Request request) noexcept {
  Notes notes;
  Response response;
  try {
    notes = notes_of(request);
    Step step = dispatch(request, notes);
    if (auto* call = std::get_if<OpenCall>(&step))
      return std::make_unique<DelayedCall>(*this, std::move(request), std::move(notes), std::move(*call));
    response = std::get<Response>(std::move(step));
  } catch (...) {
    response = met_a_bug();
  }
  finish(response, request, std::move(notes));
  return response;
}

Response App::handle(Request request) noexcept {
  Answer answer = begin(std::move(request));
  while (auto* delayed = std::get_if<std::unique_ptr<Delayed>>(&answer)) answer = (*delayed)->finish();
  return std::get<Response>(std::move(answer));
}

Response App::met_a_bug() noexcept {
  with_.metrics.bug_met();
  with_.log.error("an exception reached the outermost catch");
  return error_response({Kind::internal, "", ""});
}

Response App::refuse(const Refusal& refusal, const Request& request) noexcept {
  Response response = error_response(refusal.status, refusal.what);
  Notes notes = notes_of(request);
  notes.address = routed(request.target).address;
  finish(response, request, std::move(notes));
  return response;
}

App::Step App::dispatch(Request& request, Notes& notes) {
  if (request.target == "*" && request.method == "OPTIONS") return answer_options(Address::none, request);
  const Route route = routed(request.target);
  notes.address = route.address;
  if (!serves(route.address)) return no_such_address();
  if (auto refusal = refuse_stranger(request, route, notes)) return std::move(*refusal);
  const bool needs_service = route.address == Address::service || route.address == Address::feedback;
  if (needs_service && !with_.knowledge.service(route.service_id))
    return error_response({Kind::not_found, "", "there is no such service here"});
  notes.service = route.service_id;
  if (!allows(route.address, request.method)) return wrong_method(route.address);
  if (request.method == "OPTIONS") return answer_options(route.address, request);
  if (request.method == "POST") return answer_post(request, route, notes);
  return answer_get(route, notes);
}

// Preflights carry no token, and who gets a method wrong is told so.
bool App::asks_for_token(const Request& request, const Route& route) const {
  if (!with_.trust.asks() || request.method == "OPTIONS" || !allows(route.address, request.method)) return false;
  return needs_token(route.address) || options_.also_protected.contains(route.address);
}

std::optional<Response> App::refuse_stranger(const Request& request, const Route& route, Notes& notes) const {
  if (!asks_for_token(request, route)) return std::nullopt;
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

bool App::serves(Address address) const {
  if (address == Address::none || (address == Address::home && !options_.tryout)) return false;
  return with_.ledger || (address != Address::feedback && address != Address::summary);
}

bool App::may_be_shed(const Request& request) const noexcept try {
  const auto address = routed(request.target).address;
  return request.method == "POST" && (address == Address::service || address == Address::explain);
} catch (...) {
  return false;
}

const App::OwnTemplates* App::templates_of(const std::string& issuer) const {
  const auto found = std::ranges::find(own_templates_, issuer, &OwnTemplates::issuer);
  return issuer.empty() || found == own_templates_.end() ? nullptr : &*found;
}

// Who asks is known by the base URL that it was given, or by its token where discovery needs one.
const std::string& App::discovery_for(const Route& route, const Notes& notes) const {
  if (const auto* const own = templates_of(notes.client.issuer)) return own->discovery;
  const auto found = std::ranges::find(own_templates_, route.base_path, &OwnTemplates::base_path);
  return route.base_path.empty() || found == own_templates_.end() ? discovery_ : found->discovery;
}

Response App::answer_get(const Route& route, const Notes& notes) const {
  switch (route.address) {
    case Address::summary:
      return summarise_feedback();
    case Address::discovery:
      return json(discovery_for(route, notes));
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
      return readiness();
    case Address::metrics:
      return {200, "text/plain; version=0.0.4; charset=utf-8", with_.metrics.page(), {}};
    default:
      return no_such_address();
  }
}

// Whoever balances load looks at the status; whoever is called at night reads what is wrong.
Response App::readiness() const {
  Readiness readiness{.program_version = options_.program_version, .store = "off", .can_serve = true, .troubles = {}};
  if (with_.troubles) readiness.troubles = with_.troubles->list();
  if (with_.shadow) readiness.shadow = &with_.shadow->knowledge();
  if (with_.ledger) readiness.store = with_.ledger->available() ? "available" : "unavailable";
  if (with_.ledger && !with_.ledger->available())
    readiness.troubles.push_back({"store", "does not answer: cards are given, feedback is refused"});
  if (!with_.trust.has_keys()) {
    readiness.can_serve = false;
    readiness.troubles.push_back({"trust", "has no keys of any issuer: nobody can be let in"});
  }
  Response response = json(ready_page(with_.knowledge, readiness));
  if (!readiness.can_serve) response.status = 503;
  return response;
}

Response App::answer_options(Address address, const Request& request) const {
  Response response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
  response.headers.emplace_back("Allow", address == Address::none ? "GET, HEAD, POST, OPTIONS" : methods_of(address));
  add_preflight(options_.cors, request, response);
  return response;
}

App::Step App::answer_post(Request& request, const Route& route, Notes& notes) {
  if (const auto fault = fault_in_media(request.content_type, request.content_encoding)) return unread_media(*fault);
  if (route.address == Address::explain) return explain(request, notes);
  if (route.address == Address::feedback) return take_feedback(request, *with_.knowledge.service(route.service_id));
  return call_service(request, *with_.knowledge.service(route.service_id), notes);
}

// A clinician has opened a chart, or is about to sign an order. A step that fails ends the call with a status and a
// sentence, never with half an answer: an empty list of cards is a clinical statement.
App::Step App::call_service(Request& request, const cards::Service& service, Notes& notes) {
  auto hook = cards::read_hook_request(std::move(request.body), service);
  if (!hook) return error_response(hook.error());
  return judge_or_wait({std::move(*hook), &service, with_.today(), std::nullopt}, request, notes);
}

// The day may be chosen here, where people learn and test; a service call is always about today.
App::Step App::explain(Request& request, Notes& notes) {
  fhir::Day today = with_.today();
  if (const auto chosen = query_value(request.target, "today")) {
    const auto day = fhir::read_day(*chosen);
    if (!day) return error_response({Kind::bad_input, "today", "is not a date like 2026-06-15"});
    today = *day;
  }
  auto explainable = cards::read_explainable(std::move(request.body), with_.knowledge);
  if (!explainable) return error_response(explainable.error());
  if (auto* record = std::get_if<cards::CompleteRecord>(&*explainable))
    return explained(std::move(*record), today, notes);
  return judge_or_wait({std::get<cards::HookRequest>(std::move(*explainable)), nullptr, today, std::nullopt}, request,
                       notes);
}

App::Step App::judge_or_wait(OpenCall call, const Request& request, Notes& notes) {
  if (with_.fhir_client) {
    auto permit = with_.fhir_client->admit(call.hook, request.started + options_.call_time);
    if (!permit) return error_response(permit.error());
    if (*permit) {
      call.permit.emplace(std::move(**permit));
      return call;
    }
  }
  return judge_call(std::move(call), notes);
}

Response App::judge_call(OpenCall call, Notes& notes) {
  auto complete = call.service ? cards::complete(std::move(call.hook)) : cards::complete_as_it_is(std::move(call.hook));
  if (!complete) return error_response(complete.error());
  if (!call.service) return explained(std::move(*complete), call.today, notes);
  Judgement judgement = judge(*complete, call.today, cards::Trail::verdicts_only, notes);
  for (const auto& one : judgement.assessment.silenced) with_.metrics.card_silenced(one.criterion);
  remember(judgement, complete->record, *call.service);
  Response response = json(cards::write_cards(judgement.cards));
  if (with_.shadow) compare(std::move(judgement), std::move(*complete), notes);
  return response;
}

// The answer is made; what another version of the knowledge would have said is only counted.
void App::compare(Judgement judgement, cards::CompleteRecord complete, const Notes& notes) const {
  auto& assessment = judgement.assessment;
  with_.shadow->compare({.record = std::move(complete.record),
                         .today = assessment.today,
                         .missing = std::move(assessment.missing),
                         .answers = std::move(judgement.answers),
                         .service = std::move(complete.service),
                         .outcome = std::move(assessment.outcome),
                         .decided_by = std::move(assessment.decided_by),
                         .request_id = notes.request_id,
                         .bytes = notes.bytes_in});
}

Response App::explained(cards::CompleteRecord complete, fhir::Day today, Notes& notes) {
  const Judgement judgement = judge(complete, today, cards::Trail::whole, notes);
  return json(cards::write_assessment(judgement.assessment, judgement.cards, with_.knowledge));
}

App::Judgement App::judge(cards::CompleteRecord& complete, fhir::Day today, cards::Trail trail, Notes& notes) {
  Judgement judgement;
  if (with_.ledger && !complete.patient_id.empty()) {
    judgement.patient = with_.ledger->patient({.issuer = notes.client.issuer,
                                               .tenant = notes.client.tenant,
                                               .fhir_server = complete.fhir_server,
                                               .id = complete.patient_id});
    notes.patient = judgement.patient;
    judgement.answers = with_.ledger->answers(judgement.patient);
  }
  judgement.assessment = cards::assess(complete.record, with_.knowledge, today, std::move(complete.missing), trail,
                                       complete.service, judgement.answers);
  judgement.assessment.received = std::move(complete.received);
  cards::Site site = options_.site;
  if (!notes.client.care_tier.empty()) site.care_tier = notes.client.care_tier;
  judgement.cards = cards::compose(judgement.assessment, complete.record, with_.knowledge, site, new_uuid);
  with_.metrics.judged(judgement.assessment, judgement.cards);
  notes.outcome = judgement.assessment.outcome;
  for (const auto& card : judgement.cards) notes.topics.push_back(card.topic);
  return judgement;
}

// An answer to a card arrives with the card's uuid and nothing else: what the card was about is remembered now.
void App::remember(const Judgement& judgement, const fhir::Record& record, const cards::Service& service) {
  if (!with_.ledger || judgement.cards.empty()) return;
  const auto& content = with_.knowledge.content();
  const fhir::Day today = judgement.assessment.today;
  const auto digest = with_.ledger->answers(judgement.patient).digest;
  for (const auto& card : judgement.cards) {
    const auto found = content.criterion_by_id.find(card.criterion);
    ShownCard shown{.uuid = card.uuid,
                    .criterion = card.criterion,
                    .edition = found == content.criterion_by_id.end() ? 1 : content.criteria[found->second].edition,
                    .topic = card.topic,
                    .service = service.id,
                    .knowledge = with_.knowledge.digest(),
                    .patient = judgement.patient,
                    .bases = {},
                    .day = fhir::iso_date(today),
                    .at = unix_now()};
    if (digest) shown.bases = cards::written(cards::bases_of(card.criterion, record, with_.knowledge, today, digest));
    with_.ledger->shown(std::move(shown));
  }
}

// What is not kept is not acknowledged: a client that hears 200 believes that its answer was recorded.
Response App::take_feedback(Request& request, const cards::Service& service) const {
  const auto feedback = cards::read_feedback(std::move(request.body));
  if (!feedback) return error_response(feedback.error());
  auto items = items_of(*feedback, service.id, with_.today(), options_.comments);
  if (!items) return error_response(items.error());
  if (const auto kept = with_.ledger->keep(std::move(*items)); !kept) return error_response(kept.error());
  return {.status = 200, .content_type = {}, .body = {}, .headers = {}};
}

// On a connection of its own, because it may take long.
Response App::summarise_feedback() const {
  if (!with_.ledger->available()) return error_response({Kind::busy, "", "the store does not answer"});
  const auto counts = Store::open(with_.ledger->place()).and_then([](Store store) { return store.counts(); });
  if (!counts) return error_response(counts.error());
  return json(feedback_summary(*counts, options_.small_number, with_.knowledge));
}

void App::finish(Response& response, const Request& request, Notes notes) noexcept try {
  response.headers.emplace_back("Cache-Control", "no-store");
  add_cors(options_.cors, request, response);
  account_.give(response, request, std::move(notes));
} catch (...) {  // an answer goes out even when nobody could be told of it
}

}  // namespace server
