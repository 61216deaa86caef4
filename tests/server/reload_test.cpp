#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cards/knowledge.h"
#include "tests/server/bodies.h"
#include "tests/server/fhir_server.h"
#include "tests/server/knowledge_copy.h"
#include "tests/server/population.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// The clinical knowledge read again while the program runs: all of it or nothing.

namespace {

using test::KnowledgeCopy;
using ::testing::HasSubstr;

}  // namespace

TEST(Reload, NewKnowledgeIsServedWithoutAnEnd) {
  const KnowledgeCopy folder;
  const test::Program program({}, {"--knowledge", folder.path()});
  const auto before = test::ready_page(program);
  const auto page_before = test::ask(program.port(), "GET", "/criteria").body;
  folder.raise_version();
  EXPECT_EQ(test::ready_page(program), before) << "nothing is read before it is asked for";
  test::renew(program, "taken");
  EXPECT_NE(test::ready_page(program), before);
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("status":"ready")"));
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("knowledge":{"version":"9)"));
  EXPECT_NE(test::ask(program.port(), "GET", "/criteria").body, page_before);
  const auto page = test::metrics_page(program);
  EXPECT_THAT(page, HasSubstr("sir_cds_knowledge_info{"));
  EXPECT_EQ(page.find("sir_cds_knowledge_info{"), page.rfind("sir_cds_knowledge_info{")) << "one is in force";
  EXPECT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 200);
}

TEST(Reload, AFolderThatIsRefusedChangesNothingAndIsNamed) {
  const KnowledgeCopy folder;
  const test::Program program({}, {"--knowledge", folder.path()});
  const auto before = test::ask(program.port(), "GET", "/criteria").body;
  folder.raise_version();
  folder.change("facts/severe-hyperinsulinaemia.json", "pmol/L", "pmol/l");
  test::renew(program, "refused");
  EXPECT_EQ(test::ask(program.port(), "GET", "/criteria").body, before);
  EXPECT_THAT(test::post(program.port(), test::service, test::referral_call().text()).body,
              HasSubstr("nsirs-referral"));
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("status":"degraded")"));
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"({"part":"knowledge","what":"the folder was refused)"));
  EXPECT_THAT(program.log(), HasSubstr("the old knowledge stays: facts/"));

  folder.change("facts/severe-hyperinsulinaemia.json", "pmol/l", "pmol/L");
  test::renew(program, "taken");
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("status":"ready")"));
}

TEST(Reload, AFolderThatIsGoneChangesNothing) {
  const KnowledgeCopy folder;
  const test::Program program({}, {"--knowledge", folder.path()});
  std::filesystem::remove_all(folder.path());
  test::renew(program, "refused");
  EXPECT_THAT(test::post(program.port(), test::service, test::referral_call().text()).body,
              HasSubstr("nsirs-referral"));
}

TEST(Reload, CallsUnderWayAreAnsweredByOneVersionWhole) {
  const KnowledgeCopy folder;
  const test::FhirServer ehr([](test::Wire& wire, const test::Asked&) {
    return wire.wait(5) && wire.send(test::answer_text(test::bundle({})));
  });
  const test::Program program({"SIR_CDS_FHIR_BUDGET_MS=20000"}, {"--knowledge", folder.path()});
  test::Call call = test::referral_call();
  call.prefetch["medications"] = "";
  call.more = R"(,"fhirServer":")" + ehr.base() + "\"";
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      while (!over) {
        const auto answer = test::post(program.port(), test::service, call.text());
        const bool good = answer.status == 200 && answer.body.find("nsirs-referral") != std::string::npos;
        if (!good) ++wrong;
        ++answered;
      }
    });
  for (int i = 1; i <= 5; ++i) {
    folder.raise_version();
    test::renew(program, "taken", i);
  }
  over = true;
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(answered, 10);
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("version":"99999)"));
}

TEST(Reload, ProductionTakesNoDraftThatItWouldNotHaveStartedWith) {
  const KnowledgeCopy folder;
  const auto digest = cards::read_knowledge(*cards::read_folder(folder.path()))->digest();
  std::ofstream(folder.path() + "/approvals.json")
      << R"({"approvals": [{"digest": ")" << digest
      << R"(", "name": "A. N. Other", "role": "consultant", "on": "2026-06-01"}]})";
  const test::SigningKey key("P-384");
  const test::TemporaryFile keys(key.jwks());
  const test::Program program(
      {"SIR_CDS_SERVER_PROFILE=production", "SIR_CDS_SERVER_TLS_PROXY=true",
       "SIR_CDS_SERVER_PUBLIC_BASE_URL=https://cds.example.org",
       R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jwks_file = ")" + keys.path() + "\"}"},
      {"--knowledge", folder.path()});
  folder.raise_version();
  test::renew(program, "refused");
  EXPECT_THAT(program.log(), HasSubstr("the old knowledge stays: knowledge.allow_draft"));
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("approved":true)"));
}

// What deploy/upgrade.md says: two folders, a link that says which is in force, and SIGHUP.
TEST(Reload, ARollBackPutsTheOldVersionInForceAndABrokenOneNothing) {
  const KnowledgeCopy older;
  const KnowledgeCopy newer;
  newer.raise_version();
  newer.set_fasting_threshold("500");
  const test::Workplace place;
  const std::string link = place.path("current");
  const auto point_to = [&](const std::string& folder) {
    std::filesystem::create_directory_symlink(folder, place.path("next"));
    std::filesystem::rename(place.path("next"), link);
  };
  point_to(older.path());
  const test::Program program({}, {"--knowledge", link});
  const auto old_digest = test::ready_page(program);
  const auto says_refer = [&] {
    const auto answer = test::post(program.port(), test::service, test::referral_call().text());
    return answer.status == 200 && answer.body.find("nsirs-referral") != std::string::npos;
  };
  EXPECT_TRUE(says_refer());

  point_to(newer.path());
  test::renew(program, "taken", 1);
  EXPECT_NE(test::ready_page(program), old_digest);
  EXPECT_FALSE(says_refer()) << "412 pmol/L is no longer raised";

  older.change("knowledge.json", R"("order": [)", R"("order": [ )");  // the folder is there, and is not what it was
  older.change("facts/severe-hyperinsulinaemia.json", "pmol/L", "pmol/l");
  point_to(older.path());
  test::renew(program, "refused", 1);
  EXPECT_FALSE(says_refer()) << "half of a version is in force";

  older.change("facts/severe-hyperinsulinaemia.json", "pmol/l", "pmol/L");
  older.change("knowledge.json", R"("order": [ )", R"("order": [)");
  test::renew(program, "taken", 2);
  EXPECT_EQ(test::ready_page(program), old_digest);
  EXPECT_TRUE(says_refer());
}
