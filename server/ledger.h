#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cards/silence.h"
#include "fhir/result.h"
#include "server/answer_index.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/store.h"

namespace server {

/// Whom a record is about. The same id in another system is another patient.
struct PatientName {
  std::string issuer;  ///< of the client's token; empty without one
  std::string tenant;
  std::string fhir_server;
  std::string id;
};

/// The name as the store knows it: a digest that only who has the key can make.
[[nodiscard]] std::string patient_digest(const PatientName& name, std::string_view key);

struct LedgerOptions {
  StorePlace place;
  std::string key_file;                         ///< with the site's key for patient hashes
  std::set<std::string, std::less<>> reasons;   ///< codes that silence something; empty: nothing does
  std::chrono::seconds repeat{0};               ///< a card is not given again within this time; 0: always
  std::chrono::seconds keep{0};                 ///< rows are deleted after this time; 0: never
  std::size_t cards_waiting_max = 10'000;       ///< cards that wait to be written; then the oldest are dropped
  std::size_t answers_max = 100'000;            ///< answers held in memory
  std::chrono::milliseconds acknowledge{8000};  ///< how long feedback may wait for the disk
};

/// What was shown and what was answered.
///
/// One thread of its own writes to the store, so that a service call never waits for a disk: a card that was given is
/// put into a bounded queue, and answers to earlier cards are looked up in memory. Feedback waits until its transaction
/// is on the disk; only then is it acknowledged, and from then on it counts for the next call.
///
/// A card's uuid is random and says nothing, so what a card was about stands in a row of its own. Cards are written
/// before the feedback of the same moment. When that row is not there (written by another instance a moment later, or
/// never, because the queue was full or the program was killed) the feedback is kept all the same, and completed when
/// the row comes. A uuid that carries the facts itself was the other way; it has room for 122 bits, which a patient's
/// hash would fill.
class Ledger {
 public:
  /// Opens the store once; when that fails the thread tries again each second.
  Ledger(LedgerOptions options, Metrics& metrics, Log& log);
  /// Writes what is waiting, as far as the store takes it, however long that takes.
  ~Ledger();
  /// The same within a time. False when the store does not answer: then this must not be destroyed, because the thread
  /// still waits for it.
  [[nodiscard]] bool close(std::chrono::seconds time);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// The keyed hash that stands for a patient; empty as long as there is no key.
  [[nodiscard]] std::string patient(const PatientName& name) const;
  /// Answers to earlier cards of a patient, by keyed hash. Never waits for the store.
  [[nodiscard]] cards::Answers answers(const std::string& patient) const;
  /// From now on other reasons silence: what was answered is looked at anew, which takes a moment.
  void take_reasons(std::set<std::string, std::less<>> reasons);
  /// Remembers a card that is being given. Never waits for the store.
  void shown(ShownCard card);
  /// Keeps feedback. Errors: busy when it could not be kept, or not in time.
  [[nodiscard]] fhir::Result<void> keep(std::vector<FeedbackItem> items);

  /// Whether the last thing that was tried with the store succeeded.
  [[nodiscard]] bool available() const { return available_; }
  /// Where the store is, on a connection of its own: for long questions.
  [[nodiscard]] const StorePlace& place() const { return options_.place; }

 private:
  struct Batch {
    std::vector<FeedbackItem> items;
    std::promise<bool> kept;
  };

  void run();
  void work_until_stopped();
  void stop();
  void write(std::vector<ShownCard> cards, std::vector<Batch> batches);
  void write_one_by_one(std::vector<ShownCard>& cards, std::vector<Batch>& batches);
  void refuse(std::vector<ShownCard> cards, std::vector<Batch> batches);
  void refresh(UnixSeconds since);
  void keep_house();
  [[nodiscard]] bool reach();
  void set_available(bool available, std::string_view why);
  [[nodiscard]] bool read_key();

  LedgerOptions options_;
  Metrics& metrics_;
  Log& log_;

  mutable std::mutex mutex_;  ///< for what follows
  std::condition_variable wake_;
  std::deque<ShownCard> cards_;
  std::vector<Batch> batches_;
  bool stopping_ = false;

  mutable std::mutex known_mutex_;  ///< for what follows
  std::string key_;
  AnswerIndex answers_;
  AnswerIndex given_;

  std::atomic<bool> available_ = false;
  std::optional<Store> store_;  ///< touched by the thread only, once it runs
  std::chrono::steady_clock::time_point next_try_{};
  std::chrono::steady_clock::time_point next_refresh_{};
  std::chrono::steady_clock::time_point next_housekeeping_{};
  std::atomic<bool> loaded_ = false;
  bool told_ = false;
  std::promise<void> ended_;
  std::thread thread_;
};

/// Seconds since 1970 by the system's clock.
[[nodiscard]] UnixSeconds unix_now();

}  // namespace server
