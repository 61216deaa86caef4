#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cards/assess.h"
#include "cards/knowledge.h"
#include "fhir/record.h"

namespace cards {

struct Coding {
  std::string system;
  std::string code;
  std::string display;
};

struct Action {
  std::string description;
  std::string resource;  ///< a FHIR R4 resource as JSON text; every action creates a draft
};

struct Suggestion {
  std::string label;
  std::string uuid;
  bool is_recommended = false;
  std::vector<Action> actions;
};

struct Link {
  std::string label;
  std::string url;
};

/// A CDS Hooks 2.0 card (PROTOCOL.md 3, CONTRACT.md 4).
struct Card {
  std::string uuid;
  std::string criterion;  ///< id of the criterion that it speaks for; for ourselves, never written
  std::string summary;    ///< fewer than 140 characters
  std::string detail;     ///< GitHub Flavored Markdown without HTML
  std::string indicator;  ///< "info", "warning", "critical"
  std::string source_label;
  std::string source_url;
  std::string topic;  ///< code in urn:sir-cds:advice
  std::string topic_display;
  std::vector<Suggestion> suggestions;
  std::vector<Coding> override_reasons;
  std::vector<Link> links;
};

/// How to reach the service, as the site has verified it.
struct SiteContact {
  std::string phone;
  std::string email;
  std::string verified_on;  ///< ISO date or month
};

/// What the site decides, from its configuration.
struct Site {
  std::string base_url = "http://127.0.0.1:8080";  ///< how clients reach this server; cards link to it
  std::string care_tier = "core";                  ///< core, enhanced, community_specialist or hospital
  std::string jurisdiction = "England";
  bool show_explained = false;           ///< a card for `explained`, off by default (DECISIONS.md 18)
  bool demonstration = false;            ///< the open demo profile: every card says so
  std::optional<SiteContact> contact{};  ///< instead of the one of the knowledge
};

/// The cards for an assessment: at most two, the deciding outcome first; none for "none" and "already-known".
/// `new_uuid` is asked for every uuid, so that randomness stays at the rim.
[[nodiscard]] std::vector<Card> compose(const Assessment& assessment, const fhir::Record& record,
                                        const Knowledge& knowledge, const Site& site,
                                        const std::function<std::string()>& new_uuid);

}  // namespace cards
