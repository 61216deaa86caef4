#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fhir/json.h"
#include "tests/server/bodies.h"
#include "tests/server/fhir_server.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// Prefetch templates per client: a record system that cannot answer ours is given its own, without code.

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string base_url = "https://cds.example.org";
const std::string service(test::service);
const std::string own = "Observation?patient={{context.patientId}}&category=laboratory&_count=250";

/// The program with two record systems: the north has a template and a base URL of its own, the south has neither.
struct House {
  test::SigningKey key{"P-384"};
  test::TemporaryFile keys{key.jwks()};
  test::Program program;

  explicit House(std::vector<std::string> environment = {}) : program(with_issuers(std::move(environment))) {}

  [[nodiscard]] std::string token(const std::string& path, const std::string& issuer) const {
    auto claims = test::Claims::today();
    claims.iss = "\"https://" + issuer + ".example/fhir\"";
    claims.aud = "\"" + base_url + path + "\"";
    return "Authorization: " + test::bearer(claims.signed_by(key));
  }
  [[nodiscard]] test::Answer discover(const std::string& path, const std::vector<std::string>& headers = {}) const {
    return test::ask(program.port(), "GET", path, {}, headers);
  }
  [[nodiscard]] test::Answer call(const std::string& path, const std::string& issuer, const test::Call& call) const {
    return test::post(program.port(), path, call.text(), {"Content-Type: application/json", token(path, issuer)});
  }

 private:
  std::vector<std::string> with_issuers(std::vector<std::string> environment) const {
    const std::string file = R"(jwks_file = ")" + keys.path() + "\"";
    environment.push_back("SIR_CDS_SERVER_PUBLIC_BASE_URL=" + base_url);
    environment.push_back(R"(SIR_CDS_TRUST_ISSUER=[{iss = "https://south.example/fhir", )" + file +
                          R"(}, {iss = "https://north.example/fhir", base_path = "/north", )" + file +
                          R"(, prefetch = {observations = ")" + own + "\"}}]");
    return environment;
  }
};

/// The template of a key in each service of a discovery.
std::vector<std::string> templates(const std::string& discovery, const std::string& key) {
  const auto document = fhir::read_document(discovery);
  std::vector<std::string> all;
  if (document)
    for (const auto one : document->root()["services"]) all.emplace_back(one["prefetch"][key].string());
  return all;
}

/// A call that brings everything but the observations, and names where they are.
test::Call without_observations(const test::FhirServer& server) {
  auto call = test::referral_call();
  call.prefetch["observations"] = "";
  call.more = R"(,"fhirServer":")" + server.base() + "\"";
  return call;
}

}  // namespace

TEST(OwnTemplates, AreWhatTheClientFindsAtItsOwnBaseUrl) {
  const House house;
  const auto general = house.discover("/cds-services");
  const auto north = house.discover("/north/cds-services");
  EXPECT_EQ(north.status, 200);
  EXPECT_EQ(test::schema_faults("discovery", north.body), "");
  ASSERT_EQ(templates(north.body, "observations").size(), templates(general.body, "observations").size());
  for (const auto& text : templates(north.body, "observations")) EXPECT_EQ(text, own);
  EXPECT_EQ(templates(north.body, "conditions"), templates(general.body, "conditions"));
  EXPECT_THAT(general.body, Not(HasSubstr("category=laboratory")));
  EXPECT_EQ(house.discover("/north/cds-services/").body, north.body);
  EXPECT_EQ(house.discover("/east/cds-services").status, 404);
  EXPECT_EQ(house.discover("/north/metrics").status, 404);
}

TEST(OwnTemplates, AreKnownByTheTokenWhereDiscoveryNeedsOne) {
  const House house({"SIR_CDS_TRUST_ALSO_PROTECTED=discovery"});
  EXPECT_EQ(house.discover("/cds-services").status, 401);
  EXPECT_EQ(house.discover("/north/cds-services").status, 401);
  const auto north = house.discover("/cds-services", {house.token("/cds-services", "north")});
  EXPECT_EQ(north.status, 200);
  EXPECT_THAT(north.body, HasSubstr("category=laboratory"));
  const auto south = house.discover("/cds-services", {house.token("/cds-services", "south")});
  EXPECT_EQ(south.status, 200);
  EXPECT_THAT(south.body, Not(HasSubstr("category=laboratory")));
}

TEST(OwnTemplates, CallsAndFeedbackBelowTheBaseUrlNeedATokenForThatAddress) {
  const House house;
  const auto below = "/north" + service;
  const auto answer = house.call(below, "north", test::referral_call());
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("nsirs-referral"));
  const auto elsewhere = test::post(house.program.port(), below, test::referral_call().text(),
                                    {"Content-Type: application/json", house.token(service, "north")});
  EXPECT_EQ(elsewhere.status, 401) << "the token is for another address";
  EXPECT_EQ(test::post(house.program.port(), below, test::referral_call().text()).status, 401);
  const std::string feedback = R"({"feedback":[{"card":")" + test::first_card_uuid(answer.body) +
                               R"(","outcome":"overridden","outcomeTimestamp":"2026-06-15T10:00:00Z"}]})";
  EXPECT_EQ(test::post(house.program.port(), below + "/feedback", feedback,
                       {"Content-Type: application/json", house.token(below + "/feedback", "north")})
                .status,
            200);
  EXPECT_THAT(test::ask(house.program.port(), "GET", "/metrics").body,
              HasSubstr("sir_cds_requests_total{route=\"/cds-services/{id}\",status=\"200\"} 1\n"))
      << "one label for all base paths";
}

TEST(OwnTemplates, AreWhatItsFhirServerIsAskedByWhenSomethingWasNotSent) {
  const test::FhirServer ehr([](test::Wire& wire, const test::Asked&) {
    return wire.send(test::answer_text(test::referral_call().prefetch.at("observations")));
  });
  const House house;
  for (const std::string issuer : {"north", "south"}) {
    const auto answer = house.call(service, issuer, without_observations(ehr));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("nsirs-referral")) << issuer;
  }
  const auto asked = ehr.asked();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].target, "/fhir/Observation?patient=1288992&category=laboratory&_count=250");
  EXPECT_EQ(asked[1].target, "/fhir/Observation?patient=1288992&_sort=-date&_count=1000");
}
