#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "server/app.h"
#include "server/audit.h"
#include "server/commands.h"
#include "server/edition.h"
#include "server/fhir_client.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/memory.h"
#include "server/metrics.h"
#include "server/outbound.h"
#include "server/profile.h"
#include "server/site_ledger.h"
#include "server/site_trust.h"
#include "server/supervisor.h"
#include "server/troubles.h"

namespace server {

namespace {

/// Each connection is a file descriptor; the soft limit of 1,024 is meant for programs that use select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// How many of the connections one address may hold, where the site does not say.
std::size_t connections_per_client(const Config& config) {
  constexpr std::uint64_t few = 64;
  const auto all = config.limits.connections;
  if (config.limits.connections_per_client > 0) return config.limits.connections_per_client;
  return config.server.tls_proxy || all < few ? all : all / 4 * 3;
}

ListenerOptions listener_options(const Command& command, const Config& config) {
  const auto& limits = config.limits;
  ListenerOptions options;
  options.address = command.listen.empty() ? config.server.listen : command.listen;
  options.io_threads = config.server.io_threads;
  options.workers = config.server.workers;
  options.waiters = config.fhir.waiting_calls;
  options.forwarded_for = config.server.forwarded_for;
  options.limits = {.body_bytes = limits.body_bytes,
                    .header_bytes = limits.header_bytes,
                    .header_time = std::chrono::seconds(limits.header_seconds),
                    .request_time = std::chrono::seconds(limits.request_seconds),
                    .idle_time = std::chrono::seconds(limits.idle_seconds),
                    .drain_time = std::chrono::seconds(limits.drain_seconds),
                    .connections = limits.connections,
                    .connections_per_client = connections_per_client(config),
                    .shed_time = std::chrono::milliseconds(limits.shed_ms),
                    .bodies_in_flight_bytes = limits.bodies_in_flight_bytes};
  if (const auto& tls = config.tls; !tls.certificate_file.empty())
    options.tls = {tls.certificate_file, tls.key_file, tls.client_ca_file, tls.client_certificate_needed};
  return options;
}

std::set<Address> also_protected(const Config& config) {
  std::set<Address> addresses;
  for (const auto& word : config.trust.also_protected)
    addresses.insert(word == "metrics" ? Address::metrics : Address::discovery);
  return addresses;
}

AppOptions app_options(const Config& config, const Listener& listener) {
  AppOptions options{.site = site_of(config),
                     .cors = {},
                     .tryout = config.server.tryout,
                     .issuers = config.trust.issuers,
                     .also_protected = also_protected(config),
                     .comments = config.feedback.comments,
                     .small_number = config.feedback.small_number,
                     .program_version = SIR_VERSION,
                     .call_time = std::chrono::seconds(config.limits.request_seconds)};
  if (config.server.public_base_url.empty()) options.site.base_url = listener.url();
  options.cors.origins = config.server.cors_origins;
  options.cors.any_origin = options.cors.origins.empty() && is_demonstration(config);
  options.site.demonstration = is_demonstration(config);
  return options;
}

FhirClientOptions fhir_client_options(const Config& config) {
  return {.allowed_servers = config.fhir.allowed_servers,
          .any_on_loopback = is_demonstration(config),
          .http_allowed = is_demonstration(config),
          .search_by_post = config.fhir.search == "post",
          .budget = std::chrono::milliseconds(config.fhir.budget_ms),
          .pages_max = config.fhir.pages_max,
          .response_bytes = config.fhir.response_bytes,
          .waiting_calls = config.fhir.waiting_calls};
}

OutboundOptions outbound_options(const Config& config) {
  return {.ca_file = config.fhir.ca_file,
          .proxy = config.fhir.proxy,
          .threads = config.fhir.threads,
          .bytes_in_flight_max = config.fhir.bytes_in_flight};
}

void tell_knowledge(Log& log, const Config& config, const cards::Knowledge& knowledge, fhir::Day today) {
  log.info("knowledge " + knowledge.version() + " " + knowledge.digest());
  if (!knowledge.approved()) log.warning("the knowledge is a draft that no clinician has approved: every card says so");
  for (const auto& warning : knowledge.warnings(today, config.contact.verified_on)) log.warning(warning);
}

void tell_shadow(Log& log, const cards::Knowledge* shadow) {
  if (shadow)
    log.info("shadow knowledge " + shadow->version() + " " + shadow->digest() + ": judges beside, never shown");
}

void tell_state(Log& log, const Config& config) {
  log.debug("configuration: " + in_words(config));
  if (is_demonstration(config)) log.warning("the demo profile is for trials on this machine: every card says so");
}

/// The configured address with a free port: whether it is one of this machine, and the files of TLS, can be tried
/// while the program that is asked about runs.
ListenerOptions beside_the_running(ListenerOptions options) {
  options.address.erase(options.address.rfind(':'));
  options.address += ":0";
  return options;
}

/// What has to be there before anything else is.
struct Ground {
  cards::Knowledge knowledge;
  std::optional<cards::Knowledge> shadow;
  Today today;
  Listener listener;
};

/// Errors: the knowledge, the day or the address cannot be used, or do not go with the profile.
fhir::Result<Ground> lay_ground(const Command& command, const Config& config, const ListenerOptions& options) {
  auto knowledge = load_knowledge(command, config);
  if (!knowledge) return tl::unexpected(knowledge.error());
  auto shadow = load_shadow(config, *knowledge);
  if (!shadow) return tl::unexpected(shadow.error());
  auto today = choose_today(command, config);
  if (!today) return tl::unexpected(today.error());
  auto listener = Listener::bind(options);
  if (!listener) return tl::unexpected(listener.error());
  if (const auto fit = fit_for_profile(config, listener->on_loopback(), knowledge->approved()); !fit)
    return tl::unexpected(fit.error());
  return Ground{std::move(*knowledge), std::move(*shadow), std::move(*today), std::move(*listener)};
}

/// What `serve` does before it serves, and nothing that others would notice: neither port nor store is touched.
int check_config(const Command& command, const Config& config) {
  const auto ground = lay_ground(command, config, beside_the_running(listener_options(command, config)));
  if (!ground) return complain(ground.error(), config);
  const auto& [knowledge, shadow, today, listener] = *ground;

  Log log(config.log.level);
  tell_state(log, config);
  tell_knowledge(log, config, knowledge, today());
  Metrics metrics(SIR_VERSION, knowledge);
  MemoryReplayStore used_tokens;
  const auto trust = site_trust(config, app_options(config, listener).site.base_url, used_tokens, log, metrics);
  if (!trust) return complain(trust.error(), config);
  const auto outbound = Outbound::make(outbound_options(config));
  if (!outbound) return complain(outbound.error(), config);
  std::cout << "the configuration is good: " << config.server.profile << " profile, "
            << (command.listen.empty() ? config.server.listen : command.listen) << ", knowledge " << knowledge.version()
            << (knowledge.approved() ? "" : " (draft)") << (shadow ? ", shadow " + shadow->version() : "") << std::endl;
  return 0;
}

/// What is read at SIGHUP has to be as good as what is read at the start.
/// But a shadow that is refused keeps nothing from being served.
EditionRead read_edition(const Command& command, const Config& config, bool on_loopback, Troubles& troubles,
                         const EditionParts& parts) {
  auto knowledge = load_knowledge(command, config);
  if (!knowledge) return tl::unexpected(knowledge.error());
  if (const auto fit = fit_for_profile(config, on_loopback, knowledge->approved()); !fit)
    return tl::unexpected(fit.error());
  auto shadow = load_shadow(config, *knowledge);
  troubles.note("shadow", shadow ? "" : "the folder was refused when it was read again: nothing is compared");
  if (!shadow) parts.log.error("no shadow: " + shadow.error().where + " " + shadow.error().what);
  return std::make_shared<Edition>(std::move(*knowledge), shadow ? std::move(*shadow) : std::nullopt, parts);
}

/// A reading that was refused changes nothing but what the operators hear.
void tell_edition(const EditionRead& end, Log& log, Metrics& metrics, Troubles& troubles) {
  troubles.note("knowledge", end ? "" : "the folder was refused when it was read again: the old version serves");
  if (!end) return log.error("the old knowledge stays: " + end.error().where + " " + end.error().what);
  metrics.in_force((*end)->knowledge(), (*end)->shadow());
}

/// Behind a proxy that tells no addresses, all callers have its own, which says nothing.
std::function<Caller(const Request&)> callers_of(const Config& config, const Trust& trust) {
  const bool known_by_address = !config.server.tls_proxy || config.server.forwarded_for;
  return [known_by_address, &trust](const Request& request) {
    Caller caller{.address = known_by_address ? request.peer : "", .issuer = {}, .tenant = {}};
    if (auto client = trust.claimed_by(request.authorization)) {
      caller.issuer = std::move(client->issuer);
      caller.tenant = std::move(client->tenant);
    }
    return caller;
  };
}

Handlers handlers_of(Editions& editions, Metrics& metrics, Log& log) {
  Handlers handlers;
  handlers.answer = [&](Request request) { return editions.begin(std::move(request)); };
  handlers.refuse = [&](const Refusal& refusal, const Request& request) {
    if (refusal.shed) metrics.shed();
    return editions.refuse(refusal, request);
  };
  handlers.connections_changed_by = [&](int count) { metrics.connections_changed_by(count); };
  handlers.handshake_failed = [&] { metrics.handshake_failed(); };
  handlers.certificate_read = [&](const fhir::Result<void>& end) {
    if (end) return log.info("the certificate was read again");
    log.error("the old certificate stays: " + end.error().where + " " + end.error().what);
  };
  handlers.may_be_shed = [&](const Request& request) { return editions.may_be_shed(request); };
  return handlers;
}

fhir::Result<std::optional<Audit>> open_audit(const Config& config) {
  if (config.audit.file.empty()) return std::nullopt;
  return Audit::open({.file = config.audit.file, .rotate_bytes = config.audit.rotate_bytes});
}

void reopen_audit(Audit& audit, Log& log) {
  if (const auto opened = audit.reopen(); !opened)
    log.error("the old audit file stays open: " + opened.error().where + " " + opened.error().what);
}

}  // namespace

int serve(const Command& command, const Config& config) {
  if (command.check_config) return check_config(command, config);
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our log that goes away must not take us along
  std::signal(SIGHUP, SIG_IGN);   // until something wants to know of it: "reload" must not be the end
  auto ground = lay_ground(command, config, listener_options(command, config));
  if (!ground) return complain(ground.error(), config);
  cards::Knowledge& knowledge = ground->knowledge;
  const Today& today = ground->today;
  Listener& listener = ground->listener;

  Log log(config.log.level);
  tell_state(log, config);
  tell_knowledge(log, config, knowledge, today());
  auto audit = open_audit(config);
  if (!audit) return complain(audit.error(), config);
  Troubles troubles;
  Metrics metrics(SIR_VERSION, knowledge);
  const AppOptions options = app_options(config, listener);
  const auto used_tokens = site_replay_store(config, log);
  const auto trust = site_trust(config, options.site.base_url, *used_tokens, log, metrics);
  if (!trust) return complain(trust.error(), config);
  const auto ledger = site_ledger(config, knowledge, metrics, log);
  auto outbound = Outbound::make(outbound_options(config));
  if (!outbound) return complain(outbound.error(), config);
  const EditionParts parts{.outbound = *outbound,
                           .metrics = metrics,
                           .log = log,
                           .fhir = fhir_client_options(config),
                           .app =
                               [&](const cards::Knowledge& known, FhirClient& fhir_client) {
                                 return AppParts{.knowledge = known,
                                                 .today = today,
                                                 .metrics = metrics,
                                                 .log = log,
                                                 .trust = *trust,
                                                 .ledger = ledger.get(),
                                                 .fhir_client = &fhir_client,
                                                 .audit = *audit ? &**audit : nullptr,
                                                 .troubles = &troubles};
                               },
                           .options = options};
  auto first = std::make_shared<Edition>(std::move(knowledge), std::move(ground->shadow), parts);
  metrics.in_force(first->knowledge(), first->shadow());
  tell_shadow(log, first->shadow());
  Editions editions(
      std::move(first), [&] { return read_edition(command, config, listener.on_loopback(), troubles, parts); },
      [&](const EditionRead& end) {
        tell_edition(end, log, metrics, troubles);
        if (end) {
          tell_knowledge(log, config, (*end)->knowledge(), today());
          tell_shadow(log, (*end)->shadow());
          if (ledger) ledger->take_reasons(silencing_reasons(config, (*end)->knowledge()));
        }
        metrics.knowledge_read(end.has_value());  // at the end: whoever waits for it finds all of it told
      });

  keep_freed_memory();
  std::cout << "listening on " << listener.url() << std::endl;
  Handlers handlers = handlers_of(editions, metrics, log);
  handlers.caller_of = callers_of(config, *trust);
  handlers.hung_up = [&] {
    if (*audit) reopen_audit(**audit, log);
    editions.renew();
  };
  Supervisor supervisor;
  supervisor.ready([&listener](std::chrono::milliseconds time) { return listener.turns_within(time); });
  listener.run(std::move(handlers));
  supervisor.stopping();
  // A database that hangs must not keep the program from ending; what was acknowledged is on its disk.
  if (ledger && !ledger->close(std::chrono::seconds(config.limits.drain_seconds))) {
    log.error("stopped, while the store did not answer: cards that waited for it are not remembered");
    std::cout.flush();
    std::_Exit(1);
  }
  log.info("stopped");
  return 0;
}

}  // namespace server
