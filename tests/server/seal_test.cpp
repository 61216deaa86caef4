#include "server/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// Knowledge is a release of its own: signed with openssl as an operator would, checked at start, held against an older
// version, and taken back.

namespace {

using test::run;
using test::shell;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A copy of the shipped knowledge with a key pair beside it.
class Released : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    fs::copy(SIR_SOURCE_DIR "/cards/knowledge", knowledge(), fs::copy_options::recursive);
    ok("openssl genpkey -quiet -algorithm " + (GetParam().empty() ? "ED25519" : GetParam()) + " -out key.pem");
    ok("openssl pkey -in key.pem -pubout -out public.pem");
  }

  static void ok(const test::Said& said) { ASSERT_EQ(said.status, 0) << said.text; }
  void ok(const std::string& command) const { ok(shell("cd " + (folder_ / "") + " && " + command)); }
  void sign(const std::string& more = "") const {
    ok(SIR_BINARY " check --manifest --knowledge knowledge > manifest");
    const bool hashes_itself = GetParam().empty() || GetParam() == "ED25519";
    ok(hashes_itself ? "openssl pkeyutl -sign -rawin -inkey key.pem -in manifest -out signature"
                     : "openssl dgst -sha256 -sign key.pem -out signature manifest");
    ok(more.empty() ? "cp signature knowledge.sig" : more);
  }
  [[nodiscard]] std::string knowledge() const { return folder_ / "knowledge"; }
  [[nodiscard]] test::Finished check_config() const {
    return run({"serve", "--check-config", "--knowledge", knowledge()}, "",
               {"SIR_CDS_KNOWLEDGE_PUBLIC_KEY_FILE=" + (folder_ / "public.pem")});
  }

  test::Folder folder_;
};

class ReleasedOnce : public Released {};

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

}  // namespace

TEST_P(Released, WhatWasSignedIsServedAndNothingElse) {
  EXPECT_THAT(check_config().errors, HasSubstr("knowledge.sig: cannot be read"));
  sign();
  EXPECT_EQ(check_config().status, 0) << check_config().errors;
  append(knowledge() + "/CHANGES.md", "\n");
  const auto changed = check_config();
  EXPECT_EQ(changed.status, 1);
  EXPECT_THAT(changed.errors, HasSubstr(knowledge() + ": is not released: none of the keys has signed these files"));
}

INSTANTIATE_TEST_SUITE_P(Seal, Released,
                         ::testing::Values("ED25519", "EC -pkeyopt ec_paramgen_curve:P-384",
                                           "RSA -pkeyopt rsa_keygen_bits:3072"));

TEST_P(ReleasedOnce, AnotherKeyAnotherFileAndAnApprovalByHandAreRefused) {
  sign("openssl base64 -in signature -out knowledge.sig");
  EXPECT_EQ(check_config().status, 0) << check_config().errors;
  std::ofstream(knowledge() + "/approvals.json") << R"({"approvals": []} )";
  EXPECT_EQ(check_config().status, 1) << "an approval can be forged";
  sign();
  EXPECT_EQ(check_config().status, 0);
  append(knowledge() + "/cases/new.json", "{}");
  EXPECT_EQ(check_config().status, 1);
  fs::remove(knowledge() + "/cases/new.json");
  EXPECT_EQ(check_config().status, 0);
  ok("openssl genpkey -quiet -algorithm ED25519 -out key.pem");
  sign();
  EXPECT_EQ(check_config().status, 1) << "somebody else's signature counts";
  ok("openssl pkey -in key.pem -pubout >> public.pem");
  EXPECT_EQ(check_config().status, 0) << "the second key of the file does not count";
  ok("echo > public.pem");
  EXPECT_THAT(check_config().errors, HasSubstr("there is no public key in PEM form"));
}

INSTANTIATE_TEST_SUITE_P(Seal, ReleasedOnce, ::testing::Values(""));

TEST(CheckCommand, ShowsWhichCasesChangeAgainstAnOlderVersion) {
  const test::Folder folder;
  fs::copy(SIR_SOURCE_DIR "/cards/knowledge", folder / "old", fs::copy_options::recursive);
  const auto same = run({"check", "--knowledge", SIR_SOURCE_DIR "/cards/knowledge", "--compare", folder / "old"});
  EXPECT_EQ(same.status, 0) << same.errors;
  EXPECT_THAT(same.output, HasSubstr("\n0 of "));
  auto text = test::read_file(folder / "old/facts/severe-hyperinsulinaemia.json");
  text.replace(text.find("\"value\": 150"), 12, "\"value\": 100");
  std::ofstream(folder / "old/facts/severe-hyperinsulinaemia.json") << text;
  const auto changed = run({"check", "--knowledge", SIR_SOURCE_DIR "/cards/knowledge", "--compare", folder / "old"});
  EXPECT_EQ(changed.status, 0) << changed.errors;
  EXPECT_THAT(changed.output, AllOf(HasSubstr("cases/unexplained-severe-insulin-resistance.json: "),
                                    HasSubstr("  was nsirs-referral")));
  const auto nowhere = run({"check", "--compare", "/nowhere"});
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_EQ(nowhere.errors, "sir-cds: /nowhere: is not a folder that can be read\n");
}

TEST(SiteFolderSetting, IsReadAtStartAndToldOfInTheLog) {
  const test::Folder folder;
  fs::create_directories(folder / "site");
  folder.write("site/thresholds.json",
               R"({"thresholds": [{"file": "facts/severe-hyperinsulinaemia.json", "path": "parameters.fasting.value",)"
               R"("from": 150, "to": 500, "why": "test", "decided_by": "nobody", "on": "2026-06-01"}]})");
  const test::Program program({"SIR_CDS_SITE_FOLDER=" + (folder / "site")});
  const auto answer = test::post(program.port(), test::service, test::referral_call("412").text());
  EXPECT_EQ(answer.body.find("nsirs-referral"), std::string::npos) << answer.body;
  const auto above = test::post(program.port(), test::service, test::referral_call("512").text());
  EXPECT_THAT(above.body, AllOf(HasSubstr("nsirs-referral"), HasSubstr("This site has changed a threshold")));
  EXPECT_THAT(program.log(), HasSubstr("this site has changed a threshold"));
}

TEST(SiteFolderSetting, WhatIsWrongInItIsRefusedWithFileAndSentence) {
  const test::Folder folder;
  fs::create_directories(folder / "site");
  folder.write("site/other.json", "{}");
  const auto refused = run({"serve", "--check-config"}, "", {"SIR_CDS_SITE_FOLDER=" + (folder / "site")});
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.errors,
            "sir-cds: site folder: other.json: is none of valuesets/, maps/, units.json and thresholds.json\n");
  const auto missing = run({"serve", "--check-config"}, "", {"SIR_CDS_SITE_FOLDER=/nowhere"});
  EXPECT_EQ(missing.errors, "sir-cds: SIR_CDS_SITE_FOLDER: /nowhere is not a folder that can be read\n");
}
