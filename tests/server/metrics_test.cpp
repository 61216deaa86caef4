#include "server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cards/knowledge.h"

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

cards::Knowledge shipped_knowledge() {
  return std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
}

}  // namespace

TEST(Metrics, CountsRequestsByRouteAndStatus) {
  server::Metrics metrics("1.2.3", shipped_knowledge());
  metrics.answered("/explain", 200, 0.002);
  metrics.answered("/explain", 200, 0.2);
  metrics.answered("/explain", 400, 0.2);
  const auto page = metrics.page();
  EXPECT_THAT(page, HasSubstr("sir_cds_requests_total{route=\"/explain\",status=\"200\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("sir_cds_requests_total{route=\"/explain\",status=\"400\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("sir_cds_request_duration_seconds_bucket{route=\"/explain\",le=\"0.0025\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("sir_cds_request_duration_seconds_count{route=\"/explain\"} 3\n"));
}

TEST(Metrics, NamesProgramAndKnowledge) {
  const auto knowledge = shipped_knowledge();
  const auto page = server::Metrics("1.2.3", knowledge).page();
  EXPECT_THAT(page, HasSubstr("sir_cds_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("digest=\"" + knowledge.digest() + "\""));
  EXPECT_THAT(page, HasSubstr("version=\"" + knowledge.version() + "\""));
}

TEST(Metrics, CountsCardsByTopicAndUnreadableResourcesByReason) {
  server::Metrics metrics("1", shipped_knowledge());
  cards::Assessment assessment;
  assessment.outcome = "nsirs-referral";
  assessment.unreadable = {{"Observation/1", "a", "has no code"}, {"Observation/2", "b", "has no code"}};
  cards::Card card;
  card.topic = "nsirs-referral";
  metrics.judged(assessment, {card});
  const auto page = metrics.page();
  EXPECT_THAT(page, HasSubstr("sir_cds_assessments_total{outcome=\"nsirs-referral\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("sir_cds_cards_total{topic=\"nsirs-referral\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("sir_cds_unreadable_resources_total{reason=\"has no code\"} 2\n"));
  EXPECT_THAT(page, Not(HasSubstr("Observation/1")));
}

TEST(Metrics, KeepsTheNumberOfReasonsBounded) {
  server::Metrics metrics("1", shipped_knowledge());
  cards::Assessment assessment;
  for (std::size_t i = 0; i < server::reasons_max + 5; ++i)
    assessment.unreadable.push_back({"", "", "reason " + std::to_string(i)});
  metrics.judged(assessment, {});
  EXPECT_THAT(metrics.page(), HasSubstr("sir_cds_unreadable_resources_total{reason=\"other\"} 5\n"));
}

TEST(Metrics, FollowsTheNumberOfConnections) {
  server::Metrics metrics("1", shipped_knowledge());
  metrics.connections_changed_by(1);
  metrics.connections_changed_by(1);
  metrics.connections_changed_by(-1);
  EXPECT_THAT(metrics.page(), HasSubstr("sir_cds_connections 1\n"));
}
