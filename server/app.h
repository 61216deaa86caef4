#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cards/assess.h"
#include "cards/card.h"
#include "cards/hook.h"
#include "cards/knowledge.h"
#include "server/account.h"
#include "server/clock.h"
#include "server/cors.h"
#include "server/fhir_client.h"
#include "server/http.h"
#include "server/ledger.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/pages.h"
#include "server/route.h"
#include "server/shadow.h"
#include "server/trust.h"

namespace server {

/// What an App works with; everything referred to must outlive it.
struct AppParts {
  const cards::Knowledge& knowledge;
  Today today;
  Metrics& metrics;
  Log& log;
  const Trust& trust;
  Now now = seconds_now;
  Ledger* ledger = nullptr;           ///< what was shown and answered; null: feedback is not taken
  FhirClient* fhir_client = nullptr;  ///< without one, what was not sent is missing
  Audit* audit = nullptr;             ///< who asked for what; null: nobody is told
  Troubles* troubles = nullptr;       ///< what is wrong beside the parts above; null: nothing is known of it
  Shadow* shadow = nullptr;           ///< judges what was answered a second time; null: nobody does
};

/// What the site decides about an App.
struct AppOptions {
  cards::Site site;
  Cors cors;
  bool tryout = true;
  std::vector<Issuer> issuers = {};       ///< whose record systems may have prefetch templates of their own
  std::set<Address> also_protected = {};  ///< what needs a token besides calls, feedback and /explain
  bool comments = false;                  ///< whether the words of clinicians are kept
  std::uint64_t small_number = 5;         ///< counts below this are not told
  std::string program_version;
  std::chrono::seconds call_time{60};  ///< from the first byte of a request to its answer, at the most
};

/// The program behind the addresses of CONTRACT.md 2: requests in, answers out, no sockets. Safe to use from all
/// threads.
class App {
 public:
  App(AppParts parts, AppOptions options);

  /// Answers a request, or delays the answer when somebody may have to be waited for. Whatever is unforeseen becomes a
  /// 500 without details.
  [[nodiscard]] Answer begin(Request request) noexcept;
  /// The same, waiting for the answer.
  [[nodiscard]] Response handle(Request request) noexcept;
  /// Words an answer for a request that the listener did not take; it may have been read in part only.
  [[nodiscard]] Response refuse(const Refusal& refusal, const Request& request) noexcept;
  /// Whether a request may be turned away when there are too many: it is work, and it can be asked again.
  [[nodiscard]] bool may_be_shed(const Request& request) const noexcept;

 private:
  /// A record that was judged.
  struct Judgement {
    cards::Assessment assessment;
    std::vector<cards::Card> cards;
    std::string patient;  ///< keyed hash
    cards::Answers answers;
  };

  /// A call whose record may have to be completed first.
  struct OpenCall {
    cards::HookRequest hook;
    const cards::Service* service = nullptr;  ///< null: the call is to be explained
    fhir::Day today;
    std::optional<FhirClient::Permit> permit;  ///< to wait for a FHIR server
  };
  class DelayedRequest;
  class DelayedCall;
  using Step = std::variant<Response, OpenCall>;

  /// A client whose prefetch templates differ from those of the knowledge.
  struct OwnTemplates {
    std::string issuer;
    std::string base_path;
    std::vector<cards::PrefetchTemplate> templates;
    std::string discovery;
  };

  [[nodiscard]] Route routed(const std::string& target) const { return route_of(target, base_paths_); }
  [[nodiscard]] const OwnTemplates* templates_of(const std::string& issuer) const;
  [[nodiscard]] const std::string& discovery_for(const Route& route, const Notes& notes) const;
  [[nodiscard]] std::optional<WaitsFor> waits_for(const Request& request) const;
  Answer proceed(Request request) noexcept;
  Step dispatch(Request& request, Notes& notes);
  /// The refusal, when the address needs a token and the caller has no good one.
  std::optional<Response> refuse_stranger(const Request& request, const Route& route, Notes& notes) const;
  [[nodiscard]] bool asks_for_token(const Request& request, const Route& route) const;
  [[nodiscard]] bool serves(Address address) const;
  Response answer_get(const Route& route, const Notes& notes) const;
  Response readiness() const;
  Response summarise_feedback() const;
  Response answer_options(Address address, const Request& request) const;
  Step answer_post(Request& request, const Route& route, Notes& notes);
  Step call_service(Request& request, const cards::Service& service, Notes& notes);
  Step explain(Request& request, Notes& notes);
  Response take_feedback(Request& request, const cards::Service& service) const;
  Step judge_or_wait(OpenCall call, const Request& request, Notes& notes);
  Response judge_call(OpenCall call, Notes& notes);
  Response explained(cards::CompleteRecord complete, fhir::Day today, Notes& notes);
  Judgement judge(cards::CompleteRecord& complete, fhir::Day today, cards::Trail trail, Notes& notes);
  void remember(const Judgement& judgement, const fhir::Record& record, const cards::Service& service);
  void compare(Judgement judgement, cards::CompleteRecord complete, const Notes& notes) const;
  Response met_a_bug() noexcept;
  void finish(Response& response, const Request& request, Notes notes) noexcept;

  AppParts with_;
  AppOptions options_;
  Account account_;
  std::string discovery_;  ///< the same bytes for every call
  std::vector<OwnTemplates> own_templates_;
  std::vector<std::string> base_paths_;
  Pages pages_;
};

}  // namespace server
