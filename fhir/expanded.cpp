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

void append_resource(std::string_view condensed, const SharedTexts& texts, std::string& json) {
  const std::uint64_t number = take_number(condensed);
  std::string_view skeleton;
  if (number > 0) {
    skeleton = texts.text(static_cast<std::uint32_t>(number - 1));
  } else {
    const std::size_t length = take_number(condensed);
    skeleton = condensed.substr(0, length);
    condensed.remove_prefix(length);
  }
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
