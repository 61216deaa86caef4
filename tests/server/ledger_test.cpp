#include "server/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "server/site_key.h"
#include "tests/server/database.h"

// The ledger and its parts, without sockets.

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string bases = "lipodystrophy refer e c\n";

server::StoredAnswer answer(const std::string& card, const std::string& patient, const std::string& reason,
                            server::UnixSeconds at = 1) {
  return {card, "overridden", "", reason, patient, bases, "2026-06-15", at};
}

server::AnswerIndex index_of(std::size_t most = 10) {
  return {most, {"later", "explained"}};
}

struct House {
  cards::Knowledge knowledge =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  server::Metrics metrics{"1", knowledge};
  server::Log log{"off"};
  test::TemporaryFolder folder;

  [[nodiscard]] server::LedgerOptions options() const {
    server::LedgerOptions options;
    options.place.path = folder.path() + "/feedback.sqlite";
    options.key_file = folder.path() + "/site.key";
    options.reasons = {"later"};
    return options;
  }
};

server::ShownCard shown(const std::string& uuid, const std::string& patient) {
  server::ShownCard card;
  card.uuid = uuid;
  card.patient = patient;
  card.bases = bases;
  card.day = "2026-06-15";
  card.at = server::unix_now();
  return card;
}

server::FeedbackItem item(const std::string& card, const std::string& reason) {
  server::FeedbackItem item;
  item.card = card;
  item.outcome = "overridden";
  item.reason = reason;
  item.day = "2026-06-15";
  item.at = server::unix_now();
  return item;
}

}  // namespace

TEST(AnswerIndex, HoldsAnswersByPatient) {
  auto index = index_of();
  index.add(answer("a", "p", "later"));
  index.add(answer("b", "p", "explained"));
  index.add(answer("c", "q", "later"));
  EXPECT_THAT(index.of("p"), SizeIs(2));
  EXPECT_EQ(index.of("q").front().bases, cards::read_bases(bases));
  EXPECT_THAT(index.of("nobody"), IsEmpty());
}

TEST(AnswerIndex, TheNewestAnswerToACardIsTheOneThatCounts) {
  auto index = index_of();
  index.add(answer("a", "p", "later", 1));
  index.add(answer("a", "p", "explained", 2));
  ASSERT_THAT(index.of("p"), SizeIs(1));
  EXPECT_EQ(index.of("p").front().reason, "explained");
  auto accepted = answer("a", "p", "", 3);
  accepted.outcome = "accepted";
  index.add(accepted);
  EXPECT_THAT(index.of("p"), IsEmpty());
}

TEST(AnswerIndex, WhatSilencesNothingIsNotHeld) {
  auto index = index_of();
  index.add(answer("a", "p", "result-unreliable"));
  index.add(answer("b", "", "later"));
  auto foreign = answer("c", "p", "later");
  foreign.reason_system = "http://example.org/other";
  index.add(foreign);
  auto empty = answer("d", "p", "later");
  empty.bases = "";
  index.add(empty);
  EXPECT_EQ(index.size(), 0U);
}

TEST(AnswerIndex, TheOldestGiveWay) {
  auto index = index_of(2);
  for (const std::string card : {"a", "b", "c"}) index.add(answer(card, card, "later"));
  EXPECT_EQ(index.size(), 2U);
  EXPECT_THAT(index.of("a"), IsEmpty());
  EXPECT_THAT(index.of("c"), SizeIs(1));
}

TEST(SiteKey, IsMadeOnceForItsOwnerOnly) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/new/site.key";
  const auto key = server::site_key(path);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->size(), 64U);
  EXPECT_EQ(*server::site_key(path), *key);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_NE(*server::site_key(folder.path() + "/other.key"), *key);
}

TEST(SiteKey, WhatIsNoKeyIsRefused) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() + "/short") << "secret\n";
  EXPECT_THAT(server::site_key(folder.path() + "/short").error().what, HasSubstr("is too short for a key"));
  EXPECT_FALSE(server::site_key("/dev/null/key"));
  EXPECT_THAT(server::site_key("").error().what, HasSubstr("is not set"));
}

TEST(Ledger, PatientsAreKeyedHashesThatDependOnWhereTheIdMeansSomething) {
  House house;
  const server::Ledger ledger(house.options(), house.metrics, house.log);
  const server::PatientName one{.issuer = "i", .tenant = "t", .fhir_server = "https://ehr", .id = "1"};
  EXPECT_EQ(ledger.patient(one).size(), 64U);
  EXPECT_EQ(ledger.patient(one), ledger.patient(one));
  for (auto other :
       {server::PatientName{"j", "t", "https://ehr", "1"}, server::PatientName{"i", "u", "https://ehr", "1"},
        server::PatientName{"i", "t", "https://other", "1"}, server::PatientName{"i", "t", "https://ehr", "2"},
        server::PatientName{"it", "", "https://ehr", "1"}})
    EXPECT_NE(ledger.patient(other), ledger.patient(one));
}

TEST(Ledger, AnAnswerCountsAsSoonAsItIsAcknowledged) {
  House house;
  server::Ledger ledger(house.options(), house.metrics, house.log);
  ledger.shown(shown("a", "p"));
  ASSERT_TRUE(ledger.keep({item("a", "later")}));
  EXPECT_THAT(ledger.answers("p").given, SizeIs(1));
  EXPECT_THAT(ledger.answers("q").given, IsEmpty());
  EXPECT_THAT(house.metrics.page(), HasSubstr("sir_cds_feedback_items_total{result=\"stored\"} 1\n"));
}

TEST(Ledger, TheQueueOfCardsIsBoundedAndWhatItDropsIsCounted) {
  House house;
  auto options = house.options();
  options.place.path = "/dev/null/feedback.sqlite";
  options.cards_waiting_max = 3;
  server::Ledger ledger(options, house.metrics, house.log);
  for (int i = 0; i < 10; ++i) ledger.shown(shown("card-" + std::to_string(i), "p"));
  EXPECT_THAT(house.metrics.page(), HasSubstr("sir_cds_store_dropped_cards_total 7\n"));
  EXPECT_FALSE(ledger.available());
}

TEST(Ledger, ACardIsGivenAgainUnlessTheSiteWantsARest) {
  House house;
  server::Ledger every_time(house.options(), house.metrics, house.log);
  every_time.shown(shown("a", "p"));
  EXPECT_THAT(every_time.answers("p").given, IsEmpty());

  auto options = house.options();
  options.repeat = std::chrono::hours(1);
  server::Ledger rested(options, house.metrics, house.log);
  rested.shown(shown("b", "p"));
  auto old = shown("c", "q");
  old.at -= 3601;
  rested.shown(old);
  ASSERT_THAT(rested.answers("p").given, ::testing::Not(IsEmpty()));
  EXPECT_EQ(rested.answers("p").given.front().reason, cards::given_before);
  EXPECT_THAT(rested.answers("q").given, IsEmpty());
}

TEST(Ledger, OldRowsGoWhenTheirTimeIsOver) {
  test::Database database(test::Kind::sqlite);
  House house;
  auto options = house.options();
  options.place = database.place();
  auto old = item("old", "later");
  old.at -= 100;
  {
    server::Ledger keeps(options, house.metrics, house.log);
    ASSERT_TRUE(keeps.keep({old}));
  }
  options.keep = std::chrono::seconds(50);
  server::Ledger forgets(options, house.metrics, house.log);
  ASSERT_TRUE(forgets.keep({item("new", "later")}));
  ASSERT_TRUE(forgets.keep({item("newer", "later")})) << "old rows are deleted between these two";
  EXPECT_EQ(database.query("SELECT card FROM feedback ORDER BY id"), "new\nnewer\n");
}
