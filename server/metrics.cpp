#include "server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <map>
#include <mutex>
#include <set>

namespace server {

namespace {

const prometheus::Histogram::BucketBoundaries seconds_boundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                                 0.05,   0.1,   0.25,   0.5,   1,    2.5};

template <class Builder>
auto& family(Builder builder, prometheus::Registry& registry, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      family(prometheus::BuildCounter(), registry, "sir_cds_requests_total", "Requests answered, by route and status.");
  prometheus::Family<prometheus::Histogram>& durations =
      family(prometheus::BuildHistogram(), registry, "sir_cds_request_duration_seconds",
             "Time from the first byte of a request to its answer, by route.");
  prometheus::Family<prometheus::Counter>& outcomes =
      family(prometheus::BuildCounter(), registry, "sir_cds_assessments_total", "Records judged, by outcome.");
  prometheus::Family<prometheus::Counter>& cards =
      family(prometheus::BuildCounter(), registry, "sir_cds_cards_total", "Cards given, by topic.");
  prometheus::Family<prometheus::Counter>& unreadable =
      family(prometheus::BuildCounter(), registry, "sir_cds_unreadable_resources_total",
             "Resources that could not be used, by reason.");
  prometheus::Family<prometheus::Counter>& refusals =
      family(prometheus::BuildCounter(), registry, "sir_cds_refused_callers_total",
             "Calls whose token was missing or not believed, by reason.");
  prometheus::Family<prometheus::Counter>& key_fetches =
      family(prometheus::BuildCounter(), registry, "sir_cds_key_fetches_total",
             "Attempts to read the public keys of an issuer, by how they ended.");
  prometheus::Family<prometheus::Counter>& silenced =
      family(prometheus::BuildCounter(), registry, "sir_cds_silenced_total",
             "Cards that were not given because an earlier one was answered, by criterion.");
  prometheus::Family<prometheus::Counter>& feedback = family(
      prometheus::BuildCounter(), registry, "sir_cds_feedback_items_total", "Items of feedback, stored and failed.");
  prometheus::Counter& feedback_stored = feedback.Add({{"result", "stored"}});
  prometheus::Counter& feedback_failed = feedback.Add({{"result", "failed"}});
  prometheus::Counter& dropped =
      family(prometheus::BuildCounter(), registry, "sir_cds_store_dropped_cards_total",
             "Cards that were given and could not be remembered for the summary and for answers.")
          .Add({});
  prometheus::Gauge& store =
      family(prometheus::BuildGauge(), registry, "sir_cds_store_available", "1 when feedback can be stored.").Add({});
  prometheus::Family<prometheus::Counter>& fetches =
      family(prometheus::BuildCounter(), registry, "sir_cds_fhir_fetches_total",
             "Keys that were asked of FHIR servers, by outcome.");
  prometheus::Family<prometheus::Histogram>& fetch_durations =
      family(prometheus::BuildHistogram(), registry, "sir_cds_fhir_fetch_duration_seconds",
             "Time until a key was fetched, all its pages, or was given up.");
  prometheus::Gauge& connections =
      family(prometheus::BuildGauge(), registry, "sir_cds_connections", "Connections that are open now.").Add({});
  prometheus::Counter& handshakes = family(prometheus::BuildCounter(), registry, "sir_cds_failed_handshakes_total",
                                           "Connections that ended before TLS was agreed upon.")
                                        .Add({});
  prometheus::Counter& audit_losses = family(prometheus::BuildCounter(), registry, "sir_cds_audit_lost_total",
                                             "Entries of the audit log that could not be written.")
                                          .Add({});
  prometheus::Family<prometheus::Gauge>& knowledge =
      family(prometheus::BuildGauge(), registry, "sir_cds_knowledge_info", "The clinical knowledge in force.");
  prometheus::Gauge* knowledge_in_force = nullptr;
  prometheus::Family<prometheus::Gauge>& shadow_knowledge =
      family(prometheus::BuildGauge(), registry, "sir_cds_shadow_knowledge_info",
             "The clinical knowledge that judges beside the one in force and is never shown.");
  prometheus::Gauge* shadow_in_force = nullptr;
  prometheus::Family<prometheus::Counter>& shadowed =
      family(prometheus::BuildCounter(), registry, "sir_cds_shadow_assessments_total",
             "Calls judged by both, by the outcome that was served, that of the shadow, and whether the same criterion "
             "decided.");
  std::set<prometheus::Counter*> shadow_counts;
  prometheus::Family<prometheus::Counter>& not_shadowed =
      family(prometheus::BuildCounter(), registry, "sir_cds_shadow_left_out_total",
             "Calls that were not judged by the shadow, because too many waited or it failed.");
  std::string in_force;       ///< digests of both
  std::mutex in_force_mutex;  ///< for both kinds of knowledge and what is counted of shadows
  prometheus::Family<prometheus::Counter>& reloads =
      family(prometheus::BuildCounter(), registry, "sir_cds_knowledge_reads_total",
             "How often the knowledge was read again, taken or refused.");
  prometheus::Counter& reloads_taken = reloads.Add({{"result", "taken"}});
  prometheus::Counter& reloads_refused = reloads.Add({{"result", "refused"}});
  prometheus::Counter& sheds = family(prometheus::BuildCounter(), registry, "sir_cds_shed_requests_total",
                                      "Calls that were turned away, so that others were answered in time.")
                                   .Add({});
  prometheus::Counter& bugs =
      family(prometheus::BuildCounter(), registry, "sir_cds_internal_errors_total", "Faults of the program itself.")
          .Add({});

  std::mutex reasons_mutex;
  std::set<std::string, std::less<>> reasons;

  /// The label of a reason, as long as there are few of them.
  std::string label_of(const std::string& reason) {
    const std::lock_guard lock(reasons_mutex);
    if (reasons.contains(reason)) return reason;
    if (reasons.size() >= reasons_max) return "other";
    return *reasons.insert(reason).first;
  }
};

Metrics::Metrics(std::string_view program_version, const cards::Knowledge& knowledge)
    : state_(std::make_unique<State>()) {
  auto& registry = state_->registry;
  family(prometheus::BuildGauge(), registry, "sir_cds_build_info", "Version of the program.")
      .Add({{"version", std::string(program_version)}})
      .Set(1);
  in_force(knowledge);
}

void Metrics::in_force(const cards::Knowledge& knowledge, const cards::Knowledge* shadow) {
  const auto put = [](prometheus::Family<prometheus::Gauge>& family, prometheus::Gauge*& known,
                      const cards::Knowledge* now) {
    if (known) family.Remove(known);
    known = now ? &family.Add({{"version", now->version()},
                               {"digest", now->digest()},
                               {"approved", now->approved() ? "true" : "false"}})
                : nullptr;
    if (known) known->Set(1);
  };
  const std::lock_guard lock(state_->in_force_mutex);
  put(state_->knowledge, state_->knowledge_in_force, &knowledge);
  put(state_->shadow_knowledge, state_->shadow_in_force, shadow);
  std::string both = knowledge.digest() + " " + (shadow ? shadow->digest() : "");
  if (both == state_->in_force) return;
  state_->in_force = std::move(both);
  for (auto* const count : state_->shadow_counts) state_->shadowed.Remove(count);
  state_->shadow_counts.clear();
}

void Metrics::shadowed(const std::string& served, const std::string& shadow, bool same_criterion) {
  const std::lock_guard lock(state_->in_force_mutex);
  auto& count =
      state_->shadowed.Add({{"served", served}, {"shadow", shadow}, {"criterion", same_criterion ? "same" : "other"}});
  state_->shadow_counts.insert(&count);
  count.Increment();
}

void Metrics::not_shadowed(const std::string& why) {
  state_->not_shadowed.Add({{"reason", why}}).Increment();
}

void Metrics::knowledge_read(bool taken) {
  (taken ? state_->reloads_taken : state_->reloads_refused).Increment();
}

void Metrics::audit_lost() {
  state_->audit_losses.Increment();
}

void Metrics::shed() {
  state_->sheds.Increment();
}

void Metrics::answered(std::string_view route, int status, double seconds) {
  state_->requests.Add({{"route", std::string(route)}, {"status", std::to_string(status)}}).Increment();
  state_->durations.Add({{"route", std::string(route)}}, seconds_boundaries).Observe(seconds);
}

void Metrics::judged(const cards::Assessment& assessment, const std::vector<cards::Card>& cards) {
  state_->outcomes.Add({{"outcome", assessment.outcome}}).Increment();
  for (const auto& card : cards) state_->cards.Add({{"topic", card.topic}}).Increment();
  // A record may hold thousands that cannot be read for one reason.
  std::map<std::string, double> reasons;
  for (const auto& one : assessment.unreadable) ++reasons[one.reason];
  for (const auto& [reason, count] : reasons)
    state_->unreadable.Add({{"reason", state_->label_of(reason)}}).Increment(count);
}

void Metrics::connections_changed_by(int count) {
  state_->connections.Increment(count);
}

void Metrics::refused(std::string_view why) {
  state_->refusals.Add({{"reason", std::string(why)}}).Increment();
}

void Metrics::fetched(std::string_view outcome, double seconds) {
  state_->fetches.Add({{"outcome", std::string(outcome)}}).Increment();
  state_->fetch_durations.Add({}, seconds_boundaries).Observe(seconds);
}

void Metrics::keys_fetched(bool well) {
  state_->key_fetches.Add({{"result", well ? "read" : "failed"}}).Increment();
}

void Metrics::handshake_failed() {
  state_->handshakes.Increment();
}

void Metrics::card_silenced(const std::string& criterion) {
  state_->silenced.Add({{"criterion", criterion}}).Increment();
}

void Metrics::feedback_kept(std::size_t items) {
  state_->feedback_stored.Increment(static_cast<double>(items));
}

void Metrics::feedback_lost(std::size_t items) {
  state_->feedback_failed.Increment(static_cast<double>(items));
}

void Metrics::shown_dropped(std::size_t cards) {
  state_->dropped.Increment(static_cast<double>(cards));
}

void Metrics::store_available(bool available) {
  state_->store.Set(available ? 1 : 0);
}

void Metrics::bug_met() {
  state_->bugs.Increment();
}

std::string Metrics::page() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

Metrics::Metrics(Metrics&&) noexcept = default;
Metrics& Metrics::operator=(Metrics&&) noexcept = default;
Metrics::~Metrics() = default;

}  // namespace server
