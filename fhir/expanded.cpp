#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/condensed.h"
#include "fhir/hole.h"

namespace fhir {
namespace {

std::uint64_t take_bytes(std::string_view& bytes, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  bytes.remove_prefix(count);
  return number;
}

/// So many digits, with noughts in front.
void write_digits(unsigned number, char* to, std::size_t width) {
  for (std::size_t i = width; i > 0; --i, number /= 10) to[i - 1] = static_cast<char>('0' + number % 10);
}

constexpr std::array<std::array<char, 2>, 256> hexadecimal_pairs() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < 256; ++byte) pairs[byte] = {digits[byte / 16], digits[byte % 16]};
  return pairs;
}

constexpr auto pairs_of_bytes = hexadecimal_pairs();

void append_uuid_text(std::string_view& bytes, std::string& text) {
  std::array<char, 36> uuid{};
  char* at = uuid.data();
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    const auto& pair = pairs_of_bytes[static_cast<unsigned char>(bytes[i])];
    *at++ = pair[0];
    *at++ = pair[1];
  }
  text.append(uuid.data(), uuid.size());
  bytes.remove_prefix(16);
}

void append_decimal(std::uint64_t packed, std::string& json) {
  const std::size_t behind = packed % 16;
  std::array<char, 40> digits{};
  char* const first = digits.data() + 20;  // room for noughts in front
  char* const end = std::to_chars(first, digits.data() + digits.size(), packed / 16).ptr;
  char* start = first;
  while (end - start < static_cast<std::ptrdiff_t>(behind) + 1) *--start = '0';
  const auto whole = static_cast<std::size_t>(end - start) - behind;
  json.append(start, whole);
  if (behind > 0) json += '.';
  json.append(start + whole, behind);
}

void append_day(Day day, std::string& json) {
  const std::chrono::year_month_day date(day);
  std::array<char, 10> text = {'0', '0', '0', '0', '-', '0', '0', '-', '0', '0'};
  write_digits(static_cast<unsigned>(static_cast<int>(date.year())), text.data(), 4);
  write_digits(static_cast<unsigned>(date.month()), text.data() + 5, 2);
  write_digits(static_cast<unsigned>(date.day()), text.data() + 8, 2);
  json.append(text.data(), text.size());
}

void append_time_of_day(unsigned second, std::string& json) {
  std::array<char, 8> text = {'0', '0', ':', '0', '0', ':', '0', '0'};
  write_digits(second / 3600, text.data(), 2);
  write_digits(second / 60 % 60, text.data() + 3, 2);
  write_digits(second % 60, text.data() + 6, 2);
  json.append(text.data(), text.size());
}

void append_milliseconds(unsigned number, std::string& json) {
  std::array<char, 3> text{};
  write_digits(number, text.data(), text.size());
  json.append(text.data(), text.size());
}

std::string_view take_skeleton(std::string_view& condensed, const SharedTexts& texts) {
  const std::uint64_t number = take_number(condensed);
  if (number > 0) return texts.text(static_cast<std::uint32_t>(number - 1));
  const std::size_t length = take_number(condensed);
  const auto skeleton = condensed.substr(0, length);
  condensed.remove_prefix(length);
  return skeleton;
}

/// Where the string that begins at `at` ends: at its closing quote.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return at;
}

}  // namespace

void fill_hole(char hole, std::string_view& filling, const SharedTexts& texts, std::string& json) {
  switch (hole) {
    case hole_text: {
      const std::size_t length = take_number(filling);
      json += filling.substr(0, length);
      filling.remove_prefix(length);
      return;
    }
    case hole_uuid:
      return append_uuid_text(filling, json);
    case hole_day:
      return append_day(first_day + std::chrono::days(static_cast<int>(take_bytes(filling, 2))), json);
    case hole_second:
      return append_time_of_day(static_cast<unsigned>(take_bytes(filling, 3)), json);
    case hole_milli:
      return append_milliseconds(static_cast<unsigned>(take_bytes(filling, 2)), json);
    case hole_number:
      return append_decimal(take_number(filling), json);
    default:
      json += texts.text(static_cast<std::uint32_t>(take_number(filling)));
  }
}

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) break;
  }
  return number;
}

bool is_condensed_from(std::string_view condensed, std::string_view type, const SharedTexts& texts) {
  constexpr std::string_view name = R"("resourceType":")";
  const auto skeleton = take_skeleton(condensed, texts);
  // The resource's own type: those of contained resources stand deeper.
  int depth = 0;
  for (std::size_t at = 0; at < skeleton.size(); ++at) {
    const char letter = skeleton[at];
    if (letter == '{' || letter == '[') ++depth;
    if (letter == '}' || letter == ']') --depth;
    if (depth != 1 || letter != '"') continue;
    const auto rest = skeleton.substr(at);
    if (rest.starts_with(name)) return rest.substr(name.size()).starts_with(std::string(type) + '"');
    at = end_of_string(skeleton, at);
  }
  return false;
}

void append_resource(std::string_view condensed, const SharedTexts& texts, std::string& json) {
  std::string_view skeleton = take_skeleton(condensed, texts);
  while (!skeleton.empty()) {
    const auto hole =
        std::find_if(skeleton.begin(), skeleton.end(), [](char letter) { return letter > 0 && letter <= hole_shared; });
    json.append(skeleton.begin(), hole);
    if (hole == skeleton.end()) break;
    fill_hole(*hole, condensed, texts, json);
    skeleton.remove_prefix(static_cast<std::size_t>(hole - skeleton.begin()) + 1);
  }
}

}  // namespace fhir
