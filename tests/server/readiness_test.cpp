#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// What /health/ready tells whoever balances load, and whoever is called at night. Its words on knowledge, audit log and
// store are in the tests of those.

using ::testing::HasSubstr;

TEST(Readiness, WhenNobodyCanBeLetInItIs503AndSaysWhy) {
  const test::Program program(
      {R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jku = "https://127.0.0.1:1/keys.json"})"});
  const auto ready = test::ask(program.port(), "GET", "/health/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, HasSubstr(R"("status":"unavailable")"));
  EXPECT_THAT(ready.body, HasSubstr(R"({"part":"trust","what":"has no keys of any issuer: nobody can be let in"})"));
  EXPECT_EQ(test::ask(program.port(), "GET", "/health/live").status, 200) << "it need not be started again";
}

TEST(Readiness, WithoutTroubleItSaysNothingOfAny) {
  const auto ready = test::ask(test::shared_program().port(), "GET", "/health/ready");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.body.find("troubles"), std::string::npos);
}
