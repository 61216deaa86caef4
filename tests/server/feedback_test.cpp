#include <gtest/gtest.h>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Group H of the conformance checklist, the part that needs no store: feedback that is wrong is refused.

namespace {

test::Answer send(const std::string& items) {
  return test::post(test::shared_program().port(), std::string(test::service) + "/feedback", items);
}

std::string item(const std::string& members) {
  return R"({"feedback":[{)" + members + "}]}";
}

void expect_fault(const std::string& body, const std::string& expression) {
  const auto answer = send(body);
  EXPECT_EQ(answer.status, 400) << body;
  EXPECT_NE(answer.body.find("\"expression\":[\"" + expression), std::string::npos) << body << answer.body;
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
}

const std::string stamp = R"(,"outcomeTimestamp":"2021-12-11T10:05:31Z")";

}  // namespace

// What is well-formed is not acknowledged as long as it is not kept.
TEST(Feedback, WellFormedFeedbackIsNotAcknowledgedWhileNothingIsStored) {
  const std::string body = item(R"("card":"a","outcome":"accepted","acceptedSuggestions":[{"id":"b"}])" + stamp);
  EXPECT_EQ(test::schema_faults("feedback", body), "");
  EXPECT_EQ(send(body).status, 501);
}

TEST(Feedback, CH168_CH173_MissingMembersAreNamed) {
  expect_fault("{}", "feedback");
  expect_fault(R"({"feedback":{}})", "feedback");
  expect_fault(R"({"feedback":[]})", "feedback");
  expect_fault(item(R"("outcome":"overridden")" + stamp), "feedback[0].card");
  expect_fault(item(R"("card":"a")" + stamp), "feedback[0].outcome");
  expect_fault(item(R"("card":"a","outcome":"overridden")"), "feedback[0].outcomeTimestamp");
}

TEST(Feedback, CH169_OutcomesAreAcceptedOrOverridden) {
  for (const std::string outcome : {"ignored", "ACCEPTED"})
    expect_fault(item(R"("card":"a","outcome":")" + outcome + "\"" + stamp), "feedback[0].outcome");
}

TEST(Feedback, CH170_AcceptedNeedsTheSuggestion) {
  expect_fault(item(R"("card":"a","outcome":"accepted")" + stamp), "feedback[0].acceptedSuggestions");
}

TEST(Feedback, CH171_AnEmptyReasonIsRefused) {
  expect_fault(item(R"("card":"a","outcome":"overridden","overrideReason":{})" + stamp), "feedback[0].overrideReason");
}

TEST(Feedback, CH172_TimestampsFollowRfc3339) {
  for (const std::string good : {"2021-12-11T10:05:31Z", "2021-12-11T10:05:31.52Z", "2021-12-11T10:05:31+01:00"})
    EXPECT_EQ(send(item(R"("card":"a","outcome":"overridden","outcomeTimestamp":")" + good + "\"")).status, 501)
        << good;
  for (const std::string bad : {"2020-12-11T00:00:00Z UTC", "yesterday"})
    expect_fault(item(R"("card":"a","outcome":"overridden","outcomeTimestamp":")" + bad + "\""),
                 "feedback[0].outcomeTimestamp");
}
