#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "fhir/json.h"
#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"

// The commands of CONTRACT.md 1, as somebody types them.

using test::run;

TEST(Commands, VersionNamesProgramAndKnowledge) {
  const auto finished = run({"--version"});
  EXPECT_EQ(finished.status, 0) << finished.errors;
  EXPECT_TRUE(
      std::regex_match(finished.output, std::regex("sir-cds [0-9.]+\nknowledge [0-9.]+ sha256:[0-9a-f]{64}.*\n")))
      << finished.output;
}

TEST(Commands, HelpListsTheCommands) {
  const auto finished = run({"--help"});
  EXPECT_EQ(finished.status, 0);
  for (const std::string word : {"serve", "explain", "screen", "check"})
    EXPECT_NE(finished.output.find(word), std::string::npos) << word;
}

TEST(Commands, ExplainReadsAFileOrStandardInput) {
  const std::string file = std::filesystem::temp_directory_path() / "sir-cds-explain.json";
  std::ofstream(file) << test::referral_call().text();
  const auto from_file = run({"explain", file, "--today", "2026-06-15", "--format", "json"});
  const auto from_input = run({"explain", "-", "--today", "2026-06-15"}, test::referral_call().text());
  std::filesystem::remove(file);
  EXPECT_EQ(from_file.status, 0) << from_file.errors;
  EXPECT_EQ(test::schema_faults("assessment", from_file.output), "");
  EXPECT_EQ(from_input.status, 0) << from_input.errors;
  EXPECT_NE(from_input.output.find("412 pmol/L"), std::string::npos) << from_input.output;
}

TEST(Commands, ExplainSaysWhatItCannotRead) {
  const auto broken = run({"explain"}, "{");
  EXPECT_EQ(broken.status, 1);
  EXPECT_TRUE(broken.errors.starts_with("sir-cds: body")) << broken.errors;
  const auto missing = run({"explain", "/nowhere/record.json"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.errors, "sir-cds: /nowhere/record.json: cannot be read\n");
}

TEST(Commands, ServeDoesNotStartWithAnUnknownSetting) {
  const auto finished = run({"serve", "--listen", "127.0.0.1:0"}, "", {"SIR_CDS_LIMIT_BODY=1"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(finished.errors, "sir-cds: SIR_CDS_LIMIT_BODY: is not a setting of sir-cds\n");
}

TEST(Commands, ServeDoesNotStartOnAnAddressThatIsTaken) {
  const auto address = "127.0.0.1:" + std::to_string(test::shared_program().port());
  const auto finished = run({"serve", "--listen", address});
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(finished.errors, "sir-cds: " + address + ": cannot be listened on: Address already in use\n");
}

TEST(Commands, NothingStartsWithoutKnowledge) {
  const auto finished = run({"serve", "--knowledge", "/nowhere"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.errors.find("/nowhere"), std::string::npos) << finished.errors;
}

TEST(Commands, HealthAsksARunningServer) {
  const auto port = std::to_string(test::shared_program().port());
  const auto ready = run({"health", "http://127.0.0.1:" + port});
  EXPECT_EQ(ready.status, 0) << ready.errors;
  EXPECT_NE(ready.output.find("ready"), std::string::npos) << ready.output;
  const auto by_config = run({"health"}, "", {"SIR_CDS_SERVER_LISTEN=0.0.0.0:" + port});
  EXPECT_EQ(by_config.status, 0) << by_config.errors;
  const auto nobody = run({"health", "http://127.0.0.1:1"});
  EXPECT_EQ(nobody.status, 1);
  EXPECT_EQ(nobody.errors.find("sir-cds: http://127.0.0.1:1: the server "), 0U) << nobody.errors;
}
