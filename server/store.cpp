#include "server/store.h"

#include <fcntl.h>
#include <soci/soci.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "server/schema.h"
#include "server/state_folder.h"

// Declared here because the headers of the backends want those of libpq and SQLite, which nothing else needs.
namespace soci {
extern "C" {
backend_factory const* factory_postgresql();
backend_factory const* factory_sqlite3();
}
}  // namespace soci

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;
using soci::into;
using soci::use;

/// Taken while migrating, so that instances that start together do it one after the other.
constexpr long long migration_lock = 0x5349524344530001;

tl::unexpected<fhir::Error> trouble(std::string what) {
  return fhir::fault(Kind::busy, "store", std::move(what));
}

/// What went wrong, without the values that the library puts into its messages.
std::string sentence_of(const soci::soci_error& error) {
  switch (error.get_error_category()) {
    case soci::soci_error::connection_error:
      return "is not reachable";
    case soci::soci_error::no_privilege:
      return "does not give us the rights we need";
    case soci::soci_error::invalid_statement:
      return "does not understand a statement: its tables are not ours";
    case soci::soci_error::constraint_violation:
      return "refused a row";
    case soci::soci_error::system_error:
      return "has no resources left";
    default:
      return "did not do what was asked";
  }
}

/// Does work with the database; what it throws ends here.
template <class Work>
auto guarded(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const soci::soci_error& error) {
    return trouble(sentence_of(error));
  } catch (const std::exception&) {
    return trouble("did not do what was asked");
  }
}

/// Bounds how long libpq waits for a server that does not answer, unless the URL says otherwise.
std::string with_time_limits(std::string url, std::chrono::milliseconds patience) {
  const auto add = [&](std::string_view name, std::string_view value) {
    if (url.find(name) != std::string::npos) return;
    url.append(url.find('?') == std::string::npos ? "?" : "&").append(name).append("=").append(value);
  };
  // In whole seconds; libpq takes 1 for 2.
  add("connect_timeout", std::to_string(std::max<long long>(2, patience.count() / 1000)));
  add("tcp_user_timeout", std::to_string(patience.count()));
  return url;
}

/// The file and its folder, for the owner only. SQLite gives its side files the same rights.
Result<void> make_file(const std::string& path) {
  if (auto made = make_folder_of(path); !made) return trouble("cannot be made: its folder " + made.error().what);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return trouble("cannot be opened: " + std::error_code(errno, std::generic_category()).message());
  ::close(file);
  return {};
}

}  // namespace

struct Store::State {
  std::mutex mutex;
  soci::session sql;
  bool postgresql = false;

  Result<void> connect(const StorePlace& place);
  Result<void> migrate();
  Result<void> ask_for_log(std::chrono::milliseconds patience, std::string& mode);
  void apply(const Migration& migration);
  void put(const ShownCard& card);
  void put(const FeedbackItem& item, std::vector<StoredAnswer>& answers);
  Result<std::vector<StoredAnswer>> answers(const std::string& query, long long at, long long most);

  /// Runs a statement with one value and answers how many rows it touched.
  template <class Value>
  std::int64_t rows_of(std::string_view words, const Value& value) {
    soci::statement statement = (sql.prepare << words, use(value));
    statement.execute(true);
    return statement.get_affected_rows();
  }

  void begin() { sql << (postgresql ? "BEGIN" : "BEGIN IMMEDIATE"); }

  /// All statements of the work or none of them.
  template <class Work>
  Result<void> in_transaction(Work work) {
    const std::lock_guard lock(mutex);
    auto done = guarded([&]() -> Result<void> {
      begin();
      work();
      sql << "COMMIT";
      return {};
    });
    if (!done) static_cast<void>(guarded([&]() -> Result<void> { return sql << "ROLLBACK", Result<void>{}; }));
    return done;
  }
};

Result<void> Store::State::connect(const StorePlace& place) {
  postgresql = !place.url.empty();
  if (postgresql) {
    sql.open(*soci::factory_postgresql(), with_time_limits(place.url, place.patience));
    sql << "SET synchronous_commit = on";
    sql << "SET statement_timeout = " + std::to_string(place.patience.count());
    sql << "SET idle_in_transaction_session_timeout = 60000";
    sql << "SET client_min_messages = warning";
    return {};
  }
  if (auto made = make_file(place.path); !made) return made;
  sql.open(*soci::factory_sqlite3(), "db=\"" + place.path + "\"");
  std::string mode;
  sql << "PRAGMA busy_timeout = " + std::to_string(place.patience.count()), into(mode);
  if (auto asked = ask_for_log(place.patience, mode); !asked) return asked;
  if (mode != "wal") return trouble("cannot be opened: its file system has no room for a write-ahead log");
  sql << "PRAGMA synchronous = FULL";
  return {};
}

/// The busy timeout does not cover this statement: of two that make a file in the same moment one is refused at once.
Result<void> Store::State::ask_for_log(std::chrono::milliseconds patience, std::string& mode) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto asked =
        guarded([&]() -> Result<void> { return sql << "PRAGMA journal_mode = WAL", into(mode), Result<void>{}; });
    if (asked || std::chrono::steady_clock::now() >= end) return asked;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void Store::State::apply(const Migration& migration) {
  const std::string_view id = postgresql ? "BIGSERIAL PRIMARY KEY" : "INTEGER PRIMARY KEY AUTOINCREMENT";
  for (const auto words : migration.statements) {
    std::string statement(words);
    if (const auto at = statement.find("{id}"); at != std::string::npos) statement.replace(at, 4, id);
    sql << statement;
  }
}

Result<void> Store::State::migrate() {
  begin();
  if (postgresql) sql << "SELECT pg_advisory_xact_lock(" + std::to_string(migration_lock) + ")";
  sql << "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)";
  int version = 0;
  sql << "SELECT COALESCE(MAX(version), 0) FROM schema_version", into(version);
  const int newest = migrations().back().version;
  if (version > newest) {
    sql << "ROLLBACK";
    return trouble("was written by a newer version of sir-cds (schema " + std::to_string(version) +
                   ", known here up to " + std::to_string(newest) + ")");
  }
  for (const auto& migration : migrations()) {
    if (migration.version <= version) continue;
    apply(migration);
    sql << "INSERT INTO schema_version (version) VALUES (:version)", use(migration.version);
  }
  sql << "COMMIT";
  return {};
}

Result<Store> Store::open(const StorePlace& place) {
  return guarded([&]() -> Result<Store> {
    auto state = std::make_unique<State>();
    if (auto done = state->connect(place); !done) return tl::unexpected(done.error());
    if (auto done = state->migrate(); !done) return tl::unexpected(done.error());
    return Store(std::move(state));
  });
}

void Store::State::put(const ShownCard& card) {
  const long long at = card.at;
  sql << "INSERT INTO card (uuid, criterion, edition, topic, service, knowledge, patient, bases, shown_on, "
         "shown_at) VALUES (:uuid, :criterion, :edition, :topic, :service, :knowledge, :patient, :bases, :day, "
         ":at) ON CONFLICT (uuid) DO NOTHING",
      use(card.uuid), use(card.criterion), use(card.edition), use(card.topic), use(card.service), use(card.knowledge),
      use(card.patient), use(card.bases), use(card.day), use(at);
  // An answer can overtake its card when another instance received it.
  sql << "UPDATE feedback SET criterion = :criterion, edition = :edition, knowledge = :knowledge, patient = :patient "
         "WHERE card = :card AND criterion IS NULL",
      use(card.criterion), use(card.edition), use(card.knowledge), use(card.patient), use(card.uuid);
}

void Store::State::put(const FeedbackItem& item, std::vector<StoredAnswer>& answers) {
  const long long at = item.at;
  std::string criterion;
  std::string knowledge;
  std::string patient;
  std::string bases;
  int edition = 0;
  sql << "SELECT criterion, edition, knowledge, patient, bases FROM card WHERE uuid = :uuid", into(criterion),
      into(edition), into(knowledge), into(patient), into(bases), use(item.card);
  soci::indicator known = sql.got_data() ? soci::i_ok : soci::i_null;
  sql << "INSERT INTO feedback (card, outcome, reason_system, reason, accepted_suggestions, user_comment, "
         "outcome_timestamp, service, received_on, received_at, criterion, edition, knowledge, patient) VALUES (:card, "
         ":outcome, :system, :reason, :suggestions, :comment, :time, :service, :day, :at, :criterion, :edition, "
         ":knowledge, :patient)",
      use(item.card), use(item.outcome), use(item.reason_system), use(item.reason), use(item.suggestions),
      use(item.comment), use(item.outcome_time), use(item.service), use(item.day), use(at), use(criterion, known),
      use(edition, known), use(knowledge, known), use(patient, known);
  if (known == soci::i_ok)
    answers.push_back({item.card, item.outcome, item.reason_system, item.reason, patient, bases, item.day, item.at});
}

Result<std::vector<StoredAnswer>> Store::write(const std::vector<ShownCard>& cards,
                                               const std::vector<FeedbackItem>& items) {
  std::vector<StoredAnswer> answers;
  auto done = state_->in_transaction([&] {
    for (const auto& card : cards) state_->put(card);
    for (const auto& item : items) state_->put(item, answers);
  });
  if (!done) return tl::unexpected(done.error());
  return answers;
}

Result<std::vector<StoredAnswer>> Store::State::answers(const std::string& query, long long at, long long most) {
  const std::lock_guard lock(mutex);
  return guarded([&]() -> Result<std::vector<StoredAnswer>> {
    std::vector<StoredAnswer> all;
    StoredAnswer one;
    long long one_at = 0;
    soci::statement rows =
        (sql.prepare << query, into(one.card), into(one.outcome), into(one.reason_system), into(one.reason),
         into(one.patient), into(one.bases), into(one.day), into(one_at), use(at), use(most));
    rows.execute();
    while (rows.fetch()) {
      one.at = one_at;
      all.push_back(one);
    }
    std::ranges::reverse(all);
    return all;
  });
}

Result<std::vector<StoredAnswer>> Store::answers_since(UnixSeconds at, std::int64_t most) {
  return state_->answers(
      "SELECT f.card, f.outcome, f.reason_system, f.reason, c.patient, c.bases, f.received_on, f.received_at FROM "
      "feedback f JOIN card c ON c.uuid = f.card WHERE f.received_at >= :at ORDER BY f.id DESC LIMIT :most",
      at, most);
}

Result<std::vector<StoredAnswer>> Store::shown_since(UnixSeconds at, std::int64_t most) {
  return state_->answers(
      "SELECT uuid, 'shown', '', '', patient, bases, shown_on, shown_at FROM card WHERE shown_at >= :at ORDER BY "
      "shown_at DESC LIMIT :most",
      at, most);
}

Result<std::vector<MonthlyCount>> Store::counts() {
  const std::lock_guard lock(state_->mutex);
  return guarded([&]() -> Result<std::vector<MonthlyCount>> {
    std::vector<MonthlyCount> all;
    MonthlyCount one;
    long long count = 0;
    soci::statement rows =
        (state_->sql.prepare
             << "SELECT criterion, SUBSTR(shown_on, 1, 7), 'shown', '', COUNT(*) FROM card GROUP BY 1, 2 UNION ALL "
                "SELECT c.criterion, SUBSTR(c.shown_on, 1, 7), f.outcome, f.reason, COUNT(*) FROM feedback f JOIN card "
                "c ON c.uuid = f.card WHERE f.id IN (SELECT MAX(id) FROM feedback GROUP BY card) GROUP BY 1, 2, 3, 4",
         into(one.criterion), into(one.month), into(one.outcome), into(one.reason), into(count));
    rows.execute();
    while (rows.fetch()) {
      one.count = count;
      all.push_back(one);
    }
    return all;
  });
}

Result<bool> Store::first_seen(std::string_view issuer, std::string_view jti, UnixSeconds expires, UnixSeconds now) {
  const std::string from(issuer);
  const std::string id(jti);
  const long long until = expires;
  const long long moment = now;
  bool first = false;
  auto done = state_->in_transaction([&] {
    state_->sql << "DELETE FROM seen_token WHERE expires < :now", use(moment);
    soci::statement insert = (state_->sql.prepare << "INSERT INTO seen_token (issuer, jti, expires) VALUES (:issuer, "
                                                     ":jti, :expires) ON CONFLICT (issuer, jti) DO NOTHING",
                              use(from), use(id), use(until));
    insert.execute(true);
    first = insert.get_affected_rows() == 1;
  });
  if (!done) return tl::unexpected(done.error());
  return first;
}

Result<Forgotten> Store::forget_before(UnixSeconds at) {
  const long long moment = at;
  Forgotten forgotten;
  return state_
      ->in_transaction([&] {
        forgotten.items = state_->rows_of(
            "DELETE FROM feedback WHERE id IN (SELECT id FROM feedback WHERE received_at < :at LIMIT 5000)", moment);
        forgotten.cards = state_->rows_of(
            "DELETE FROM card WHERE uuid IN (SELECT uuid FROM card WHERE shown_at < :at LIMIT 5000)", moment);
      })
      .map([&] { return forgotten; });
}

Result<Forgotten> Store::forget_patient(const std::string& patient) {
  Forgotten forgotten;
  return state_
      ->in_transaction([&] {
        forgotten.items = state_->rows_of(
            "DELETE FROM feedback WHERE card IN (SELECT uuid FROM card WHERE patient = :patient)", patient);
        // Feedback outlives its card by a moment, when both are old.
        forgotten.items += state_->rows_of("DELETE FROM feedback WHERE patient = :patient", patient);
        forgotten.cards = state_->rows_of("DELETE FROM card WHERE patient = :patient", patient);
      })
      .map([&] { return forgotten; });
}

Result<void> Store::copy_to(const std::string& file) {
  if (state_->postgresql) return trouble("is PostgreSQL: pg_dump makes its copies");
  const std::lock_guard lock(state_->mutex);
  return guarded([&]() -> Result<void> {
    state_->sql << "VACUUM INTO :file", use(file);
    return {};
  });
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

}  // namespace server
