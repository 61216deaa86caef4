#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cards/assess.h"
#include "cards/card.h"
#include "cards/knowledge.h"
#include "fhir/record.h"
#include "fhir/result.h"

// CDS Hooks 2.0 on the wire (PROTOCOL.md), 1.0 and 3.0-ballot input tolerated. JSON in, JSON out; no HTTP.

namespace cards {

struct FhirAuthorization {
  std::string access_token;  ///< secret: goes to the FHIR server and nowhere else
  std::string token_type;
  std::string scope;
  std::string subject;
  std::string patient;
  std::optional<double> expires_in;
};

/// How one prefetch key arrived.
enum class Arrival { missing, failed, nothing, data, partial };

struct PrefetchKey {
  std::string key;
  Arrival arrival = Arrival::missing;
  std::string next_page;    ///< URL of the page that follows, when only the first ones are here
  bool sent = false;        ///< something of it is in the request
  bool fetched = false;     ///< something of it came from the FHIR server
  std::string fetch_fault;  ///< why the FHIR server did not help: "timed out", to follow "the FHIR server"

  /// Whether asking the FHIR server could make it more complete.
  [[nodiscard]] bool is_lacking() const {
    return arrival == Arrival::missing || arrival == Arrival::failed || arrival == Arrival::partial;
  }
};

/// A service call, read and checked. The record is still open: what is missing can be fetched and added.
struct HookRequest {
  std::string service;  ///< id of the service that was called
  std::string hook;
  std::string hook_instance;
  std::string user_id;
  std::string patient_id;  ///< bare id, "Patient/" stripped
  std::string encounter_id;
  std::string fhir_server;  ///< empty when not sent
  std::optional<FhirAuthorization> authorization;
  std::vector<PrefetchKey> prefetch;  ///< the six keys of CONTRACT.md 3, in that order
  fhir::RecordReader reader{""};
};

/// Reads the body of a service call. Errors: bad_input with the JSON path; the wrong hook for the service is bad_input.
[[nodiscard]] Result<HookRequest> read_hook_request(std::string body, const Service& service);

/// What a FHIR server has sent for a key, page by page, and what became of the rest.
struct FetchedPart {
  std::string key;
  std::vector<fhir::Document> pages;  ///< at least a resource in each
  std::string fault;                  ///< why they are not here, to follow "the FHIR server"; empty when all are
};
/// Adds it to the record as if it were prefetch.
void add_fetched(HookRequest& request, FetchedPart part);

/// A record with the names of the parts that it lacks.
struct CompleteRecord {
  fhir::Record record;
  std::vector<MissingPart> missing;
  std::string service;      ///< id of the service that was called; empty when it came without a call
  std::string patient_id;   ///< bare id that the call is about; empty when nothing says it
  std::string fhir_server;  ///< where that id means something; empty when not sent
  std::vector<ReceivedPart> received;
};

/// Whether there is enough to say anything: the patient, and conditions or observations (DECISIONS.md 9).
[[nodiscard]] bool has_what_is_needed(const HookRequest& request);

/// Closes the record. Errors: incomplete (412) naming the keys when `patient`, or both of `conditions` and
/// `observations`, are missing or failed (DECISIONS.md 9); bad_input when prefetch.patient is another person.
[[nodiscard]] Result<CompleteRecord> complete(HookRequest request);

/// Closes the record whatever is there; what is not is unknown.
[[nodiscard]] Result<CompleteRecord> complete_as_it_is(HookRequest request);

/// What an explanation is asked for: a call, whose record is still open, or a whole record.
using Explainable = std::variant<HookRequest, CompleteRecord>;
/// Reads a CDS Hooks request of any of our services, or a FHIR Bundle or a single resource.
[[nodiscard]] Result<Explainable> read_explainable(std::string body, const Knowledge& knowledge);

/// Reads what `sir-cds explain` and the try-out page take: a CDS Hooks request of any of our services, or a FHIR Bundle
/// or a single resource. Nothing is required beyond that; what is not there is unknown.
[[nodiscard]] Result<CompleteRecord> read_any(std::string body, const Knowledge& knowledge);

/// Body of GET /cds-services; a site may have prefetch templates of its own.
[[nodiscard]] std::string write_discovery(const Knowledge& knowledge);
[[nodiscard]] std::string write_discovery(const Knowledge& knowledge, const std::vector<PrefetchTemplate>& prefetch);
/// Body of a successful service call.
[[nodiscard]] std::string write_cards(const std::vector<Card>& cards);
/// Body of POST /explain and `sir-cds explain --format json` (CONTRACT.md 5).
[[nodiscard]] std::string write_assessment(const Assessment& assessment, const std::vector<Card>& cards,
                                           const Knowledge& knowledge);

/// One line of `sir-cds screen`: who, the outcome, the criterion that decides with its whole trail, and what it rests
/// on. `cards` are those that the pop-up would show.
[[nodiscard]] std::string write_screened(const std::string& patient_id, const Assessment& assessment,
                                         const std::vector<Card>& cards, const Knowledge& knowledge);

/// One item of a feedback post (PROTOCOL.md 4).
struct Feedback {
  std::string card;
  std::string outcome;  ///< "accepted" or "overridden"
  std::vector<std::string> accepted_suggestions;
  std::optional<Coding> reason;
  std::string user_comment;
  std::string timestamp;  ///< RFC 3339, as sent
};
/// Errors: bad_input with the JSON path.
[[nodiscard]] Result<std::vector<Feedback>> read_feedback(std::string body);

}  // namespace cards
