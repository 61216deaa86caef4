#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/result.h"

// FHIR dates as they are written: a year, a month, a day or an instant, with or without a zone.
// (FHIR R4 datatypes: date, dateTime, instant. Real records break the rules; see DATA.md 0.6.)

namespace fhir {

using Day = std::chrono::sys_days;

/// A point or stretch of time as a record states it. Days are the calendar days that were written: no zone shift,
/// because age and windows are counted in the patient's calendar (GROWTH.md 3).
struct Time {
  int year = 0;
  unsigned month = 0;                 ///< 0: not stated
  unsigned day = 0;                   ///< 0: not stated
  std::optional<int> second_of_day;   ///< as written, 0 to 86,400 (a leap second is 60); absent for dates
  std::optional<int> offset_minutes;  ///< zone as written; absent when none was written
  std::string_view written;           ///< the text itself; borrows from the Document

  /// First and last calendar day that this may mean; the same for a full date.
  [[nodiscard]] Day earliest_day() const;
  [[nodiscard]] Day latest_day() const;
  [[nodiscard]] bool is_full_date() const { return day != 0; }
  /// Total order for "latest": by earliest day, then by time of day (in UTC when a zone is known).
  [[nodiscard]] bool before(const Time& other) const;
  /// Same instant, or the same calendar day when one of the two is a date only ("same sample", DECISIONS.md 11).
  [[nodiscard]] bool may_be_same_moment(const Time& other) const;
};

/// Reads a FHIR date, dateTime or instant, leniently where real records are ("2020-05-01T10:00" without seconds or
/// zone). Errors: bad_input for what is not a time at all ("1961-04-93", "yesterday").
[[nodiscard]] Result<Time> read_time(std::string_view text);

/// Whole years of age on a day, by the calendar; a birthday on 29 February counts on 1 March (GROWTH.md 3).
[[nodiscard]] int age_in_years(Day birth, Day on);
/// Age in years with a fraction, for printing and for growth tables: days / 365.25.
[[nodiscard]] double age_in_decimal_years(Day birth, Day on);
/// The day `months` before, clamped to the end of the month.
[[nodiscard]] Day months_before(Day day, int months);

/// "14 May 2026", "May 2026" or "2026": dates on cards (DECISIONS.md 19).
[[nodiscard]] std::string in_words(const Time& time);
[[nodiscard]] std::string in_words(Day day);
/// "2026-05-14".
[[nodiscard]] std::string iso_date(Day day);
[[nodiscard]] Result<Day> read_day(std::string_view iso_date);

}  // namespace fhir
