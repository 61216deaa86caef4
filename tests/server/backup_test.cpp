#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/database.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// deploy/backup.md: a copy that was made under writes is a store that a server starts with.

using ::testing::HasSubstr;

namespace {

const std::string feedback_address = std::string(test::service) + "/feedback";

std::string answer_to(const std::string& card) {
  return R"({"feedback":[{"card":")" + card +
         R"(","outcome":"overridden","overrideReason":{"reason":{"code":"already-known",)"
         R"("system":"urn:sir-cds:override-reason"}},"outcomeTimestamp":"2026-06-15T10:00:00Z"}]})";
}

std::string card_for(const test::Program& program, const std::string& patient) {
  return test::first_card_uuid(
      test::post(program.port(), test::service, test::referral_call("412", patient).text()).body);
}

}  // namespace

TEST(Backup, OfARunningServerIsAStoreThatAnotherStartsWith) {
  const test::Database database(test::Kind::sqlite);
  const test::Folder folder;
  const test::Program program(database.settings());
  ASSERT_EQ(test::post(program.port(), feedback_address, answer_to(card_for(program, "p"))).status, 200);
  ASSERT_EQ(card_for(program, "p"), "");

  std::atomic<bool> enough = false;
  std::thread writing([&] {
    for (int i = 0; !enough; ++i) (void)card_for(program, "other" + std::to_string(i));
  });
  const auto copied = test::run({"backup", folder / "copy"}, "", database.settings());
  enough = true;
  writing.join();
  EXPECT_EQ(copied.status, 0) << copied.errors;

  for (const std::string file : {"copy", "copy.key"}) {
    struct stat found {};
    ASSERT_EQ(::stat((folder / file).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << file;
  }
  const test::Program restored({"SIR_CDS_STORE_PATH=" + (folder / "copy")});
  EXPECT_EQ(card_for(restored, "p"), "") << "the answer is not in the copy, or the key is not that of the store";
  EXPECT_NE(card_for(restored, "q"), "");
}

TEST(Backup, OverwritesNothingAndSaysWhatItCannotDo) {
  const test::Database database(test::Kind::sqlite);
  const test::Folder folder;
  const auto nothing = test::run({"backup", folder / "copy"}, "", {"SIR_CDS_STORE_PATH=/nowhere/a.sqlite"});
  EXPECT_EQ(nothing.errors, "sir-cds: SIR_CDS_STORE_PATH: /nowhere/a.sqlite is not there: there is nothing to copy\n");
  { const test::Program program(database.settings()); }
  folder.write("copy.key", "precious");
  const auto there = test::run({"backup", folder / "copy"}, "", database.settings());
  EXPECT_EQ(there.status, 1);
  EXPECT_THAT(there.errors, HasSubstr("copy.key: is there already"));
}

// As deploy/backup.md has it: pg_dump while the server runs, pg_restore into an empty database.
TEST(Backup, OfPostgresqlIsMadeByItsOwnToolsAndRestored) {
  if (!test::can_run(test::Kind::postgresql)) GTEST_SKIP() << "there is no PostgreSQL here";
  const test::Database database(test::Kind::postgresql);
  const test::Database new_machine(test::Kind::postgresql);
  const test::Folder folder;
  const auto refused = test::run({"backup", folder / "copy"}, "", database.settings());
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.errors, HasSubstr("store: is PostgreSQL: pg_dump makes its copies"));

  const test::SigningKey key("P-384");
  const test::TemporaryFile keys(key.jwks());
  const auto settings = [&](const test::Database& of) {
    auto all = of.settings();
    all.emplace_back("SIR_CDS_SERVER_PUBLIC_BASE_URL=https://cds.example.org");
    all.push_back(R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jwks_file = ")" + keys.path() + "\"}");
    return all;
  };
  const auto post = [](const test::Program& program, const std::string& path, const std::string& body,
                       const std::string& token) {
    return test::post(program.port(), path, body, {"Content-Type: application/json", "Authorization: " + token});
  };
  const auto token_for = [&](const std::string& path) {
    auto claims = test::Claims::today();
    claims.aud = "\"https://cds.example.org" + path + "\"";
    return test::bearer(claims.signed_by(key));
  };
  const std::string service(test::service);
  const auto call = [&](const test::Program& program, const std::string& patient) {
    return post(program, service, test::referral_call("412", patient).text(), token_for(service));
  };

  const auto used = token_for(service);
  {
    const test::Program program(settings(database));
    const auto card = test::first_card_uuid(post(program, service, test::referral_call("412", "p").text(), used).body);
    ASSERT_EQ(post(program, feedback_address, answer_to(card), token_for(feedback_address)).status, 200);
    ASSERT_EQ(test::first_card_uuid(call(program, "p").body), "");

    std::atomic<bool> enough = false;
    std::thread writing([&] {
      for (int i = 0; !enough; ++i) (void)call(program, "other" + std::to_string(i));
    });
    const auto dumped = test::shell(database.tool("pg_dump") + " --format=custom postgres > " + (folder / "dump"));
    enough = true;
    writing.join();
    ASSERT_EQ(dumped.status, 0) << dumped.text;
  }
  const auto restored = test::shell(new_machine.tool("pg_restore") +
                                    " --clean --if-exists --exit-on-error --dbname=postgres " + (folder / "dump"));
  ASSERT_EQ(restored.status, 0) << restored.text;
  std::filesystem::copy_file(database.key_file(), new_machine.key_file());

  const test::Program program(settings(new_machine));
  EXPECT_EQ(test::first_card_uuid(call(program, "p").body), "")
      << "the answer is not in the copy, or the key is another";
  EXPECT_NE(test::first_card_uuid(call(program, "q").body), "");
  EXPECT_EQ(post(program, service, test::referral_call("412", "p").text(), used).status, 401)
      << "a used token counts again";
  EXPECT_EQ(new_machine.query("SELECT outcome FROM feedback"), "overridden\n");
}
