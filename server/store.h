#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.h"

namespace server {

/// Seconds since 1970, UTC, by the system's clock.
using UnixSeconds = std::int64_t;

/// A card as it is remembered once it was given. Holds no patient data: the patient and what the card rests on are
/// keyed digests.
struct ShownCard {
  std::string uuid;
  std::string criterion;  ///< id of the criterion that the card speaks for
  int edition = 1;        ///< of the criterion
  std::string topic;
  std::string service;
  std::string knowledge;  ///< digest of the clinical knowledge
  std::string patient;
  std::string bases;  ///< what the card rests on: cards::written(bases)
  std::string day;    ///< by the server's calendar: "2026-06-15"
  UnixSeconds at = 0;
};

/// One item of feedback, as it is kept. Texts are those of the client, bounded in length and without NUL.
struct FeedbackItem {
  std::string card;
  std::string outcome;  ///< "accepted" or "overridden"
  std::string reason_system;
  std::string reason;       ///< code
  std::string suggestions;  ///< ids of the accepted suggestions, separated by blanks
  std::string comment;
  std::string outcome_time;  ///< RFC 3339, as sent
  std::string service;
  std::string day;
  UnixSeconds at = 0;
};

/// An item of feedback beside the card that it is about.
struct StoredAnswer {
  std::string card;
  std::string outcome;
  std::string reason_system;
  std::string reason;
  std::string patient;
  std::string bases;
  std::string day;
  UnixSeconds at = 0;
};

/// How often something happened to the cards of a criterion that were given in a month.
struct MonthlyCount {
  std::string criterion;
  std::string month;    ///< "2026-06"
  std::string outcome;  ///< "shown", "accepted" or "overridden"
  std::string reason;   ///< code, for "overridden"; may be empty
  std::int64_t count = 0;
};

/// How many rows were deleted.
struct Forgotten {
  std::int64_t cards = 0;
  std::int64_t items = 0;  ///< of feedback
};

/// Where the store is.
struct StorePlace {
  std::string path;                          ///< SQLite file; created with its folder when absent
  std::string url;                           ///< PostgreSQL URL; takes precedence
  std::chrono::milliseconds patience{5000};  ///< how long a statement may wait
};

/// The database: SQLite in WAL mode, or PostgreSQL when several instances share it. Every write is on the disk when it
/// is acknowledged. One connection, one call at a time, from any thread; it may wait for the database for seconds.
/// Errors are `busy` and never repeat a value or the password of a URL.
class Store {
 public:
  /// Connects, creates what is not there and migrates what is older. A newer schema is refused.
  [[nodiscard]] static fhir::Result<Store> open(const StorePlace& place);

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// All of it or nothing. A card that is known already is left as it is. Answers with the items whose card is known.
  [[nodiscard]] fhir::Result<std::vector<StoredAnswer>> write(const std::vector<ShownCard>& cards,
                                                              const std::vector<FeedbackItem>& items);

  /// Feedback received at or after a time, oldest first; the newest `most` of it.
  [[nodiscard]] fhir::Result<std::vector<StoredAnswer>> answers_since(UnixSeconds at, std::int64_t most);
  /// Cards given at or after a time, oldest first, as answers with the outcome "shown"; the newest `most` of them.
  [[nodiscard]] fhir::Result<std::vector<StoredAnswer>> shown_since(UnixSeconds at, std::int64_t most);

  /// Counts per criterion and month in which the card was given. A card counts once, by its newest answer.
  [[nodiscard]] fhir::Result<std::vector<MonthlyCount>> counts();

  /// True once for each pair of issuer and token id; remembered until `expires`, by all instances that share the
  /// database. Forgets what has expired by `now`.
  [[nodiscard]] fhir::Result<bool> first_seen(std::string_view issuer, std::string_view jti, UnixSeconds expires,
                                              UnixSeconds now);

  /// Deletes cards and feedback from before a time, some thousand rows in a call.
  [[nodiscard]] fhir::Result<Forgotten> forget_before(UnixSeconds at);
  /// Deletes the cards that were given for a patient, by the keyed digest, and all feedback to them.
  [[nodiscard]] fhir::Result<Forgotten> forget_patient(const std::string& patient);

  /// Writes a copy of the SQLite file as it is at this moment, while others go on writing; the file must not be there.
  /// Errors: busy; for PostgreSQL, whose own tools do this.
  [[nodiscard]] fhir::Result<void> copy_to(const std::string& file);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace server
