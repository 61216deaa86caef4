#include "server/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/server/program.h"

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Manual, ThePageInTheTreeIsTheOneThatTheProgramWrites) {
  std::ifstream file(SIR_SOURCE_DIR "/deploy/configuration.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(page, server::manual_as_markdown())
      << "renew it: build/sir-cds config --reference > deploy/configuration.md";
  EXPECT_EQ(test::run({"config", "--reference"}).output, page);
}

TEST(Manual, NamesEverySettingWithItsVariable) {
  const auto page = server::manual_as_markdown();
  const auto terminal = server::manual_for_terminals();
  for (const auto& setting : server::settings()) {
    EXPECT_THAT(page, HasSubstr("`" + server::environment_name(setting) + "`"));
    EXPECT_THAT(page, HasSubstr(std::string(setting.sentence)));
    EXPECT_THAT(terminal, HasSubstr(std::string(setting.sentence)));
  }
  for (const auto& key : server::issuer_keys()) EXPECT_THAT(page, HasSubstr("| `" + std::string(key.name) + "` |"));
}

TEST(Manual, IsAtHandInTheTerminal) {
  EXPECT_THAT(test::run({"serve", "--help"}).output, HasSubstr("\n  body_bytes = 33554432\n"));
}

TEST(Manual, WhatIsInForceIsAFileThatIsReadBackAndKeepsSecrets) {
  const auto config = server::read_config(
      "[site]\ncare_tier = \"hospital\"\n[contact]\nphone = \"1\"\nverified_on = \"2026-05\"\n[knowledge]\n"
      "folder = \"/srv/a \\\"b\\\"\"\n[store]\nurl = \"postgresql://u:secret@db/x\"\n[[trust.issuer]]\n"
      "iss = \"https://ehr.example\"\njku = \"https://ehr.example/jwks\"\n",
      "site.toml");
  ASSERT_TRUE(config) << config.error().where << config.error().what;
  const auto text = server::as_file(*config);
  EXPECT_THAT(text, HasSubstr("care_tier = \"hospital\"  # site.toml: site.care_tier\n"));
  EXPECT_THAT(text, HasSubstr("# url = not shown  # site.toml: store.url\n"));
  EXPECT_THAT(text, HasSubstr("\n# body_bytes = 33554432\n"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  const auto again = server::read_config(text, "site.toml");
  ASSERT_TRUE(again) << again.error().where << again.error().what << "\n" << text;
  EXPECT_EQ(again->knowledge.folder, "/srv/a \"b\"");
}
