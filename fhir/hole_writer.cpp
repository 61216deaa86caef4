#include "fhir/hole_writer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "fhir/hole.h"
#include "fhir/plain_text.h"

namespace fhir {
namespace {

constexpr std::int64_t days_max = 0xFFFF;
constexpr std::size_t usual_skeleton_bytes = 1000;
constexpr std::size_t usual_filling_bytes = 120;

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// Where `pattern` has a 9 there must be a digit; every other letter must be the same.
bool has_shape(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '9' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
  }
  return true;
}

int digits_value(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

void append_bytes(std::uint64_t number, int count, std::string& bytes) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
}

constexpr std::size_t uuid_length = 36;
constexpr std::size_t uuid_bytes = 16;

constexpr std::array<std::int8_t, 256> hexadecimal_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::int8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
  for (std::int8_t i = 10; i < 16; ++i) values[static_cast<std::size_t>('a' + i - 10)] = i;
  return values;
}

constexpr auto values_of_letters = hexadecimal_values();

/// The bytes of a UUID in small letters; nothing when the text is none.
std::optional<std::array<char, uuid_bytes>> bytes_of_uuid(std::string_view text) {
  if (text.size() != uuid_length || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return {};
  std::array<char, uuid_bytes> bytes{};
  const char* at = text.data();
  int odd = 0;
  for (std::size_t i = 0; i < uuid_bytes; ++i, at += 2) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    const int high = values_of_letters[static_cast<unsigned char>(at[0])];
    const int low = values_of_letters[static_cast<unsigned char>(at[1])];
    odd |= high | low;
    bytes[i] = static_cast<char>(high * 16 + low);
  }
  return odd < 0 ? std::nullopt : std::optional(bytes);
}

}  // namespace

void append_escaped(std::string_view text, std::string& json) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const odd = end_of_plain(at, end);
    json.append(at, odd);
    if (odd == end) return;
    const auto byte = static_cast<unsigned char>(*odd);
    at = odd + 1;
    if (byte < 0x80) json += '\\';
    if (byte >= 0x20) {
      json += *odd;
    } else {
      json += "u00";
      json += hexadecimal[byte >> 4U];
      json += hexadecimal[byte & 15U];
    }
  }
}

HoleWriter::HoleWriter(SharedTexts& texts) : texts_(texts) {
  skeleton.reserve(usual_skeleton_bytes);
  filling.reserve(usual_filling_bytes);
}

void HoleWriter::clear() {
  skeleton.clear();
  filling.clear();
}

void HoleWriter::string(std::string_view text, std::string_view name) {
  if (uuid(text)) return;
  if (has_shape(text, "9999-99-99") && time(text)) return;
  if (name == "reference" || name == "fullUrl") return reference(text);
  if (name == "id" || name == "value") return inline_text(text);
  const bool varies = name == "text" || name == "display" || name == "valueString" || name == "country" ||
                      name == "state" || name == "district" || name == "unit" || text.size() > 64;
  if (varies) return shared_text(text);
  append_escaped(text, skeleton);
}

bool HoleWriter::uuid(std::string_view text) {
  const auto bytes = bytes_of_uuid(text);
  if (!bytes) return false;
  skeleton += hole_uuid;
  filling.append(bytes->data(), bytes->size());
  return true;
}

/// "Encounter/17" and "urn:uuid:…": the same in front, another one behind.
void HoleWriter::reference(std::string_view text) {
  std::size_t start = text.size();
  while (start > 0 && text[start - 1] != '/' && text[start - 1] != ':' && text[start - 1] != '#') --start;
  if (start > 64) return inline_text(text);
  append_escaped(text.substr(0, start), skeleton);
  const auto rest = text.substr(start);
  if (!uuid(rest)) inline_text(rest);
}

bool HoleWriter::time(std::string_view text) {
  const std::chrono::year_month_day day(std::chrono::year(digits_value(text.substr(0, 4))),
                                        std::chrono::month(static_cast<unsigned>(digits_value(text.substr(5, 2)))),
                                        std::chrono::day(static_cast<unsigned>(digits_value(text.substr(8, 2)))));
  if (!day.ok()) return false;
  const auto days = (Day(day) - first_day).count();
  if (days < 0 || days > days_max) return false;
  const auto rest = text.substr(10);
  if (rest.size() > 24) return false;
  skeleton += hole_day;
  append_bytes(static_cast<std::uint64_t>(days), 2, filling);
  time_of_day(rest);
  return true;
}

void HoleWriter::time_of_day(std::string_view rest) {
  if (!has_shape(rest, "T99:99:99")) return append_escaped(rest, skeleton);
  const int hour = digits_value(rest.substr(1, 2));
  const int minute = digits_value(rest.substr(4, 2));
  const int second = digits_value(rest.substr(7, 2));
  if (hour > 23 || minute > 59 || second > 59) return append_escaped(rest, skeleton);
  skeleton += 'T';
  skeleton += hole_second;
  const int second_of_day = (hour * 60 + minute) * 60 + second;
  append_bytes(static_cast<std::uint64_t>(second_of_day), 3, filling);
  rest.remove_prefix(9);
  if (has_shape(rest, ".999") && (rest.size() == 4 || !is_digit(rest[4]))) {
    skeleton += '.';
    skeleton += hole_milli;
    append_bytes(static_cast<std::uint64_t>(digits_value(rest.substr(1, 3))), 2, filling);
    rest.remove_prefix(4);
  }
  append_escaped(rest, skeleton);
}

void HoleWriter::number(std::string_view digits) {
  if (digits.starts_with('-')) {
    skeleton += '-';
    digits.remove_prefix(1);
  }
  const auto point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view behind = point == std::string_view::npos ? std::string_view() : digits.substr(point + 1);
  const bool plain = !whole.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
                     std::all_of(behind.begin(), behind.end(), is_digit) && (whole == "0" || whole[0] != '0') &&
                     whole.size() + behind.size() <= 15 && (point == std::string_view::npos || !behind.empty());
  if (!plain) return inline_text(digits);
  std::uint64_t value = 0;
  for (const char digit : whole) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  for (const char digit : behind) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  skeleton += hole_number;
  append_number(value * 16 + behind.size(), filling);
}

void HoleWriter::shared_text(std::string_view text) {
  escaped_.clear();
  append_escaped(text, escaped_);
  const auto number = texts_.number_of(escaped_);
  if (!number) return inline_text(text);
  skeleton += hole_shared;
  append_number(*number, filling);
}

void HoleWriter::inline_text(std::string_view text) {
  escaped_.clear();
  append_escaped(text, escaped_);
  skeleton += hole_text;
  append_number(escaped_.size(), filling);
  filling += escaped_;
}

}  // namespace fhir
