#include <algorithm>

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

void append_padded(std::uint64_t number, std::size_t width, std::string& text) {
  const std::string digits = std::to_string(number);
  text.append(width - std::min(width, digits.size()), '0');
  text += digits;
}

void append_uuid_text(std::string_view& bytes, std::string& text) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += hexadecimal[byte >> 4U];
    text += hexadecimal[byte & 15U];
  }
  bytes.remove_prefix(16);
}

void append_decimal(std::uint64_t packed, std::string& json) {
  const std::size_t behind = packed % 16;
  std::string digits;
  append_padded(packed / 16, behind + 1, digits);
  if (behind > 0) digits.insert(digits.size() - behind, ".");
  json += digits;
}

void append_time_of_day(std::uint64_t second, std::string& json) {
  append_padded(second / 3600, 2, json);
  json += ':';
  append_padded(second / 60 % 60, 2, json);
  json += ':';
  append_padded(second % 60, 2, json);
}

void fill(char hole, std::string_view& filling, const SharedTexts& texts, std::string& json) {
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
      json += iso_date(first_day + std::chrono::days(static_cast<int>(take_bytes(filling, 2))));
      return;
    case hole_second:
      return append_time_of_day(take_bytes(filling, 3), json);
    case hole_milli:
      return append_padded(take_bytes(filling, 2), 3, json);
    case hole_number:
      return append_decimal(take_number(filling), json);
    default:
      json += texts.text(static_cast<std::uint32_t>(take_number(filling)));
  }
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
    fill(*hole, condensed, texts, json);
    skeleton.remove_prefix(static_cast<std::size_t>(hole - skeleton.begin()) + 1);
  }
}

}  // namespace fhir
