#include "server/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "server/schema.h"
#include "server/stored_replay.h"
#include "tests/server/database.h"

// The store, on both databases, read back with the databases' own tools.

namespace {

using server::FeedbackItem;
using server::ShownCard;
using server::Store;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ShownCard card(const std::string& uuid, const std::string& day = "2026-06-15", server::UnixSeconds at = 1000) {
  return {.uuid = uuid,
          .criterion = "lipodystrophy",
          .edition = 2,
          .topic = "nsirs-referral",
          .service = "sir-patient-view",
          .knowledge = "sha256:1",
          .patient = "hash-of-" + uuid,
          .bases = "lipodystrophy refer e c\n",
          .day = day,
          .at = at};
}

FeedbackItem item(const std::string& card, const std::string& reason = "later", server::UnixSeconds at = 1000) {
  return {.card = card,
          .outcome = "overridden",
          .reason_system = "",
          .reason = reason,
          .suggestions = "",
          .comment = "",
          .outcome_time = "2026-06-15T10:00:00Z",
          .service = "sir-patient-view",
          .day = "2026-06-15",
          .at = at};
}

class OnBoth : public ::testing::TestWithParam<test::Kind> {
 protected:
  void SetUp() override {
    if (!test::can_run(GetParam())) GTEST_SKIP() << "there is no PostgreSQL here";
    database_.emplace(GetParam());
  }
  [[nodiscard]] const test::Database& database() const { return *database_; }
  [[nodiscard]] Store open() const {
    auto store = Store::open(database_->place());
    if (!store) throw std::runtime_error(store.error().what);
    return std::move(*store);
  }

 private:
  std::optional<test::Database> database_;
};

std::string name_of(const ::testing::TestParamInfo<test::Kind>& info) {
  return info.param == test::Kind::sqlite ? "SQLite" : "PostgreSQL";
}

}  // namespace

TEST_P(OnBoth, TheStoreMakesItselfOnceEvenWhenSeveralInstancesStartTogether) {
  std::vector<std::thread> instances;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 4; ++i) instances.emplace_back([&] { opened += Store::open(database().place()).has_value(); });
  for (auto& instance : instances) instance.join();
  EXPECT_EQ(opened, 4);
  EXPECT_EQ(database().query("SELECT version FROM schema_version"),
            std::to_string(server::migrations().back().version) + "\n");
}

TEST_P(OnBoth, ANewerSchemaIsRefusedWithASentence) {
  static_cast<void>(open());
  static_cast<void>(database().query("INSERT INTO schema_version (version) VALUES (999)"));
  const auto store = Store::open(database().place());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().what, "was written by a newer version of sir-cds (schema 999, known here up to " +
                                    std::to_string(server::migrations().back().version) + ")");
}

TEST_P(OnBoth, AnItemIsARowWithWhatIsKnownOfItsCard) {
  auto store = open();
  const auto answers = store.write({card("a")}, {item("a"), item("nobody's")});
  ASSERT_TRUE(answers);
  EXPECT_THAT(*answers, SizeIs(1));
  EXPECT_EQ(database().query("SELECT card, outcome, reason, outcome_timestamp, criterion, edition, knowledge, patient "
                             "FROM feedback ORDER BY id"),
            "a|overridden|later|2026-06-15T10:00:00Z|lipodystrophy|2|sha256:1|hash-of-a\n"
            "nobody's|overridden|later|2026-06-15T10:00:00Z||||\n");
}

TEST_P(OnBoth, FeedbackThatOvertookItsCardIsCompletedWhenTheCardComes) {
  auto store = open();
  auto other = open();
  ASSERT_TRUE(store.write({}, {item("a")}));
  ASSERT_TRUE(other.write({card("a")}, {}));
  EXPECT_EQ(database().query("SELECT criterion, patient FROM feedback"), "lipodystrophy|hash-of-a\n");
  const auto answers = store.answers_since(0, 10);
  ASSERT_TRUE(answers);
  ASSERT_THAT(*answers, SizeIs(1));
  EXPECT_EQ(answers->front().bases, "lipodystrophy refer e c\n");
}

TEST_P(OnBoth, TheNewestAnswersAreReadOldestFirst) {
  auto store = open();
  ASSERT_TRUE(store.write({card("a"), card("b"), card("c", "2026-06-16", 2000)},
                          {item("a", "x", 10), item("b", "y", 20), item("c", "z", 30)}));
  const auto two = store.answers_since(0, 2);
  ASSERT_TRUE(two);
  ASSERT_THAT(*two, SizeIs(2));
  EXPECT_EQ(two->front().reason, "y");
  EXPECT_EQ(two->back().reason, "z");
  EXPECT_THAT(*store.answers_since(31, 10), IsEmpty());
  const auto shown = store.shown_since(1500, 10);
  ASSERT_TRUE(shown);
  ASSERT_THAT(*shown, SizeIs(1));
  EXPECT_EQ(shown->front().card, "c");
}

TEST_P(OnBoth, ACardCountsOnceByItsNewestAnswerInTheMonthInWhichItWasGiven) {
  auto store = open();
  auto accepted = item("a");
  accepted.outcome = "accepted";
  accepted.reason = "";
  ASSERT_TRUE(store.write({card("a", "2026-05-31"), card("b"), card("c")},
                          {item("a"), accepted, item("b"), item("b", "explained"), item("nobody's")}));
  const auto counts = store.counts();
  ASSERT_TRUE(counts);
  std::vector<std::string> lines;
  for (const auto& one : *counts)
    lines.push_back(one.month + " " + one.outcome + " " + one.reason + " " + std::to_string(one.count));
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre("2026-05 shown  1", "2026-06 shown  2", "2026-05 accepted  1",
                                                     "2026-06 overridden explained 1"));
}

TEST_P(OnBoth, TextsAreNeverPartOfAStatement) {
  auto store = open();
  const std::string hostile = "'); DROP TABLE feedback; -- \" \\ $1 :card %s \xF0\x9F\x92\x89 \n{id}";
  FeedbackItem bad = item(hostile, hostile);
  bad.reason_system = bad.suggestions = bad.comment = bad.service = hostile;
  auto bad_card = card(hostile);
  bad_card.criterion = bad_card.patient = hostile;
  ASSERT_TRUE(store.write({bad_card}, {bad}));
  const auto answers = store.answers_since(0, 10);
  ASSERT_TRUE(answers);
  ASSERT_THAT(*answers, SizeIs(1));
  EXPECT_EQ(answers->front().card, hostile);
  EXPECT_EQ(answers->front().reason, hostile);
  EXPECT_EQ(answers->front().patient, hostile);
}

TEST_P(OnBoth, WhatCannotBeWrittenWholeIsNotWritten) {
  auto store = open();
  static_cast<void>(database().query("DROP TABLE feedback"));
  const auto done = store.write({card("a")}, {item("a")});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, fhir::Kind::busy);
  EXPECT_EQ(database().query("SELECT COUNT(*) FROM card"), "0\n");
}

TEST_P(OnBoth, ATokenIsSeenForTheFirstTimeOnce) {
  auto store = open();
  auto other = open();
  EXPECT_TRUE(*store.first_seen("https://ehr", "1", 100, 50));
  EXPECT_FALSE(*store.first_seen("https://ehr", "1", 100, 50));
  EXPECT_FALSE(*other.first_seen("https://ehr", "1", 100, 50));
  EXPECT_TRUE(*other.first_seen("https://other", "1", 100, 50));
  EXPECT_TRUE(*other.first_seen("https://ehr", "2", 100, 101)) << "and what has expired is forgotten";
  EXPECT_EQ(database().query("SELECT issuer, jti FROM seen_token"), "https://ehr|2\n");
}

TEST_P(OnBoth, OfInstancesThatAskAtTheSameTimeOneIsFirst) {
  static_cast<void>(open());
  std::atomic<int> first = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> instances;
  for (int i = 0; i < 4; ++i) {
    instances.emplace_back([&] {
      auto store = open();
      for (int token = 0; token < 25; ++token) {
        const auto seen = store.first_seen("i", std::to_string(token), 100, 0);
        answered += seen.has_value();
        first += seen.value_or(false);
      }
    });
  }
  for (auto& instance : instances) instance.join();
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(first, 25);
}

TEST_P(OnBoth, OldRowsAreForgotten) {
  auto store = open();
  ASSERT_TRUE(store.write({card("old", "2020-01-01", 10), card("new", "2026-06-15", 100)},
                          {item("old", "later", 10), item("new", "later", 100)}));
  ASSERT_TRUE(store.forget_before(50));
  EXPECT_EQ(database().query("SELECT card FROM feedback"), "new\n");
  EXPECT_EQ(database().query("SELECT uuid FROM card"), "new\n");
}

TEST_P(OnBoth, OnePatientIsForgottenAndNobodyElse) {
  auto store = open();
  ASSERT_TRUE(store.write({card("a"), card("b")}, {item("a"), item("b"), item("a"), item("unknown")}));
  const auto forgotten = store.forget_patient("hash-of-a");
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(forgotten->cards, 1);
  EXPECT_EQ(forgotten->items, 2);
  EXPECT_EQ(database().query("SELECT uuid FROM card"), "b\n");
  EXPECT_EQ(database().query("SELECT card FROM feedback ORDER BY id"), "b\nunknown\n");
  const auto nobody = store.forget_patient("hash-of-nobody");
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->cards + nobody->items, 0);
}

TEST_P(OnBoth, ATokenUsedAtOneInstanceIsKnownToTheOthers) {
  server::StoredReplayStore one(database().place(), [](bool) {});
  server::StoredReplayStore other(database().place(), [](bool) {});
  EXPECT_TRUE(*one.first_seen("https://ehr", "1", 100, 50));
  EXPECT_FALSE(*other.first_seen("https://ehr", "1", 100, 50));
  EXPECT_TRUE(*other.first_seen("https://ehr", "2", 100, 50));
}

INSTANTIATE_TEST_SUITE_P(Store, OnBoth, ::testing::Values(test::Kind::sqlite, test::Kind::postgresql), name_of);

TEST(Store, TheFileIsForItsOwnerOnlyAndIsWrittenToDiskAtEachCommit) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/new/deep/feedback.sqlite";
  auto store = Store::open({.path = path, .url = {}});
  ASSERT_TRUE(store);
  ASSERT_TRUE(store->write({card("a")}, {}));
  for (const auto& [name, mode] :
       {std::pair{path, 0600U}, {path + "-wal", 0600U}, {folder.path() + "/new/deep", 0700U}}) {
    struct stat status {};
    ASSERT_EQ(::stat(name.c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, mode) << name;
  }
}

TEST(Store, WithoutTheDatabaseATokenIsStillRefusedWhereItWasUsed) {
  std::vector<bool> told;
  server::StoredReplayStore alone({.path = "/dev/null/feedback.sqlite", .url = {}},
                                  [&](bool answers) { told.push_back(answers); });
  EXPECT_TRUE(*alone.first_seen("https://ehr", "1", 100, 50));
  EXPECT_FALSE(*alone.first_seen("https://ehr", "1", 100, 50));
  EXPECT_THAT(told, ElementsAre(false)) << "once";
}

TEST(Store, WhereItCannotBeItSaysWhy) {
  const test::TemporaryFolder folder;
  const auto in_file = Store::open({.path = "/dev/null/feedback.sqlite", .url = {}});
  ASSERT_FALSE(in_file);
  EXPECT_THAT(in_file.error().what, HasSubstr("Not a directory"));

  std::ofstream(folder.path() + "/letter.txt") << std::string(10'000, 'x');
  EXPECT_FALSE(Store::open({.path = folder.path() + "/letter.txt", .url = {}}));

  const auto nobody = Store::open({.path = {}, .url = "postgresql://user:secret-word@127.0.0.1:1/none"});
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().what, ::testing::Not(HasSubstr("secret-word")));
}
