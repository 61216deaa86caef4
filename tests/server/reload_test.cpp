#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cards/knowledge.h"
#include "tests/server/bodies.h"
#include "tests/server/fhir_server.h"
#include "tests/server/population.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// The clinical knowledge read again while the program runs: all of it or nothing.

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A copy of the shipped knowledge to be changed.
class Folder {
 public:
  Folder() {
    std::filesystem::copy(std::string(SIR_SOURCE_DIR) + "/cards/knowledge", path(),
                          std::filesystem::copy_options::recursive);
  }
  std::string path() const { return place_.path("knowledge"); }
  void change(const std::string& file, const std::string& from, const std::string& to) const {
    const std::string name = path() + "/" + file;
    std::string text = test::read_file(name);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(name, std::ios::binary) << text;
  }
  /// Another version of the same rules.
  void raise_version() const { change("knowledge.json", R"("version": ")", R"("version": "9)"); }

 private:
  test::Workplace place_;
};

std::string ready(const test::Program& program) {
  return test::ask(program.port(), "GET", "/health/ready").body;
}

std::string metrics(const test::Program& program) {
  return test::ask(program.port(), "GET", "/metrics").body;
}

/// SIGHUP, and until the reading has ended.
void renew(const test::Program& program, const std::string& result, int times = 1) {
  program.signal(SIGHUP);
  const std::string done = "sir_cds_knowledge_reads_total{result=\"" + result + "\"} " + std::to_string(times) + "\n";
  for (int i = 0; i < 3000 && metrics(program).find(done) == std::string::npos; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_THAT(metrics(program), HasSubstr(done));
}

}  // namespace

TEST(Reload, NewKnowledgeIsServedWithoutAnEnd) {
  const Folder folder;
  const test::Program program({}, {"--knowledge", folder.path()});
  const auto before = ready(program);
  const auto page_before = test::ask(program.port(), "GET", "/criteria").body;
  folder.raise_version();
  EXPECT_EQ(ready(program), before) << "nothing is read before it is asked for";
  renew(program, "taken");
  EXPECT_NE(ready(program), before);
  EXPECT_THAT(ready(program), HasSubstr(R"("status":"ready")"));
  EXPECT_THAT(ready(program), HasSubstr(R"("knowledge":{"version":"9)"));
  EXPECT_NE(test::ask(program.port(), "GET", "/criteria").body, page_before);
  const auto page = metrics(program);
  EXPECT_THAT(page, HasSubstr("sir_cds_knowledge_info{"));
  EXPECT_EQ(page.find("sir_cds_knowledge_info{"), page.rfind("sir_cds_knowledge_info{")) << "one is in force";
  EXPECT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 200);
}

TEST(Reload, AFolderThatIsRefusedChangesNothingAndIsNamed) {
  const Folder folder;
  const test::Program program({}, {"--knowledge", folder.path()});
  const auto before = test::ask(program.port(), "GET", "/criteria").body;
  folder.raise_version();
  folder.change("facts/severe-hyperinsulinaemia.json", "pmol/L", "pmol/l");
  renew(program, "refused");
  EXPECT_EQ(test::ask(program.port(), "GET", "/criteria").body, before);
  EXPECT_THAT(test::post(program.port(), test::service, test::referral_call().text()).body,
              HasSubstr("nsirs-referral"));
  EXPECT_THAT(ready(program), HasSubstr(R"("status":"degraded")"));
  EXPECT_THAT(ready(program), HasSubstr(R"({"part":"knowledge","what":"the folder was refused)"));
  EXPECT_THAT(program.log(), HasSubstr("the old knowledge stays: facts/"));

  folder.change("facts/severe-hyperinsulinaemia.json", "pmol/l", "pmol/L");
  renew(program, "taken");
  EXPECT_THAT(ready(program), HasSubstr(R"("status":"ready")"));
}

TEST(Reload, AFolderThatIsGoneChangesNothing) {
  const Folder folder;
  const test::Program program({}, {"--knowledge", folder.path()});
  std::filesystem::remove_all(folder.path());
  renew(program, "refused");
  EXPECT_THAT(test::post(program.port(), test::service, test::referral_call().text()).body,
              HasSubstr("nsirs-referral"));
}

TEST(Reload, CallsUnderWayAreAnsweredByOneVersionWhole) {
  const Folder folder;
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
    renew(program, "taken", i);
  }
  over = true;
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(answered, 10);
  EXPECT_THAT(ready(program), HasSubstr(R"("version":"99999)"));
}

TEST(Reload, ProductionTakesNoDraftThatItWouldNotHaveStartedWith) {
  const Folder folder;
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
  renew(program, "refused");
  EXPECT_THAT(program.log(), HasSubstr("the old knowledge stays: knowledge.allow_draft"));
  EXPECT_THAT(ready(program), HasSubstr(R"("approved":true)"));
}
