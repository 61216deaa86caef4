#include "server/outcome.h"

#include <gtest/gtest.h>

#include "tests/server/schema.h"

using fhir::Kind;
using server::error_response;

TEST(Outcome, NamesTheJsonPathAndTheSentence) {
  const auto response = error_response({Kind::bad_input, "context.patientId", "is missing"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required",)"
            R"("details":{"text":"The request could not be read."},"diagnostics":"context.patientId is missing",)"
            R"("expression":["context.patientId"]}]})");
}

TEST(Outcome, OfAFaultInTheSyntaxHasNoPath) {
  const auto response = error_response({Kind::bad_input, "body, byte 17", "is not JSON"});
  EXPECT_EQ(response.body.find("expression"), std::string::npos);
  EXPECT_NE(response.body.find(R"("code":"structure")"), std::string::npos);
}

TEST(Outcome, HasAStatusForEveryKind) {
  const std::vector<std::pair<Kind, int>> table{
      {Kind::bad_input, 400},    {Kind::unauthorised, 401}, {Kind::not_allowed, 403}, {Kind::not_found, 404},
      {Kind::wrong_method, 405}, {Kind::incomplete, 412},   {Kind::timed_out, 408},   {Kind::too_big, 413},
      {Kind::wrong_media, 415},  {Kind::busy, 503},         {Kind::internal, 500}};
  for (const auto& [kind, status] : table) {
    const auto response = error_response({kind, "prefetch", "is at fault"});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(test::schema_faults("operation-outcome", response.body), "") << status;
  }
}

TEST(Outcome, SaysNothingAboutOurOwnTroubleOrTheCallersStanding) {
  for (const Kind kind : {Kind::internal, Kind::unauthorised}) {
    const auto response = error_response({kind, "/etc/secret", "has a detail"});
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
    EXPECT_EQ(response.body.find("detail\""), std::string::npos);
  }
}

TEST(Outcome, OfAFullHouseSaysWhenToComeBack) {
  const auto response = error_response(503, "all workers are busy");
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].first, "Retry-After");
  EXPECT_EQ(response.headers[0].second, "1");
}
