#include "server/command_line.h"

#include <gtest/gtest.h>

namespace {

using server::Verb;

fhir::Result<server::Command> read(std::vector<const char*> words) {
  words.insert(words.begin(), "sir-cds");
  return server::read_command(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST(CommandLine, ReadsServeWithItsOptions) {
  const auto command =
      read({"serve", "--config", "a.toml", "--listen", "127.0.0.1:0", "--knowledge", "k", "--today", "2026-06-15"});
  ASSERT_TRUE(command);
  EXPECT_EQ(command->verb, Verb::serve);
  EXPECT_EQ(command->config_file, "a.toml");
  EXPECT_EQ(command->listen, "127.0.0.1:0");
  EXPECT_EQ(command->knowledge_folder, "k");
  EXPECT_EQ(fhir::iso_date(command->today.value()), "2026-06-15");
}

TEST(CommandLine, ReadsExplainWithAFileADashOrNothing) {
  EXPECT_TRUE(read({"explain"})->inputs.empty());
  EXPECT_EQ(read({"explain", "-"})->inputs, std::vector<std::string>{"-"});
  const auto command = read({"explain", "record.json", "--format", "json"});
  ASSERT_TRUE(command);
  EXPECT_EQ(command->verb, Verb::explain);
  EXPECT_EQ(command->inputs, std::vector<std::string>{"record.json"});
  EXPECT_TRUE(command->as_json);
  EXPECT_FALSE(read({"explain", "--format", "text"})->as_json);
}

TEST(CommandLine, ReadsCheckAndScreen) {
  EXPECT_TRUE(read({"check", "--write"})->write);
  const auto command = read({"screen", "a.ndjson", "b", "--out", "o", "--threads", "3"});
  ASSERT_TRUE(command);
  EXPECT_EQ(command->verb, Verb::screen);
  EXPECT_EQ(command->inputs, (std::vector<std::string>{"a.ndjson", "b"}));
  EXPECT_EQ(command->screen.threads, 3U);
}

TEST(CommandLine, HelpIsPrintedOnRequestAndForNothing) {
  EXPECT_EQ(read({})->verb, Verb::help);
  EXPECT_NE(read({"--help"})->help.find("serve"), std::string::npos);
  EXPECT_NE(read({"serve", "--help"})->help.find("--listen"), std::string::npos);
  EXPECT_EQ(read({"--version"})->verb, Verb::version);
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(read({"dance"}));
  EXPECT_FALSE(read({"serve", "--port", "1"}));
  EXPECT_FALSE(read({"explain", "--format", "xml"}));
  EXPECT_FALSE(read({"explain", "a", "b"}));
  const auto error = read({"serve", "--today", "15 June 2026"}).error();
  EXPECT_EQ(error, (fhir::Error{fhir::Kind::bad_input, "--today", "is not a day written as YYYY-MM-DD"}));
}
