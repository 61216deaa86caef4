#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/bodies.h"
#include "tests/server/database.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// `sir-cds forget`: what is stored of a patient, or for too long, is deleted by a command.

using ::testing::HasSubstr;

namespace {

class Forget : public ::testing::Test {
 protected:
  /// A card is given to two patients, and answered.
  void SetUp() override {
    test::Program program(database.settings());
    for (const std::string patient : {"p1", "p2"}) {
      const auto cards = test::post(program.port(), test::service, test::referral_call("412", patient).text());
      const auto uuid = test::first_card_uuid(cards.body);
      ASSERT_NE(uuid, "") << cards.body;
      const auto kept = test::post(program.port(), std::string(test::service) + "/feedback",
                                   R"({"feedback":[{"card":")" + uuid +
                                       R"(","outcome":"overridden",)"
                                       R"("outcomeTimestamp":"2026-06-15T10:00:00Z"}]})");
      ASSERT_EQ(kept.status, 200) << kept.body;
    }
    ASSERT_EQ(program.stop(), 0);
    ASSERT_EQ(rows(), "2|2\n");
  }

  std::string rows() const {
    return database.query("SELECT (SELECT COUNT(*) FROM card), (SELECT COUNT(*) FROM feedback)");
  }
  test::Finished forget(std::vector<std::string> words) const {
    words.insert(words.begin(), "forget");
    return test::run(words, "", database.settings());
  }

  test::Database database{test::Kind::sqlite};
};

}  // namespace

TEST_F(Forget, APatientIsFoundByTheIdInTheRecordSystem) {
  EXPECT_EQ(forget({"--patient", "p1", "--issuer", "https://another.example"}).output,
            "deleted: 0 cards, 0 items of feedback\n");
  EXPECT_EQ(forget({"--patient", "p1"}).output, "deleted: 1 cards, 1 items of feedback\n");
  EXPECT_EQ(rows(), "1|1\n");
}

TEST_F(Forget, APatientIsFoundByTheHashInTheStore) {
  auto hash = database.query("SELECT patient FROM card LIMIT 1");
  hash.pop_back();
  EXPECT_EQ(forget({"--patient-hash", hash}).output, "deleted: 1 cards, 1 items of feedback\n");
  EXPECT_EQ(database.query("SELECT COUNT(*) FROM card WHERE patient = '" + hash + "'"), "0\n");
  EXPECT_EQ(rows(), "1|1\n");
}

TEST_F(Forget, WhatIsOldGoesAndWhatIsNewStays) {
  EXPECT_EQ(forget({"--older-than", "1"}).output, "deleted: 0 cards, 0 items of feedback\n");
  (void)database.query("UPDATE card SET shown_at = shown_at - 864000");
  (void)database.query("UPDATE feedback SET received_at = received_at - 864000");
  EXPECT_EQ(forget({"--older-than", "11"}).output, "deleted: 0 cards, 0 items of feedback\n");
  EXPECT_EQ(forget({"--older-than", "9"}).output, "deleted: 2 cards, 2 items of feedback\n");
  EXPECT_EQ(rows(), "0|0\n");
}

TEST(ForgetCommand, HasToBeToldWhatAndWhere) {
  const auto nothing = test::run({"forget"});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_THAT(nothing.errors, HasSubstr("--older-than, --patient-hash or --patient"));
  EXPECT_EQ(test::run({"forget", "--older-than", "0"}).status, 1);
  const auto nowhere = test::run({"forget", "--older-than", "1"}, "", {"SIR_CDS_STORE_PATH=/nowhere/a.sqlite"});
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_EQ(nowhere.errors,
            "sir-cds: SIR_CDS_STORE_PATH: /nowhere/a.sqlite is not there: there is nothing to forget\n");
}

TEST(ForgetCommand, DoesNotMakeAKeyThatCouldFindNobody) {
  const test::Database database(test::Kind::sqlite);
  { const test::Program program(database.settings()); }
  const auto without =
      test::run({"forget", "--patient", "p1"}, "",
                {"SIR_CDS_STORE_PATH=" + database.place().path, "SIR_CDS_STORE_PATIENT_KEY_FILE=/nowhere/key"});
  EXPECT_EQ(without.status, 1);
  EXPECT_EQ(
      without.errors,
      "sir-cds: SIR_CDS_STORE_PATIENT_KEY_FILE: /nowhere/key is not there: without the key of the store no patient "
      "can be found in it\n");
}
