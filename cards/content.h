#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cards/clause.h"
#include "cards/code_index.h"
#include "cards/fact.h"
#include "cards/growth.h"
#include "cards/knowledge.h"
#include "cards/units.h"

// What a knowledge folder turns into.

namespace cards {

struct Source {
  std::string document;  ///< "NSIRS, Eight years on (Diabetes Update, spring 2019): referral criteria"
  std::string says;      ///< the words of the source
  std::string url;
};

/// One way out of a criterion: when it holds, this is the outcome and this the advice.
struct Branch {
  std::string id;
  std::optional<Clause> when;  ///< absent: always
  std::string outcome;         ///< topic code, or "already-known"
  std::string advice;          ///< id of the advice; empty: silent
};

struct Criterion {
  std::string id;
  int edition = 1;
  std::string title;
  Source source;
  std::vector<std::string> our_reading;
  Clause when;               ///< the criterion itself
  std::vector<Branch> then;  ///< when met: the first whose clause holds gives outcome and advice; at least one
  std::vector<std::string>
      covers;                     ///< weaker criteria about the same thing: an answer to this one's card is one to them
  std::vector<Branch> otherwise;  ///< when not met: the first whose clause holds decides; none: evaluation goes on
};

struct OrderDraft {
  std::string title;  ///< action description
  std::string kind;   ///< "referral" or "laboratory"
  std::string text;   ///< ServiceRequest.code.text
  std::vector<fhir::ValueSet::Member> codings;
  std::string priority;  ///< "routine", "urgent" …
};

struct SuggestionDraft {
  std::string label;
  bool is_recommended = false;
  std::vector<OrderDraft> orders;
};

struct LinkText {
  std::string label;
  std::string url;
};

/// A sentence that a card adds where its clause holds (CLINICAL.md 4: never a reason to fire).
struct ContextLine {
  Clause when;
  std::string say;
};

/// What is said for an outcome: the words of a card. Placeholders in braces are filled from facts: "{adult-bmi}".
struct Advice {
  std::string id;
  std::string topic;
  std::string indicator;               ///< "info", "warning", "critical"
  std::vector<std::string> summaries;  ///< the first whose placeholders can all be filled
  std::string why;
  std::vector<std::string> evidence;       ///< facts shown under "From the record", in order
  std::vector<std::string> look_for;       ///< facts listed under "Not recorded" when they are unknown
  std::vector<std::string> could_explain;  ///< facts under "Could something else explain it?"
  std::vector<std::string> remarks;        ///< sentences, always shown
  std::vector<ContextLine> context;        ///< sentences, shown where their clause holds
  std::string shows_points;                ///< id of a definition with points, listed as found, not found, not recorded
  std::map<std::string, std::string, std::less<>> who_does_what;  ///< by care tier
  std::vector<std::string> before_you_act;
  std::vector<std::string> override_reasons;
  std::vector<std::string> also;  ///< criteria of which one, the first that is met, may add a second card
  std::vector<SuggestionDraft> suggestions;
  std::vector<LinkText> links;
  bool names_service = true;          ///< shows the contact of the service
  bool only_when_explaining = false;  ///< no card at patient-view unless the site wants it
};

/// How long an answer silences what it answers.
struct Silence {
  enum class Ends : unsigned char { with_new_evidence, with_a_changed_condition, with_the_day };
  int days = 0;  ///< at most so long; 0: no limit
  Ends ends = Ends::with_new_evidence;
};

struct OverrideReason {
  std::string code;
  std::string display;
  std::optional<Silence> silences;  ///< absent: the card comes again
};

struct Contact {
  std::string service;
  std::string phone;
  std::string email;
  std::string url;
  std::string verified_on;  ///< ISO date or month
  std::string source;
};

/// A country of the United Kingdom, or "elsewhere": the names by which a record's address says so, and the line on the
/// card.
struct Jurisdiction {
  std::string name;
  std::vector<std::string> names;  ///< case-folded
  std::string line;
};

struct Approval {
  std::string digest;
  std::string name;
  std::string role;
  std::string on;
};

/// Everything that the rest of cards/ works with.
struct Knowledge::Content {
  std::string version;
  std::string digest;
  std::string site_digest;                ///< of the site's own files; empty without any
  std::vector<std::string> site_changes;  ///< thresholds that the site has changed: sentences, Markdown
  std::string changes;                    ///< CHANGES.md: one paragraph per version, for clinicians; not signed
  std::vector<Approval> approvals;
  std::vector<Service> services;
  std::vector<PrefetchTemplate> prefetch;
  std::vector<std::string> order;  ///< all criterion ids, in the order in which they are read; services have their own
  std::vector<OverrideReason> override_reasons;
  std::vector<std::string> limits;  ///< the closing sentences of every card
  Contact contact;
  std::vector<Jurisdiction> jurisdictions;
  std::vector<std::string> undivided;  ///< names of the whole country, which tell nothing ("GB"); case-folded

  CodeIndex codes;
  UnitTable units;
  GrowthReference growth;
  Reference growth_reference = Reference::who;

  std::vector<Fact> facts;
  std::map<std::string, std::size_t, std::less<>> fact_by_id;
  std::vector<Definition> definitions;
  std::map<std::string, std::size_t, std::less<>> definition_by_id;
  std::vector<Criterion> criteria;  ///< in the order of evaluation
  std::map<std::string, std::size_t, std::less<>> criterion_by_id;
  std::vector<Advice> advice;
  std::map<std::string, std::size_t, std::less<>> advice_by_id;

  [[nodiscard]] const Fact& fact(std::string_view id) const { return facts[fact_by_id.find(id)->second]; }
};

}  // namespace cards
