#include "server/fairness.h"

#include <gtest/gtest.h>

// Who has to wait when there is not enough for all.

namespace {

using namespace std::chrono_literals;
using server::Fairness;

const Fairness::TimePoint start{1h};

}  // namespace

TEST(Fairness, WhoAsksForMostHasHadItsShareAndTheOthersHaveNot) {
  Fairness fairness;
  for (int i = 0; i < 90; ++i) fairness.worked("greedy", 0.01, start);
  for (int i = 0; i < 5; ++i) fairness.worked("modest", 0.01, start);
  EXPECT_TRUE(fairness.has_had_its_share("greedy", start));
  EXPECT_FALSE(fairness.has_had_its_share("modest", start));
  EXPECT_FALSE(fairness.has_had_its_share("stranger", start));
}

TEST(Fairness, WhoIsAloneHasItAll) {
  Fairness fairness;
  fairness.worked("only", 0.5, start);
  EXPECT_TRUE(fairness.has_had_its_share("only", start));
  EXPECT_TRUE(fairness.has_had_its_share("only", start + 1s));
}

TEST(Fairness, OfTwoThatAskTheSameBothWait) {
  Fairness fairness;
  fairness.worked("one", 0.5, start);
  fairness.worked("other", 0.5, start);
  EXPECT_TRUE(fairness.has_had_its_share("one", start));
  EXPECT_TRUE(fairness.has_had_its_share("other", start));
}

TEST(Fairness, WhatIsLongAgoIsForgotten) {
  Fairness fairness;
  fairness.worked("yesterday", 10, start);
  fairness.worked("today", 0.1, start + 60s);
  EXPECT_FALSE(fairness.has_had_its_share("yesterday", start + 60s));
  EXPECT_TRUE(fairness.has_had_its_share("today", start + 60s));
}

TEST(Fairness, ManyClientsCostBoundedMemoryAndAreCountedAsOne) {
  Fairness fairness;
  for (std::size_t i = 0; i < 5 * Fairness::clients_max; ++i)
    fairness.worked("client-" + std::to_string(i), 0.01, start);
  // Those that found no place of their own share one, and together they had far more than anybody.
  EXPECT_TRUE(fairness.has_had_its_share("client-" + std::to_string(5 * Fairness::clients_max - 1), start));
  EXPECT_FALSE(fairness.has_had_its_share("client-1", start));
}
