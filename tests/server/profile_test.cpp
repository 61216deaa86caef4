#include "server/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// demo and production: which settings have to be right before the program starts.

namespace {

using server::Config;
using server::fit_for_profile;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Config good_for_production() {
  Config config;
  config.server.profile = "production";
  config.server.tls_proxy = true;
  config.server.public_base_url = "https://cds.example.org";
  server::Issuer issuer;
  issuer.iss = "https://ehr.example/fhir";
  issuer.jwks_file = "keys.json";
  config.trust.issuers = {issuer};
  return config;
}

std::string setting_at_fault(const Config& config, bool approved = true) {
  const auto fit = fit_for_profile(config, true, approved);
  return fit ? "none" : fit.error().where;
}

const std::string base_url = "SIR_CDS_SERVER_PUBLIC_BASE_URL=https://cds.example.org";

}  // namespace

TEST(Profile, DemoIsForTheLoopback) {
  EXPECT_TRUE(fit_for_profile({}, true, false));
  const auto open = fit_for_profile({}, false, true);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().where, "server.listen");
  EXPECT_THAT(open.error().what, HasSubstr("server.profile = \"production\""));
}

// "production profile without TLS (neither own nor declared proxy): server refuses to start"
TEST(Profile, CH205_ProductionNeedsTlsAndCallersThatAreKnown) {
  EXPECT_EQ(setting_at_fault(good_for_production()), "none");
  Config config = good_for_production();
  config.server.tls_proxy = false;
  EXPECT_EQ(setting_at_fault(config), "tls.certificate_file");
  config.tls.certificate_file = "certificate.pem";
  EXPECT_EQ(setting_at_fault(config), "none");
  config = good_for_production();
  config.trust.issuers.clear();
  EXPECT_EQ(setting_at_fault(config), "trust.issuer");
}

TEST(Profile, ProductionNeedsAPublicAddress) {
  for (const std::string url : {"", "http://cds.example.org"}) {
    Config config = good_for_production();
    config.server.public_base_url = url;
    EXPECT_EQ(setting_at_fault(config), "server.public_base_url") << url;
  }
  Config config = good_for_production();
  config.trust.base_urls = {"http://cds.example.org"};
  EXPECT_EQ(setting_at_fault(config), "server.public_base_url");
}

TEST(Profile, ProductionServesDraftsOnlyWhenTheSiteSaysSo) {
  Config config = good_for_production();
  EXPECT_EQ(setting_at_fault(config, false), "knowledge.allow_draft");
  config.knowledge.allow_draft = true;
  EXPECT_EQ(setting_at_fault(config, false), "none");
}

// "sandbox key (private key is public on GitHub): … only in an explicit test profile"
TEST(Profile, CH203_ProductionDoesNotBelieveThePublicSandbox) {
  Config config = good_for_production();
  config.trust.issuers[0].iss = "https://sandbox.cds-hooks.org";
  EXPECT_EQ(setting_at_fault(config), "trust.issuer");
  config.server.profile = "demo";
  EXPECT_EQ(setting_at_fault(config), "none");
}

TEST(Profile, CH205_TheProgramDoesNotStartAndNamesTheSetting) {
  const auto open = test::run({"serve", "--listen", "0.0.0.0:0"});
  EXPECT_EQ(open.status, 1);
  EXPECT_EQ(open.output, "");
  EXPECT_THAT(open.errors, StartsWith("sir-cds: server.listen: is not on the loopback"));
  const auto bare = test::run({"serve", "--listen", "127.0.0.1:0"}, "", {"SIR_CDS_SERVER_PROFILE=production"});
  EXPECT_EQ(bare.status, 1);
  EXPECT_THAT(bare.errors, StartsWith("sir-cds: trust.issuer: is missing"));
  const auto unknown = test::run({"serve"}, "", {"SIR_CDS_SERVER_PROFILE=test"});
  EXPECT_EQ(unknown.errors, "sir-cds: SIR_CDS_SERVER_PROFILE: is not demo or production\n");
}

TEST(Profile, EveryCardOfTheDemoSaysSo) {
  const auto demo = test::post(test::shared_program().port(), test::service, test::referral_call().text());
  EXPECT_THAT(demo.body, HasSubstr("**Demonstration server"));
  EXPECT_THAT(test::shared_program().log(), HasSubstr("the demo profile"));
}

TEST(Profile, ProductionStartsWithWhatItAsksForAndIsNoDemonstration) {
  const test::SigningKey key("P-384");
  const test::TemporaryFile keys(key.jwks());
  const test::Program program(
      {"SIR_CDS_SERVER_PROFILE=production", "SIR_CDS_SERVER_TLS_PROXY=true", "SIR_CDS_KNOWLEDGE_ALLOW_DRAFT=true",
       base_url, R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jwks_file = ")" + keys.path() + "\"}"});
  EXPECT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 401);
  const auto answer = test::post(program.port(), test::service, test::referral_call().text(),
                                 {"Content-Type: application/json", "Origin: https://page.example",
                                  "Authorization: " + test::bearer(test::Claims::today().signed_by(key))});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("nsirs-referral"));
  EXPECT_EQ(answer.body.find("Demonstration"), std::string::npos);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "");  // on the loopback behind a proxy is not on the loopback
}
