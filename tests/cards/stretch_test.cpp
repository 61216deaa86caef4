#include "cards/stretch.h"

#include "support.h"

namespace cards {
namespace {

fhir::Day day(const std::string& text) {
  return *fhir::read_day(text);
}

Stretch stretch(const std::string& first, const std::string& last) {
  return {day(first), day(last)};
}

TEST(Stretches, HoldTheirFirstAndTheirLastDayAndNoOther) {
  const Stretches stretches({stretch("2026-03-01", "2026-03-10")});
  EXPECT_FALSE(stretches.hold(day("2026-02-28")));
  EXPECT_TRUE(stretches.hold(day("2026-03-01")));
  EXPECT_TRUE(stretches.hold(day("2026-03-10")));
  EXPECT_FALSE(stretches.hold(day("2026-03-11")));
}

TEST(Stretches, TouchWhatSharesADayWithAnyOfThem) {
  const Stretches stretches({stretch("2026-05-01", "2026-05-10"), stretch("2026-03-01", "2026-03-10")});
  EXPECT_TRUE(stretches.touch(stretch("2026-02-01", "2026-03-01")));
  EXPECT_TRUE(stretches.touch(stretch("2026-05-10", "2026-12-31")));
  EXPECT_TRUE(stretches.touch(stretch("2026-01-01", "2026-12-31")));
  EXPECT_FALSE(stretches.touch(stretch("2026-03-11", "2026-04-30")));
}

// The one that ends last need not be the one that begins last.
TEST(Stretches, AreNotHiddenByShorterOnesInsideThem) {
  const Stretches stretches({stretch("2026-01-01", "2026-12-31"), stretch("2026-02-01", "2026-02-02")});
  EXPECT_TRUE(stretches.hold(day("2026-06-15")));
}

TEST(Stretches, WithoutAnEndGoOnForEver) {
  const Stretches stretches({Stretch{.first = day("2026-03-01")}, Stretch{.last = day("2020-01-01")}});
  EXPECT_TRUE(stretches.hold(day("2099-01-01")));
  EXPECT_TRUE(stretches.hold(day("1901-01-01")));
  EXPECT_FALSE(stretches.hold(day("2023-01-01")));
}

TEST(Stretches, ThatEndBeforeTheyBeginHoldNothing) {
  EXPECT_FALSE(Stretches({stretch("2026-03-10", "2026-03-01")}).touch(stretch("2026-01-01", "2026-12-31")));
  EXPECT_FALSE(Stretches().touch(Stretch{}));
}

}  // namespace
}  // namespace cards
