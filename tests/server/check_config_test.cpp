#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/server/program.h"
#include "tests/server/temporary_file.h"

// `serve --check-config` tells without starting, and what refuses a start names file, key and reason.

using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

/// What is said about a file, under the name FILE. What is refused by the check is refused at start in the same words.
std::string fault_of(const std::string& toml, const std::vector<std::string>& environment = {}) {
  const test::TemporaryFile file(toml);
  const auto checked = test::run({"serve", "--check-config", "--config", file.path()}, "", environment);
  const auto started = test::run({"serve", "--listen", "127.0.0.1:0", "--config", file.path()}, "", environment);
  EXPECT_EQ(checked.status, 1) << toml;
  EXPECT_EQ(started.status, 1) << toml;
  const auto last_line = [](const std::string& text) {
    return text.substr(std::min(text.rfind("sir-cds: "), text.size()));
  };
  EXPECT_EQ(last_line(started.errors), last_line(checked.errors));
  auto line = last_line(checked.errors);
  if (const auto at = line.find(file.path()); at != std::string::npos) line.replace(at, file.path().size(), "FILE");
  return line;
}

}  // namespace

TEST(CheckConfig, SaysWhatIsGoodAndEnds) {
  const test::TemporaryFile file("[server]\nlisten = \"127.0.0.1:8080\"\n");
  const auto good = test::run({"serve", "--check-config", "--config", file.path()});
  EXPECT_EQ(good.status, 0) << good.errors;
  EXPECT_THAT(good.output, StartsWith("the configuration is good: demo profile, 127.0.0.1:8080, knowledge "));
}

TEST(CheckConfig, DoesNotMindThatTheProgramRuns) {
  const auto& running = test::shared_program();
  const auto good = test::run({"serve", "--check-config", "--listen", "127.0.0.1:" + std::to_string(running.port())});
  EXPECT_EQ(good.status, 0) << good.errors;
}

TEST(CheckConfig, MakesNoStore) {
  const std::string folder = std::filesystem::temp_directory_path() / "sir-cds-check-config-makes-none";
  const auto good = test::run({"serve", "--check-config"}, "", {"SIR_CDS_STORE_PATH=" + folder + "/a.sqlite"});
  EXPECT_EQ(good.status, 0) << good.errors;
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(CheckConfig, NamesFileKeyAndReason) {
  EXPECT_EQ(fault_of("[limits]\nbody_byte = 1\n"), "sir-cds: FILE: limits.body_byte: is not known\n");
  EXPECT_EQ(fault_of("[contact]\nphone = \"1\"\n"),
            "sir-cds: FILE: contact.verified_on: is missing beside contact.phone or contact.email\n");
  EXPECT_EQ(fault_of("[server]\ntime_zone = \"Mars/Olympus\"\n"),
            "sir-cds: FILE: server.time_zone: is not a time zone that this system knows\n");
}

TEST(CheckConfig, LooksAtWhatSettingsName) {
  EXPECT_EQ(fault_of("[knowledge]\nfolder = \"/nowhere\"\n"),
            "sir-cds: FILE: knowledge.folder: /nowhere is not a folder that can be read\n");
  EXPECT_EQ(fault_of("[growth]\nuk90_file = \"/nowhere/uk90.csv\"\n"),
            "sir-cds: FILE: growth.uk90_file: /nowhere/uk90.csv cannot be read\n");
  EXPECT_EQ(fault_of("[tls]\ncertificate_file = \"/nowhere/a.pem\"\nkey_file = \"/nowhere/a.key\"\n"),
            "sir-cds: FILE: tls.certificate_file: /nowhere/a.pem cannot be read as a PEM certificate\n");
  EXPECT_EQ(fault_of("[fhir]\nca_file = \"/nowhere/ca.pem\"\n"),
            "sir-cds: FILE: fhir.ca_file: /nowhere/ca.pem is not a file of certificates in PEM form\n");
  const std::string issuer = "[[trust.issuer]]\niss = \"https://a.example\"\njwks_file = \"";
  EXPECT_EQ(fault_of(issuer + "/nowhere/a.json\"\n"),
            "sir-cds: FILE: trust.issuer[0].jwks_file: /nowhere/a.json cannot be read\n");
  const test::TemporaryFile keys("{\"keys\": 7}");
  EXPECT_EQ(fault_of(issuer + keys.path() + "\"\n"),
            "sir-cds: FILE: trust.issuer[0].jwks_file: " + keys.path() + " keys is not a list: this is no JWK Set\n");
}

TEST(CheckConfig, NamesWhatOnlyTogetherIsWrong) {
  EXPECT_THAT(fault_of("[server]\nprofile = \"production\"\n"),
              StartsWith("sir-cds: FILE: trust.issuer: is missing: production serves only callers"));
}

TEST(CheckConfig, NamesTheVariableWhereThatIsWhereItStands) {
  EXPECT_EQ(fault_of("[server]\ntime_zone = \"Europe/Paris\"\n", {"SIR_CDS_SERVER_TIME_ZONE=Mars/Olympus"}),
            "sir-cds: SIR_CDS_SERVER_TIME_ZONE: is not a time zone that this system knows\n");
}
