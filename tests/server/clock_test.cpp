#include "server/clock.h"

#include <gtest/gtest.h>

TEST(Clock, SaysTheDayThatItWasGiven) {
  const auto day = *fhir::read_day("2026-06-15");
  EXPECT_EQ(server::always(day)(), day);
}

// Between Kiritimati (UTC+14) and Niue (UTC-11) there is always at least one midnight, and never more than two.
TEST(Clock, FollowsTheCalendarOfItsZone) {
  const auto east = server::today_in("Pacific/Kiritimati");
  const auto west = server::today_in("Pacific/Niue");
  ASSERT_TRUE(east && west);
  const auto days = ((*east)() - (*west)()).count();
  EXPECT_GE(days, 1);
  EXPECT_LE(days, 2);
}

TEST(Clock, RefusesAZoneThatNobodyKnows) {
  const auto today = server::today_in("Europe/Atlantis");
  ASSERT_FALSE(today);
  EXPECT_EQ(today.error(),
            (fhir::Error{fhir::Kind::bad_input, "server.time_zone", "is not a time zone that this system knows"}));
}
