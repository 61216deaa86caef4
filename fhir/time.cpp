#include "fhir/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace fhir {
namespace {

using std::chrono::month;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr int seconds_per_day = 86'400;
constexpr int offset_minutes_max = 14 * 60;

/// Takes a text apart from the left; once something does not fit, everything after it fails too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool next_is(char wanted) const { return rest_.starts_with(wanted); }

  bool skip(char wanted) {
    if (!next_is(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly so many digits, or -1.
  int digits(std::size_t count) {
    if (rest_.size() < count) return -1;
    int value = 0;
    for (const char digit : rest_.substr(0, count)) {
      if (digit < '0' || digit > '9') return -1;
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  /// At least one digit, however many.
  bool skip_digits() {
    const auto end = rest_.find_first_not_of("0123456789");
    if (end == 0 || rest_.empty()) return false;
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    return true;
  }

 private:
  std::string_view rest_;
};

year_month_day calendar_day(const Time& time) {
  return year_month_day(year(time.year), month(time.month), std::chrono::day(time.day));
}

bool scan_date(Scanner& in, Time& time) {
  time.year = in.digits(4);
  if (time.year < 1) return false;
  if (!in.skip('-')) return true;
  const int month_written = in.digits(2);
  if (month_written < 1 || month_written > 12) return false;
  time.month = static_cast<unsigned>(month_written);
  if (!in.skip('-')) return true;
  const int day_written = in.digits(2);
  if (day_written < 1) return false;
  time.day = static_cast<unsigned>(day_written);
  return calendar_day(time).ok();
}

bool scan_clock(Scanner& in, Time& time) {
  const int hour = in.digits(2);
  if (hour < 0 || hour > 23 || !in.skip(':')) return false;
  const int minute = in.digits(2);
  if (minute < 0 || minute > 59) return false;
  int second = 0;
  if (in.skip(':')) {
    second = in.digits(2);
    if (second < 0 || second > 60) return false;
    if (in.skip('.') && !in.skip_digits()) return false;
  }
  time.second_of_day = hour * 3600 + minute * 60 + second;
  return true;
}

bool scan_zone(Scanner& in, Time& time) {
  if (in.at_end()) return true;
  if (in.skip('Z')) {
    time.offset_minutes = 0;
    return true;
  }
  const int sign = in.next_is('-') ? -1 : 1;
  if (!in.skip('-') && !in.skip('+')) return false;
  const int hours = in.digits(2);
  if (hours < 0 || !in.skip(':')) return false;
  const int minutes = in.digits(2);
  if (minutes < 0 || minutes > 59 || hours * 60 + minutes > offset_minutes_max) return false;
  time.offset_minutes = sign * (hours * 60 + minutes);
  return true;
}

std::optional<Time> scan_time(std::string_view text) {
  Time time;
  time.written = text;
  Scanner in(text);
  if (!scan_date(in, time)) return std::nullopt;
  if (time.is_full_date() && in.skip('T') && (!scan_clock(in, time) || !scan_zone(in, time))) return std::nullopt;
  if (!in.at_end()) return std::nullopt;
  return time;
}

int utc_second(const Time& time) {
  return time.second_of_day.value_or(0) - time.offset_minutes.value_or(0) * 60;
}

constexpr std::array<std::string_view, 12> month_names = {"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};

std::string padded(unsigned value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

}  // namespace

Day Time::earliest_day() const {
  return sys_days(year_month_day(std::chrono::year(year), std::chrono::month(month == 0 ? 1 : month),
                                 std::chrono::day(day == 0 ? 1 : day)));
}

Day Time::latest_day() const {
  if (day != 0) return earliest_day();
  const auto last_month = std::chrono::month(month == 0 ? 12 : month);
  return sys_days(std::chrono::year_month_day_last(std::chrono::year(year), std::chrono::month_day_last(last_month)));
}

bool Time::before(const Time& other) const {
  // A date without a time comes before every time of that day: nothing else keeps the order total.
  const auto key = [](const Time& time) {
    return std::tuple(time.year, std::max(time.month, 1U), std::max(time.day, 1U), time.second_of_day.has_value(),
                      utc_second(time));
  };
  return key(*this) < key(other);
}

bool Time::may_be_same_moment(const Time& other) const {
  if (!is_full_date() || !other.is_full_date()) return false;
  const bool same_day = earliest_day() == other.earliest_day();
  if (!second_of_day || !other.second_of_day) return same_day;
  if (!offset_minutes || !other.offset_minutes) return same_day && second_of_day == other.second_of_day;
  const auto days_apart = (earliest_day() - other.earliest_day()).count();
  return days_apart * seconds_per_day + utc_second(*this) - utc_second(other) == 0;
}

Result<Time> read_time(std::string_view text) {
  if (const auto time = scan_time(text)) return *time;
  return fault(Kind::bad_input, "", "is not a date or time");
}

int age_in_years(Day birth, Day on) {
  const year_month_day born(birth);
  const year_month_day then(on);
  const int years = static_cast<int>(then.year()) - static_cast<int>(born.year());
  const bool birthday_to_come = std::tuple(then.month(), then.day()) < std::tuple(born.month(), born.day());
  return birthday_to_come ? years - 1 : years;
}

double age_in_decimal_years(Day birth, Day on) {
  return static_cast<double>((on - birth).count()) / 365.25;
}

Day months_before(Day day, int count) {
  const year_month_day earlier = year_month_day(day) - months(count);
  if (earlier.ok()) return sys_days(earlier);
  return sys_days(earlier.year() / earlier.month() / std::chrono::last);
}

std::string in_words(const Time& time) {
  std::string words = std::to_string(time.year);
  if (time.month >= 1 && time.month <= 12) words = std::string(month_names[time.month - 1]) + " " + words;
  if (time.day != 0) words = std::to_string(time.day) + " " + words;
  return words;
}

std::string in_words(Day day) {
  const year_month_day date(day);
  Time time;
  time.year = static_cast<int>(date.year());
  time.month = static_cast<unsigned>(date.month());
  time.day = static_cast<unsigned>(date.day());
  return in_words(time);
}

std::string iso_date(Day day) {
  const year_month_day date(day);
  return padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + "-" +
         padded(static_cast<unsigned>(date.month()), 2) + "-" + padded(static_cast<unsigned>(date.day()), 2);
}

Result<Day> read_day(std::string_view iso_date) {
  const auto time = scan_time(iso_date);
  if (!time || !time->is_full_date() || time->second_of_day) {
    return fault(Kind::bad_input, "", "is not a date like 2026-05-14");
  }
  return time->earliest_day();
}

}  // namespace fhir
