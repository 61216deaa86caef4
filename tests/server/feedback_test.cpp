#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/server/bodies.h"
#include "tests/server/database.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Group H of the conformance checklist, with the real program: what is kept, and what is refused.

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string address = std::string(test::service) + "/feedback";
const std::string stamp = R"(,"outcomeTimestamp":"2021-12-11T10:05:31Z")";

std::string body_of(const std::vector<std::string>& items) {
  std::string all;
  for (const auto& item : items) all += (all.empty() ? "{" : ",{") + item + "}";
  return R"({"feedback":[)" + all + "]}";
}

std::string overridden(const std::string& card, const std::string& more = {}) {
  return R"("card":")" + card + R"(","outcome":"overridden")" + stamp + more;
}

std::string accepted(const std::string& card) {
  return R"("card":")" + card + R"(","outcome":"accepted","acceptedSuggestions":[{"id":"s-1"}])" + stamp;
}

test::Answer send(const std::string& body, int port = test::shared_program().port()) {
  return test::post(port, address, body);
}

void expect_fault(const std::string& body, const std::string& expression, int status = 400) {
  const auto answer = send(body);
  EXPECT_EQ(answer.status, status) << body.substr(0, 200);
  EXPECT_NE(answer.body.find("\"expression\":[\"" + expression), std::string::npos)
      << body.substr(0, 200) << answer.body;
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
}

/// The program with a database whose rows can be counted from outside.
struct Site {
  explicit Site(test::Kind kind = test::Kind::sqlite, const std::vector<std::string>& more = {}) : database(kind) {
    auto settings = database.settings();
    settings.insert(settings.end(), more.begin(), more.end());
    program.emplace(settings);
  }
  [[nodiscard]] std::string rows(const std::string& columns = "card") const {
    return database.query("SELECT " + columns + " FROM feedback ORDER BY id");
  }

  test::Database database;
  std::optional<test::Program> program;
};

void expect_kept(const std::string& item) {
  const Site site;
  EXPECT_EQ(test::schema_faults("feedback", body_of({item})), "");
  const auto answer = send(body_of({item}), site.program->port());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(site.rows("COUNT(*)"), "1\n");
}

}  // namespace

TEST(Feedback, CH160_AcceptedFeedbackIsKept) {
  expect_kept(accepted("a"));
}

TEST(Feedback, CH161_OverriddenFeedbackWithoutAReasonIsKept) {
  expect_kept(overridden("a"));
}

TEST(Feedback, CH162_CH163_CodedReasonsAreKeptAndCommentsOnlyWhereTheSiteWantsThem) {
  const std::string both = overridden("a", R"(,"overrideReason":{"reason":{"code":"later","system":)"
                                           R"("urn:sir-cds:override-reason"},"userComment":"she's away"})");
  const std::string words = overridden("b", R"(,"overrideReason":{"userComment":"not now"})");
  const Site discreet;
  EXPECT_EQ(send(body_of({both, words}), discreet.program->port()).status, 200);
  EXPECT_EQ(discreet.rows("card, reason, user_comment"), "a|later|\nb||\n");

  const Site open(test::Kind::sqlite, {"SIR_CDS_FEEDBACK_COMMENTS=true"});
  EXPECT_EQ(send(body_of({both, words}), open.program->port()).status, 200);
  EXPECT_EQ(open.rows("card, reason, user_comment"), "a|later|she's away\nb||not now\n");
}

TEST(Feedback, CH164_TheFormOfThePublicSandboxIsKept) {
  const Site site;
  const std::string item = overridden("a", R"(,"overrideReason":{"reason":{"code":"explained"}})");
  EXPECT_EQ(send(body_of({item}), site.program->port()).status, 200);
  EXPECT_EQ(site.rows("card, reason_system, reason"), "a||explained\n");
}

TEST(Feedback, CH165_CH166_SeveralItemsAndRepeatedOnesAreRowsOfTheirOwn) {
  const Site site;
  const std::string all = body_of({accepted("a"), overridden("b"), overridden("a")});
  EXPECT_EQ(send(all, site.program->port()).status, 200);
  EXPECT_EQ(send(all, site.program->port()).status, 200);
  EXPECT_EQ(site.rows("card, outcome"),
            "a|accepted\nb|overridden\na|overridden\na|accepted\nb|overridden\n"
            "a|overridden\n");
}

TEST(Feedback, CH167_FeedbackAboutAnUnknownCardIsKept) {
  const Site site;
  EXPECT_EQ(send(body_of({overridden("nobody's")}), site.program->port()).status, 200);
  EXPECT_EQ(site.rows("card, criterion"), "nobody's|\n");
}

TEST(Feedback, ARowHoldsCriterionEditionAndDigestAndNeverThePatient) {
  Site site;
  const auto answer =
      test::post(site.program->port(), test::service, test::referral_call("412", "nhs-9434765919").text());
  const auto uuid = test::first_card_uuid(answer.body);
  EXPECT_EQ(send(body_of({overridden(uuid)}), site.program->port()).status, 200);
  EXPECT_THAT(site.rows("criterion, edition, knowledge, LENGTH(patient)"),
              ::testing::MatchesRegex("unexplained-severe-insulin-resistance\\|1\\|sha256:[0-9a-f]+\\|64\n"));
  site.program->stop();
  for (const auto* table : {"card", "feedback"})
    EXPECT_THAT(site.database.query("SELECT * FROM " + std::string(table)), Not(HasSubstr("9434765919")));
  EXPECT_THAT(site.program->log(), Not(HasSubstr("9434765919")));
}

TEST(Feedback, CH168_CH173_MissingMembersAreNamed) {
  expect_fault("{}", "feedback");
  expect_fault(R"({"feedback":{}})", "feedback");
  expect_fault(R"({"feedback":[]})", "feedback");
  expect_fault(body_of({R"("outcome":"overridden")" + stamp}), "feedback[0].card");
  expect_fault(body_of({R"("card":"a")" + stamp}), "feedback[0].outcome");
  expect_fault(body_of({R"("card":"a","outcome":"overridden")"}), "feedback[0].outcomeTimestamp");
}

TEST(Feedback, CH169_OutcomesAreAcceptedOrOverridden) {
  for (const std::string outcome : {"ignored", "ACCEPTED"})
    expect_fault(body_of({R"("card":"a","outcome":")" + outcome + "\"" + stamp}), "feedback[0].outcome");
}

TEST(Feedback, CH170_AcceptedNeedsTheSuggestion) {
  expect_fault(body_of({R"("card":"a","outcome":"accepted")" + stamp}), "feedback[0].acceptedSuggestions");
}

TEST(Feedback, CH171_AnEmptyReasonIsRefused) {
  expect_fault(body_of({overridden("a", R"(,"overrideReason":{})")}), "feedback[0].overrideReason");
}

TEST(Feedback, CH172_TimestampsFollowRfc3339) {
  const auto dated = [](const std::string& time) {
    return body_of({R"("card":"a","outcome":"overridden","outcomeTimestamp":")" + time + "\""});
  };
  for (const std::string good : {"2021-12-11T10:05:31Z", "2021-12-11T10:05:31.52Z", "2021-12-11T10:05:31+01:00"})
    EXPECT_EQ(send(dated(good)).status, 200) << good;
  for (const std::string bad : {"2020-12-11T00:00:00Z UTC", "yesterday"})
    expect_fault(dated(bad), "feedback[0].outcomeTimestamp");
}

TEST(Feedback, CH175_WhereFeedbackIsSwitchedOffThereIsNoSuchAddressAndNoStore) {
  const test::Program program({"SIR_CDS_FEEDBACK_ENABLED=false"});
  EXPECT_EQ(send(body_of({overridden("a")}), program.port()).status, 404);
  EXPECT_EQ(test::ask(program.port(), "GET", "/feedback/summary").status, 404);
  EXPECT_THAT(test::ask(program.port(), "GET", "/health/ready").body, HasSubstr(R"("store":"off")"));
  EXPECT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 200);
}

// "userComment with PHI/HTML/newlines, 100 kB: length-limited, stored/logged escaped, never in the operational log"
TEST(Feedback, CH176_CommentsAreCutAndNeverLogged) {
  Site site(test::Kind::sqlite, {"SIR_CDS_FEEDBACK_COMMENTS=true"});
  std::string comment = R"(Mrs Example\n<script>\u0000)";
  for (int i = 0; i < 50'000; ++i) comment += "\xC3\xA9";
  const auto item = overridden("a", R"(,"overrideReason":{"userComment":")" + comment + "\"}");
  EXPECT_EQ(send(body_of({item}), site.program->port()).status, 200);
  const auto kept = site.rows("user_comment");
  EXPECT_THAT(kept, ::testing::StartsWith("Mrs Example\n<script>\xC3\xA9"));
  EXPECT_LE(kept.size(), 4'001U);
  EXPECT_GE(kept.size(), 3'998U);
  site.program->stop();
  EXPECT_THAT(site.program->log(), Not(HasSubstr("Example")));
}

TEST(Feedback, HostileTextsAreKeptAsTextsOrRefused) {
  const Site site;
  const std::string sql = R"('); DROP TABLE feedback; --)";
  const auto reason = [](const std::string& code) {
    return R"(,"overrideReason":{"reason":{"code":")" + code + R"(","system":")" + code + R"("}})";
  };
  const std::string emoji = "\xF0\x9F\x92\x89\xE2\x80\xAE";
  EXPECT_EQ(
      send(body_of({overridden(sql, reason(sql)), overridden(emoji, reason(emoji))}), site.program->port()).status,
      200);
  EXPECT_EQ(site.rows("card, reason"), sql + "|" + sql + "\n" + emoji + "|" + emoji + "\n");

  const std::string many(10'000, 'x');
  expect_fault(body_of({overridden(many)}), "feedback[0].card");
  expect_fault(body_of({overridden("a"), overridden("a\\u0000b")}), "feedback[1].card");
  expect_fault(body_of({overridden("a", reason(many))}), "feedback[0].overrideReason.reason.code");
  expect_fault(body_of({overridden("a", reason("\\u0000"))}), "feedback[0].overrideReason.reason.code");
}

TEST(Feedback, WrongTypesAreRefusedByName) {
  expect_fault(R"({"feedback":"all"})", "feedback");
  expect_fault(R"({"feedback":[[]]})", "feedback[0]");
  expect_fault(R"({"feedback":[null]})", "feedback[0]");
  expect_fault(body_of({R"("card":7,"outcome":"overridden")" + stamp}), "feedback[0].card");
  expect_fault(body_of({R"("card":"a","outcome":true)" + stamp}), "feedback[0].outcome");
  expect_fault(body_of({R"("card":"a","outcome":"overridden","outcomeTimestamp":1638957931)"}),
               "feedback[0].outcomeTimestamp");
  expect_fault(body_of({overridden("a", R"(,"overrideReason":"later")")}), "feedback[0].overrideReason");
  expect_fault(body_of({overridden("a", R"(,"overrideReason":{"reason":"later"})")}),
               "feedback[0].overrideReason.reason");
  expect_fault(body_of({overridden("a", R"(,"overrideReason":{"userComment":{}})")}),
               "feedback[0].overrideReason.userComment");
  expect_fault(body_of({R"("card":"a","outcome":"accepted","acceptedSuggestions":["s"])" + stamp}),
               "feedback[0].acceptedSuggestions");
}

TEST(Feedback, TooMuchAtOnceIsRefusedWhole) {
  const Site site;
  const std::vector<std::string> items(100'000, overridden("a"));
  const auto answer = send(body_of(items), site.program->port());
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
  const auto comment = overridden("a", R"(,"overrideReason":{"userComment":")" + std::string(1'000'000, 'x') + "\"}");
  EXPECT_EQ(send(body_of({comment}), site.program->port()).status, 200);
  const auto padded = body_of({overridden("b")}) + std::string((32U << 20U) - 200, ' ');
  EXPECT_EQ(send(padded, site.program->port()).status, 200);
  EXPECT_EQ(send(padded + std::string(400, ' '), site.program->port()).status, 413);
  EXPECT_EQ(send(body_of(std::vector<std::string>(1'000, overridden("c"))), site.program->port()).status, 200);
  EXPECT_EQ(site.rows("COUNT(*)"), "1002\n");
}

TEST(Feedback, AStrangersServiceIsNotFound) {
  EXPECT_EQ(test::post(test::shared_program().port(), "/cds-services/other/feedback", body_of({accepted("a")})).status,
            404);
}
