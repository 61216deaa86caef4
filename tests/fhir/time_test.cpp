#include "fhir/time.h"

#include <gtest/gtest.h>

namespace fhir {
namespace {

Time at(std::string_view text) {
  return read_time(text).value();
}
Day on(std::string_view text) {
  return read_day(text).value();
}

template <class T>
Error fault_of(const Result<T>& result) {
  return result ? Error{} : result.error();
}

TEST(FhirTime, ReadsAYearAlone) {
  const Time time = at("1961");
  EXPECT_EQ(time.year, 1961);
  EXPECT_EQ(time.month, 0U);
  EXPECT_FALSE(time.is_full_date());
  EXPECT_EQ(iso_date(time.earliest_day()), "1961-01-01");
  EXPECT_EQ(iso_date(time.latest_day()), "1961-12-31");
  EXPECT_EQ(time.written, "1961");
}

TEST(FhirTime, ReadsAMonth) {
  EXPECT_EQ(iso_date(at("2024-02").earliest_day()), "2024-02-01");
  EXPECT_EQ(iso_date(at("2024-02").latest_day()), "2024-02-29");
}

TEST(FhirTime, ReadsADay) {
  const Time time = at("1961-04-03");
  EXPECT_TRUE(time.is_full_date());
  EXPECT_EQ(time.second_of_day, std::nullopt);
  EXPECT_EQ(time.earliest_day(), time.latest_day());
}

TEST(FhirTime, ReadsAnInstantWithItsZone) {
  const Time time = at("2020-05-01T10:00:30.123+10:00");
  EXPECT_EQ(time.second_of_day, 36'030);
  EXPECT_EQ(time.offset_minutes, 600);
  EXPECT_EQ(iso_date(time.earliest_day()), "2020-05-01");
  EXPECT_EQ(at("2020-05-01T00:00:00Z").offset_minutes, 0);
  EXPECT_EQ(at("2020-05-01T00:00:00-03:30").offset_minutes, -210);
}

TEST(FhirTime, ReadsWhatRealRecordsLeaveOut) {
  EXPECT_EQ(at("2020-05-01T10:00").second_of_day, 36'000);
  EXPECT_EQ(at("2020-05-01T10:00:00").offset_minutes, std::nullopt);
  EXPECT_EQ(at("2020-05-01T10:00Z").offset_minutes, 0);
}

TEST(FhirTime, ReadsALeapSecond) {
  EXPECT_EQ(at("2016-12-31T23:59:60Z").second_of_day, 86'400);
}

TEST(FhirTime, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "yesterday",
                           "1961-04-93",
                           "1961-13",
                           "1961-00",
                           "1961-04-00",
                           "2023-02-29",
                           "2023-04-31",
                           "61",
                           "19610403",
                           "0000",
                           "1961-4-3",
                           "1961-04-03T",
                           "1961-04-03T24:00:00Z",
                           "1961-04-03T10",
                           "1961-04-03T10:60",
                           "1961-04-03T10:00:61Z",
                           "1961-04-03T10:00:00.Z",
                           "1961-04-03T10:00:00+15:00",
                           "1961-04-03T10:00:00+01",
                           "1961-04-03 10:00",
                           " 1961",
                           "1961 ",
                           "1961-",
                           "1961-04-",
                           "1961T10:00",
                           "-1961",
                           "+1961",
                           "1961-04-03T10:00:00ZZ",
                           "T10:00",
                           "10:00:00",
                           "1961-04-03T-1:00",
                           "1961-04-03t10:00:00z",
                           "１９６１"}) {
    EXPECT_EQ(fault_of(read_time(text)), (Error{Kind::bad_input, "", "is not a date or time"})) << text;
  }
}

TEST(FhirTime, IsOrderedByDayThenByTimeInUtc) {
  EXPECT_TRUE(at("2020").before(at("2020-01-02")));
  EXPECT_TRUE(at("2020-05-01").before(at("2020-05-01T00:00:00Z")));
  EXPECT_TRUE(at("2020-05-01T10:00:00+02:00").before(at("2020-05-01T09:00:00Z")));
  EXPECT_FALSE(at("2020-05-01T10:00:00Z").before(at("2020-05-01T10:00:00Z")));
  EXPECT_TRUE(at("2020-05-01T23:00:00Z").before(at("2020-05-02T00:00:00+14:00")));
}

TEST(FhirTime, MayBeTheSameMoment) {
  EXPECT_TRUE(at("2020-05-01T10:00:00Z").may_be_same_moment(at("2020-05-01T12:00:00+02:00")));
  EXPECT_TRUE(at("2020-05-02T00:30:00+01:00").may_be_same_moment(at("2020-05-01T23:30:00Z")));
  EXPECT_TRUE(at("2020-05-01").may_be_same_moment(at("2020-05-01T10:00:00Z")));
  EXPECT_TRUE(at("2020-05-01").may_be_same_moment(at("2020-05-01")));
  EXPECT_TRUE(at("2020-05-01T10:00").may_be_same_moment(at("2020-05-01T10:00:00Z")));
  EXPECT_FALSE(at("2020-05-01T10:00:00Z").may_be_same_moment(at("2020-05-01T10:30:00Z")));
  EXPECT_FALSE(at("2020-05-01").may_be_same_moment(at("2020-05-02")));
  EXPECT_FALSE(at("2020-05").may_be_same_moment(at("2020-05")));
  EXPECT_FALSE(at("2020-05-01T10:00").may_be_same_moment(at("2020-05-01T11:00:00Z")));
}

TEST(FhirTime, CountsYearsByTheCalendar) {
  EXPECT_EQ(age_in_years(on("2000-05-14"), on("2018-05-13")), 17);
  EXPECT_EQ(age_in_years(on("2000-05-14"), on("2018-05-14")), 18);
  EXPECT_EQ(age_in_years(on("2000-05-14"), on("2000-05-14")), 0);
}

TEST(FhirTime, CountsABirthdayOnTheTwentyNinthOfFebruaryOnTheFirstOfMarch) {
  EXPECT_EQ(age_in_years(on("2004-02-29"), on("2022-02-28")), 17);
  EXPECT_EQ(age_in_years(on("2004-02-29"), on("2022-03-01")), 18);
  EXPECT_EQ(age_in_years(on("2004-02-29"), on("2024-02-29")), 20);
}

TEST(FhirTime, GivesDecimalYearsInDaysOf365AndAQuarter) {
  EXPECT_DOUBLE_EQ(age_in_decimal_years(on("2020-01-01"), on("2024-01-01")), 4.0);
  EXPECT_DOUBLE_EQ(age_in_decimal_years(on("2020-01-01"), on("2020-01-02")), 1 / 365.25);
}

TEST(FhirTime, GoesBackByMonthsToTheEndOfAShortOne) {
  EXPECT_EQ(iso_date(months_before(on("2026-05-31"), 3)), "2026-02-28");
  EXPECT_EQ(iso_date(months_before(on("2024-05-31"), 3)), "2024-02-29");
  EXPECT_EQ(iso_date(months_before(on("2026-01-15"), 12)), "2025-01-15");
  EXPECT_EQ(iso_date(months_before(on("2026-01-31"), 1)), "2025-12-31");
}

TEST(FhirTime, IsWrittenInWords) {
  EXPECT_EQ(in_words(at("2026-05-14T10:00:00Z")), "14 May 2026");
  EXPECT_EQ(in_words(at("2026-05")), "May 2026");
  EXPECT_EQ(in_words(at("2026")), "2026");
  EXPECT_EQ(in_words(on("2026-12-01")), "1 December 2026");
}

TEST(FhirTime, ReadsADayOnlyWhenItIsWhole) {
  EXPECT_EQ(iso_date(on("0987-01-02")), "0987-01-02");
  for (const char* text : {"2026", "2026-05", "2026-05-14T10:00", "x"}) {
    EXPECT_EQ(fault_of(read_day(text)), (Error{Kind::bad_input, "", "is not a date like 2026-05-14"})) << text;
  }
}

}  // namespace
}  // namespace fhir
