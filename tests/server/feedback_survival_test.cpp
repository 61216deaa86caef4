#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/database.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// Issue 4, section 3: "An acknowledged item is never lost", "Storage trouble never delays or changes a card".

namespace {

using ::testing::HasSubstr;

constexpr int writes = 1'000;
constexpr int senders = 4;

const std::string address = std::string(test::service) + "/feedback";

std::string feedback_on(const std::string& card, const std::string& reason = "result-unreliable") {
  return R"({"feedback":[{"card":")" + card + R"(","outcome":"overridden","overrideReason":{"reason":{"code":")" +
         reason + R"("}},"outcomeTimestamp":"2026-06-15T10:00:00Z"}]})";
}

/// The ids of the items that the program said it has.
class Acknowledged {
 public:
  void add(const std::string& id) {
    const std::lock_guard lock(mutex_);
    ids_.insert(id);
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return ids_.size();
  }
  [[nodiscard]] const std::set<std::string>& ids() const { return ids_; }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> ids_;
};

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

class FeedbackOn : public ::testing::TestWithParam<test::Kind> {
 protected:
  void SetUp() override {
    if (!test::can_run(GetParam())) GTEST_SKIP() << "there is no PostgreSQL here";
    database_.emplace(GetParam());
  }
  test::Database& database() { return *database_; }

 private:
  std::optional<test::Database> database_;
};

std::string name_of(const ::testing::TestParamInfo<test::Kind>& info) {
  return info.param == test::Kind::sqlite ? "SQLite" : "PostgreSQL";
}

std::size_t cards_in(const test::Answer& answer) {
  return test::first_card_uuid(answer.body).empty() ? 0 : 1;
}

}  // namespace

TEST_P(FeedbackOn, WhatWasAcknowledgedIsThereAfterTheProgramIsKilledInTheMiddle) {
  std::optional<test::Program> program(database().settings());
  const int port = program->port();
  Acknowledged acknowledged;
  std::vector<std::thread> threads;
  for (int sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&, sender] {
      for (int i = sender; i < writes; i += senders) {
        const std::string id = "card-" + std::to_string(i);
        try {
          if (test::post(port, address, feedback_on(id)).status == 200) acknowledged.add(id);
        } catch (const std::runtime_error&) {  // killed: nothing was promised
        }
      }
    });
  }
  while (acknowledged.count() < writes / 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  program->signal(SIGKILL);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(program->wait(std::chrono::seconds(30)), 128 + SIGKILL);
  EXPECT_LT(acknowledged.count(), static_cast<std::size_t>(writes)) << "it was killed too late to prove anything";

  const auto kept = lines_of(database().query("SELECT card FROM feedback"));
  for (const auto& id : acknowledged.ids()) EXPECT_TRUE(kept.contains(id)) << id << " was acknowledged and is lost";

  test::Program again(database().settings());
  EXPECT_EQ(test::post(again.port(), address, feedback_on("after")).status, 200);
  EXPECT_EQ(lines_of(database().query("SELECT card FROM feedback")).size(), kept.size() + 1);
}

TEST_P(FeedbackOn, CardsAreWrittenBeforeTheProgramEnds) {
  test::Program program(database().settings());
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(test::post(program.port(), test::service, test::referral_call("412", std::to_string(i)).text()).status,
              200);
  EXPECT_EQ(program.stop(), 0);
  EXPECT_EQ(database().query("SELECT COUNT(*), COUNT(DISTINCT patient) FROM card"), "20|20\n");
}

TEST_P(FeedbackOn, AnAnswerCountsOnTheNextCallAfterARestartAndForOtherInstances) {
  std::optional<test::Program> first(database().settings());
  test::Program other(database().settings());
  const auto call = test::referral_call().text();
  const auto card = test::first_card_uuid(test::post(first->port(), test::service, call).body);
  ASSERT_FALSE(card.empty());
  EXPECT_EQ(test::post(first->port(), address, feedback_on(card, "already-known")).status, 200);
  EXPECT_EQ(cards_in(test::post(first->port(), test::service, call)), 0U);

  for (int tries = 0; tries < 600 && cards_in(test::post(other.port(), test::service, call)) == 1; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(cards_in(test::post(other.port(), test::service, call)), 0U);

  first.reset();
  const test::Program again(database().settings());
  EXPECT_EQ(cards_in(test::post(again.port(), test::service, call)), 0U);
  EXPECT_EQ(cards_in(test::post(again.port(), test::service, test::referral_call("412", "another").text())), 1U);
}

INSTANTIATE_TEST_SUITE_P(Survival, FeedbackOn, ::testing::Values(test::Kind::sqlite, test::Kind::postgresql), name_of);

TEST(FeedbackTrouble, WithoutItsStoreTheProgramGivesCardsAndSaysThatItCannotKeepFeedback) {
  const test::Program program(
      {"SIR_CDS_STORE_PATH=/dev/null/feedback.sqlite", "SIR_CDS_STORE_PATIENT_KEY_FILE=/dev/null/key"});
  EXPECT_EQ(cards_in(test::post(program.port(), test::service, test::referral_call().text())), 1U);
  const auto answer = test::post(program.port(), address, feedback_on("a"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("please send it again"));
  const auto ready = test::ask(program.port(), "GET", "/health/ready");
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, HasSubstr(R"("store":"unavailable")"));
  EXPECT_EQ(test::ask(program.port(), "GET", "/feedback/summary").status, 503);
  const auto metrics = test::ask(program.port(), "GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("sir_cds_feedback_items_total{result=\"failed\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("sir_cds_store_available 0\n"));
  EXPECT_THAT(metrics, HasSubstr("sir_cds_store_dropped_cards_total 1\n"));
}

TEST(FeedbackTrouble, WhenTheDatabaseGoesAwayCardsGoOnAndWhenItComesBackFeedbackDoes) {
  if (!test::can_run(test::Kind::postgresql)) GTEST_SKIP() << "there is no PostgreSQL here";
  test::Database database(test::Kind::postgresql);
  const test::Program program(database.settings());
  const auto call = test::referral_call().text();
  EXPECT_EQ(test::post(program.port(), address, feedback_on("before")).status, 200);
  database.stop();
  EXPECT_EQ(test::post(program.port(), address, feedback_on("meanwhile")).status, 503);
  const auto card = test::first_card_uuid(test::post(program.port(), test::service, call).body);
  EXPECT_FALSE(card.empty());
  database.start();
  int status = 503;
  for (int tries = 0; tries < 600 && status != 200; ++tries) {
    status = test::post(program.port(), address, feedback_on(card, "later")).status;
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(status, 200);
  EXPECT_EQ(cards_in(test::post(program.port(), test::service, call)), 0U)
      << "the card itself had waited for the store";
  EXPECT_EQ(database.query("SELECT COUNT(*) FROM feedback WHERE card = 'meanwhile'"), "0\n");
}

TEST(FeedbackTrouble, AStoreThatHangsDelaysNoCard) {
  if (!test::can_run(test::Kind::postgresql)) GTEST_SKIP() << "there is no PostgreSQL here";
  const test::Database database(test::Kind::postgresql);
  auto settings = database.settings();
  settings.emplace_back("SIR_CDS_SERVER_IO_THREADS=1");
  const test::Program program(settings);
  const auto call = test::referral_call().text();
  EXPECT_EQ(test::post(program.port(), address, feedback_on("before")).status, 200);
  database.freeze();
  std::atomic<int> answered = 0;
  std::vector<std::thread> senders_of_feedback;
  for (int i = 0; i < 4; ++i) {
    senders_of_feedback.emplace_back([&] {
      EXPECT_EQ(test::post(program.port(), address, feedback_on("meanwhile")).status, 503);
      ++answered;
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(cards_in(test::post(program.port(), test::service, call)), 1U);
  EXPECT_EQ(answered, 0) << "all cards came while feedback still waited";
  for (auto& sender : senders_of_feedback) sender.join();
  EXPECT_THAT(test::ask(program.port(), "GET", "/health/ready").body, HasSubstr(R"("store":"unavailable")"));
  EXPECT_EQ(test::ask(program.port(), "GET", "/feedback/summary").status, 503);
  database.thaw();
  int status = 503;
  for (int tries = 0; tries < 600 && status != 200; ++tries) {
    status = test::post(program.port(), address, feedback_on("after")).status;
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(status, 200);
}

TEST(FeedbackTrouble, AStoreThatHangsDoesNotKeepTheProgramFromEnding) {
  if (!test::can_run(test::Kind::postgresql)) GTEST_SKIP() << "there is no PostgreSQL here";
  const test::Database database(test::Kind::postgresql);
  auto settings = database.settings();
  settings.emplace_back("SIR_CDS_LIMITS_DRAIN_SECONDS=1");
  test::Program program(settings);
  EXPECT_EQ(test::post(program.port(), address, feedback_on("before")).status, 200);
  database.freeze();
  EXPECT_EQ(cards_in(test::post(program.port(), test::service, test::referral_call().text())), 1U);
  EXPECT_EQ(program.stop(), 1);
  database.thaw();
}

TEST(FeedbackTrouble, WithoutAHomeThereIsStillAPlaceOrASentence) {
  const test::TemporaryFolder folder;
  const test::Program elsewhere({"SIR_CDS_STORE_PATH=", "XDG_STATE_HOME=" + folder.path(), "HOME="});
  EXPECT_EQ(test::post(elsewhere.port(), address, feedback_on("a")).status, 200);
  EXPECT_EQ(::access((folder.path() + "/sir-cds/sir-cds.sqlite").c_str(), F_OK), 0);
  EXPECT_EQ(::access((folder.path() + "/sir-cds/sir-cds.sqlite.key").c_str(), F_OK), 0);
}
