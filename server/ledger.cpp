#include "server/ledger.h"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <utility>

#include "cards/digest.h"
#include "server/site_key.h"

namespace server {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto pause_between_tries = 1s;
constexpr auto pause_between_refreshes = 2s;
constexpr auto pause_between_housekeepings = 1h;
constexpr auto gathering_time = 100ms;  ///< cards wait so long for others, to share a transaction
constexpr std::size_t cards_in_transaction_max = 1'000;
constexpr UnixSeconds clocks_differ_by_max = 60;  ///< between instances, and between a row's time and its commit
constexpr std::int64_t refreshed_max = 20'000;
constexpr char part_end = '\x1f';

}  // namespace

UnixSeconds unix_now() {
  return std::time(nullptr);
}

Ledger::Ledger(LedgerOptions options, Metrics& metrics, Log& log)
    : options_(std::move(options)),
      metrics_(metrics),
      log_(log),
      answers_(options_.answers_max, options_.reasons),
      given_(options_.answers_max, {std::string(cards::given_before)}) {
  if (reach()) refresh(0);
  thread_ = std::thread([this] { run(); });
}

Ledger::~Ledger() {
  stop();
  if (thread_.joinable()) thread_.join();
}

bool Ledger::close(std::chrono::seconds time) {
  stop();
  if (ended_.get_future().wait_for(time) != std::future_status::ready) return false;
  thread_.join();
  return true;
}

void Ledger::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
}

std::string patient_digest(const PatientName& name, std::string_view key) {
  std::string text = "patient";
  for (const auto* part : {&name.issuer, &name.tenant, &name.fhir_server, &name.id}) text.append(1, part_end) += *part;
  return cards::keyed_digest(key, text);
}

std::string Ledger::patient(const PatientName& name) const {
  const std::lock_guard lock(known_mutex_);
  return key_.empty() ? "" : patient_digest(name, key_);
}

cards::Answers Ledger::answers(const std::string& patient) const {
  const std::lock_guard lock(known_mutex_);
  cards::Answers answers;
  if (key_.empty() || patient.empty()) return answers;
  answers.digest = [key = key_, patient](std::string_view text) {
    return cards::keyed_digest(key, "evidence" + (part_end + patient) + part_end + std::string(text));
  };
  answers.given = answers_.of(patient);
  if (options_.repeat > 0s) {
    auto before = given_.of(patient, unix_now() - options_.repeat.count());
    std::ranges::move(before, std::back_inserter(answers.given));
  }
  return answers;
}

void Ledger::take_reasons(std::set<std::string, std::less<>> reasons) {
  const std::lock_guard lock(known_mutex_);
  if (reasons == options_.reasons) return;
  options_.reasons = std::move(reasons);
  answers_ = AnswerIndex(options_.answers_max, options_.reasons);
  loaded_ = false;
}

void Ledger::shown(ShownCard card) {
  if (card.patient.empty()) return metrics_.shown_dropped(1);
  if (options_.repeat > 0s) {
    const std::lock_guard lock(known_mutex_);
    given_.add({card.uuid, "shown", "", std::string(cards::given_before), card.patient, card.bases, card.day, card.at});
  }
  {
    const std::lock_guard lock(mutex_);
    cards_.push_back(std::move(card));
    if (cards_.size() > options_.cards_waiting_max) {
      cards_.pop_front();
      metrics_.shown_dropped(1);
    }
  }
  wake_.notify_one();
}

fhir::Result<void> Ledger::keep(std::vector<FeedbackItem> items) {
  const auto count = items.size();
  std::future<bool> kept;
  {
    const std::lock_guard lock(mutex_);
    batches_.push_back({std::move(items), {}});
    kept = batches_.back().kept.get_future();
  }
  wake_.notify_one();
  if (kept.wait_for(options_.acknowledge) == std::future_status::ready && kept.get()) {
    metrics_.feedback_kept(count);
    return {};
  }
  metrics_.feedback_lost(count);
  metrics_.store_available(false);
  available_ = false;  // a database that hangs says nothing itself; the next thing that succeeds makes this good
  return fhir::fault(fhir::Kind::busy, "", "the feedback could not be stored; please send it again");
}

void Ledger::run() {
  work_until_stopped();
  ended_.set_value();
}

void Ledger::work_until_stopped() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto has_work = [&] { return stopping_ || !batches_.empty() || (available_ && !cards_.empty()); };
    wake_.wait_for(lock, available_ ? pause_between_refreshes : pause_between_tries, has_work);
    if (batches_.empty()) wake_.wait_for(lock, gathering_time, [&] { return stopping_ || !batches_.empty(); });
    const bool last = stopping_;
    const auto end = cards_.begin() + static_cast<std::ptrdiff_t>(std::min(cards_.size(), cards_in_transaction_max));
    std::vector<ShownCard> cards(std::move_iterator(cards_.begin()), std::move_iterator(end));
    cards_.erase(cards_.begin(), end);
    auto batches = std::exchange(batches_, {});
    lock.unlock();
    write(std::move(cards), std::move(batches));
    if (!last) keep_house();
    lock.lock();
    if (last && (!available_ || (cards_.empty() && batches_.empty()))) return;
  }
}

void Ledger::write(std::vector<ShownCard> cards, std::vector<Batch> batches) {
  if (!reach()) return refuse(std::move(cards), std::move(batches));
  if (cards.empty() && batches.empty()) return;
  std::vector<FeedbackItem> items;
  for (const auto& batch : batches) items.insert(items.end(), batch.items.begin(), batch.items.end());
  const auto answers = store_->write(cards, items);
  if (!answers) {
    store_.reset();
    set_available(false, answers.error().what);
    next_try_ = {};
    if (!reach()) return refuse(std::move(cards), std::move(batches));
    return write_one_by_one(cards, batches);
  }
  {
    const std::lock_guard lock(known_mutex_);
    for (const auto& answer : *answers) answers_.add(answer);
  }
  set_available(true, "");
  for (auto& batch : batches) batch.kept.set_value(true);
}

/// What the database refuses must not take its neighbours along.
void Ledger::write_one_by_one(std::vector<ShownCard>& cards, std::vector<Batch>& batches) {
  for (auto& card : cards) {
    if (!store_->write({std::move(card)}, {})) metrics_.shown_dropped(1);
  }
  bool good = true;
  for (auto& batch : batches) {
    const auto answers = store_->write({}, batch.items);
    if (answers) {
      const std::lock_guard lock(known_mutex_);
      for (const auto& answer : *answers) answers_.add(answer);
    }
    good = good && answers.has_value();
    batch.kept.set_value(answers.has_value());
  }
  if (!good) set_available(false, "refused feedback");
}

/// Feedback hears so at once; cards wait for better times.
void Ledger::refuse(std::vector<ShownCard> cards, std::vector<Batch> batches) {
  for (auto& batch : batches) batch.kept.set_value(false);
  const std::lock_guard lock(mutex_);
  cards_.insert(cards_.begin(), std::move_iterator(cards.begin()), std::move_iterator(cards.end()));
  while (cards_.size() > options_.cards_waiting_max) {
    cards_.pop_front();
    metrics_.shown_dropped(1);
  }
}

/// Answers that other instances received become known here; ours are known already.
void Ledger::refresh(UnixSeconds since) {
  const auto most = since == 0 ? static_cast<std::int64_t>(options_.answers_max) : refreshed_max;
  const auto answers = store_->answers_since(since, most);
  const auto repeat = options_.repeat.count();
  const auto shown = repeat > 0 ? store_->shown_since(std::max(since, unix_now() - repeat), most)
                                : fhir::Result<std::vector<StoredAnswer>>();
  if (!answers || !shown) {
    store_.reset();
    return set_available(false, answers ? shown.error().what : answers.error().what);
  }
  loaded_ = true;
  const std::lock_guard lock(known_mutex_);
  for (const auto& answer : *answers) answers_.add(answer);
  for (auto given : *shown) {
    given.reason = cards::given_before;
    given_.add(given);
  }
}

void Ledger::keep_house() {
  const auto now = Clock::now();
  if (!store_ || now < next_refresh_) return;
  next_refresh_ = now + pause_between_refreshes;
  refresh(loaded_ ? unix_now() - clocks_differ_by_max : 0);
  if (!store_ || options_.keep == 0s || now < next_housekeeping_) return;
  next_housekeeping_ = now + pause_between_housekeepings;
  if (const auto done = store_->forget_before(unix_now() - options_.keep.count()); !done)
    log_.warning("old feedback could not be deleted: the store " + done.error().what);
}

bool Ledger::reach() {
  if (store_) return true;
  if (Clock::now() < next_try_) return false;
  next_try_ = Clock::now() + pause_between_tries;
  if (!read_key()) return false;
  auto store = Store::open(options_.place);
  if (!store) {
    set_available(false, store.error().what);
    return false;
  }
  store_.emplace(std::move(*store));
  loaded_ = false;  // others may have heard answers in the meantime
  set_available(true, "");
  return true;
}

bool Ledger::read_key() {
  if (const std::lock_guard lock(known_mutex_); !key_.empty()) return true;
  auto key = site_key(options_.key_file);
  if (!key) {
    set_available(false, "has no key for patient hashes: " + key.error().where + " " + key.error().what);
    return false;
  }
  const std::lock_guard lock(known_mutex_);
  key_ = std::move(*key);
  return true;
}

/// The log hears of changes, not of every try.
void Ledger::set_available(bool available, std::string_view why) {
  metrics_.store_available(available);
  const bool before = available_.exchange(available);
  if (before == available && told_) return;
  told_ = true;
  if (available)
    log_.info("feedback is stored");
  else
    log_.warning("feedback cannot be stored: the store " + std::string(why));
}

}  // namespace server
