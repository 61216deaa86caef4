#include "server/feedback_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// GET /feedback/summary: "per criterion shown, accepted, overridden by reason, with small numbers suppressed".

namespace {

using server::MonthlyCount;
using ::testing::HasSubstr;

std::string summary(const std::vector<MonthlyCount>& counts, std::uint64_t small = 5) {
  static const auto knowledge =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  auto text = server::feedback_summary(counts, small, knowledge);
  EXPECT_EQ(test::schema_faults("feedback-summary", text), "") << text;
  return text.substr(text.find("\"criteria\""));
}

}  // namespace

TEST(FeedbackSummary, CountsByCriterionMonthAndReason) {
  EXPECT_EQ(
      summary({{"lipodystrophy", "2026-05", "shown", "", 40},
               {"lipodystrophy", "2026-06", "shown", "", 60},
               {"lipodystrophy", "2026-05", "accepted", "", 7},
               {"lipodystrophy", "2026-06", "overridden", "later", 10},
               {"lipodystrophy", "2026-06", "overridden", "", 20}}),
      R"("criteria":[{"criterion":"lipodystrophy","title":"NSIRS criterion 2: clinically diagnosed lipodystrophy",)"
      R"("total":{"shown":100,"accepted":7,"overridden":{"later":10,"none-given":20}},"months":[)"
      R"({"month":"2026-05","shown":40,"accepted":7,"overridden":{}},)"
      R"({"month":"2026-06","shown":60,"accepted":0,"overridden":{"later":10,"none-given":20}}]}]})");
}

TEST(FeedbackSummary, SmallNumbersAreNotTold) {
  const auto text =
      summary({{"lipodystrophy", "2026-06", "shown", "", 4}, {"lipodystrophy", "2026-06", "accepted", "", 1}});
  EXPECT_THAT(text, HasSubstr(R"("total":{"shown":"<5","accepted":"<5","overridden":{}})"));
  EXPECT_THAT(summary({{"lipodystrophy", "2026-06", "shown", "", 5}}), HasSubstr(R"("shown":5)"));
  EXPECT_THAT(summary({{"lipodystrophy", "2026-06", "shown", "", 1}}, 0), HasSubstr(R"("shown":1)"));
}

TEST(FeedbackSummary, ATotalDoesNotGiveAwayTheOnlySmallMonth) {
  EXPECT_THAT(summary({{"lipodystrophy", "2026-05", "shown", "", 40}, {"lipodystrophy", "2026-06", "shown", "", 2}}),
              HasSubstr(R"("total":{"shown":">=5")"));
  EXPECT_THAT(summary({{"lipodystrophy", "2026-05", "shown", "", 3}, {"lipodystrophy", "2026-06", "shown", "", 4}}),
              HasSubstr(R"("total":{"shown":7)"));
}

TEST(FeedbackSummary, WordsOfClientsAreNotRepeated) {
  const auto text = summary({{"lipodystrophy", "2026-06", "overridden", "<script>", 9}});
  EXPECT_THAT(text, HasSubstr(R"("overridden":{"other":9})"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("script")));
}

TEST(FeedbackSummary, NothingIsASummaryToo) {
  EXPECT_EQ(summary({}), R"("criteria":[]})");
}

TEST(FeedbackSummary, TheServerTellsItWithTheMonthsThatItCovers) {
  const test::Program program({"SIR_CDS_FEEDBACK_SMALL_NUMBER=0"});
  const auto call = test::post(program.port(), test::service, test::referral_call().text());
  const auto feedback = R"({"feedback":[{"card":")" + test::first_card_uuid(call.body) +
                        R"(","outcome":"overridden","outcomeTimestamp":"2026-06-15T10:00:00Z"}]})";
  EXPECT_EQ(test::post(program.port(), std::string(test::service) + "/feedback", feedback).status, 200);
  const auto answer = test::ask(program.port(), "GET", "/feedback/summary");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(test::schema_faults("feedback-summary", answer.body), "");
  EXPECT_THAT(answer.body, HasSubstr(R"("from":"2026-06","to":"2026-06")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("total":{"shown":1,"accepted":0,"overridden":{"none-given":1}})"));
  EXPECT_EQ(test::ask(program.port(), "POST", "/feedback/summary").status, 405);
}
