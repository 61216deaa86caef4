#include "fhir/condensed.h"

#include <algorithm>
#include <array>

#include "fhir/hole.h"

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

bool is_escaped(char letter) {
  return letter == '"' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20;
}

/// A string as JSON writes it, without the quotes. Control characters stand for holes and are never written as such.
void append_escaped(std::string_view text, std::string& json) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  while (true) {
    const auto* const odd = std::find_if(text.begin(), text.end(), is_escaped);
    json.append(text.begin(), odd);
    if (odd == text.end()) return;
    const auto byte = static_cast<unsigned char>(*odd);
    json += '\\';
    if (byte >= 0x20) {
      json += *odd;
    } else {
      json += "u00";
      json += hexadecimal[byte >> 4U];
      json += hexadecimal[byte & 15U];
    }
    text.remove_prefix(static_cast<std::size_t>(odd - text.begin()) + 1);
  }
}

int hexadecimal_value(char letter) {
  if (is_digit(letter)) return letter - '0';
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

constexpr std::size_t uuid_length = 36;

bool is_uuid_dash(std::size_t place) {
  return place == 8 || place == 13 || place == 18 || place == 23;
}

bool is_uuid(std::string_view text) {
  if (text.size() != uuid_length) return false;
  for (std::size_t i = 0; i < uuid_length; ++i) {
    if (is_uuid_dash(i) ? text[i] != '-' : hexadecimal_value(text[i]) < 0) return false;
  }
  return true;
}

void append_uuid_bytes(std::string_view uuid, std::string& bytes) {
  int high = -1;
  for (std::size_t i = 0; i < uuid_length; ++i) {
    if (is_uuid_dash(i)) continue;
    const int value = hexadecimal_value(uuid[i]);
    if (high >= 0) bytes += static_cast<char>(high * 16 + value);
    high = high >= 0 ? -1 : value;
  }
}

/// Takes a resource apart into skeleton and filling.
class Condenser {
 public:
  explicit Condenser(SharedTexts& texts) : texts_(texts) {
    skeleton_.reserve(usual_skeleton_bytes);
    filling_.reserve(usual_filling_bytes);
  }

  std::string condense(Json resource) {
    is_patient_ = resource["resourceType"].string() == "Patient";
    object(resource, 0);
    std::string condensed;
    const auto number = texts_.number_of(skeleton_);
    append_number(number ? *number + std::uint64_t{1} : 0, condensed);
    if (!number) {
      append_number(skeleton_.size(), condensed);
      condensed += skeleton_;
    }
    return condensed + filling_;
  }

 private:
  void object(Json json, int level) {
    skeleton_ += '{';
    bool first = true;
    for (const Json member : json) {
      if (!is_wanted(member, level)) continue;
      if (!first) skeleton_ += ',';
      first = false;
      skeleton_ += '"';
      append_escaped(member.name(), skeleton_);
      skeleton_ += "\":";
      value(member, member.name(), level);
    }
    skeleton_ += '}';
  }

  [[nodiscard]] bool is_wanted(Json member, int level) const {
    const std::string_view name = member.name();
    if (!is_kept_member(name)) return false;
    // The narrative, names of people, and identifiers of anything but people: no reader looks at them.
    if (name == "text") return member.is(JsonType::string);
    if (name == "name") return member.is(JsonType::string);
    if (level == 0 && (name == "extension" || name == "identifier")) return is_patient_;
    // Whose resource it is, is known from where it is kept.
    if (level == 0 && (name == "subject" || name == "patient")) return !names_patient_literally(member);
    return true;
  }

  static bool names_patient_literally(Json subject) {
    const std::string_view reference = subject.is(JsonType::string) ? subject.string() : subject["reference"].string();
    return !reference.empty() && reference.find('#') == std::string_view::npos &&
           reference.find('?') == std::string_view::npos;
  }

  void value(Json json, std::string_view name, int level) {
    switch (json.type()) {
      case JsonType::object:
        return object(json, level + 1);
      case JsonType::array:
        return array(json, name, level);
      case JsonType::string:
        skeleton_ += '"';
        string(json.string(), name);
        skeleton_ += '"';
        return;
      case JsonType::number:
        return number(json.text());
      case JsonType::boolean:
        skeleton_ += json.boolean() == true ? "true" : "false";
        return;
      case JsonType::null:
      case JsonType::absent:
        skeleton_ += "null";
    }
  }

  void array(Json json, std::string_view name, int level) {
    skeleton_ += '[';
    bool first = true;
    for (const Json element : json) {
      if (!first) skeleton_ += ',';
      first = false;
      value(element, name, level);
    }
    skeleton_ += ']';
  }

  void string(std::string_view text, std::string_view name) {
    if (is_uuid(text)) return uuid(text);
    if (has_shape(text, "9999-99-99") && time(text)) return;
    if (name == "reference" || name == "fullUrl") return reference(text);
    if (name == "id" || name == "value") return inline_text(text);
    const bool varies = name == "text" || name == "display" || name == "valueString" || name == "country" ||
                        name == "state" || name == "district" || name == "unit" || text.size() > 64;
    if (varies) return shared_text(text);
    append_escaped(text, skeleton_);
  }

  void uuid(std::string_view text) {
    skeleton_ += hole_uuid;
    append_uuid_bytes(text, filling_);
  }

  /// "Encounter/17" and "urn:uuid:…": the same in front, another one behind.
  void reference(std::string_view text) {
    const auto mark = text.find_last_of("/:#");
    const auto start = mark == std::string_view::npos ? 0 : mark + 1;
    if (start > 64) return inline_text(text);
    append_escaped(text.substr(0, start), skeleton_);
    const auto rest = text.substr(start);
    if (is_uuid(rest)) return uuid(rest);
    inline_text(rest);
  }

  bool time(std::string_view text) {
    const auto day = read_day(text.substr(0, 10));
    if (!day) return false;
    const auto days = (*day - first_day).count();
    if (days < 0 || days > days_max) return false;
    const auto rest = text.substr(10);
    if (rest.size() > 24) return false;
    skeleton_ += hole_day;
    append_bytes(static_cast<std::uint64_t>(days), 2, filling_);
    time_of_day(rest);
    return true;
  }

  void time_of_day(std::string_view rest) {
    if (!has_shape(rest, "T99:99:99")) return append_escaped(rest, skeleton_);
    const int hour = digits_value(rest.substr(1, 2));
    const int minute = digits_value(rest.substr(4, 2));
    const int second = digits_value(rest.substr(7, 2));
    if (hour > 23 || minute > 59 || second > 59) return append_escaped(rest, skeleton_);
    skeleton_ += 'T';
    skeleton_ += hole_second;
    const int second_of_day = (hour * 60 + minute) * 60 + second;
    append_bytes(static_cast<std::uint64_t>(second_of_day), 3, filling_);
    rest.remove_prefix(9);
    if (has_shape(rest, ".999") && (rest.size() == 4 || !is_digit(rest[4]))) {
      skeleton_ += '.';
      skeleton_ += hole_milli;
      append_bytes(static_cast<std::uint64_t>(digits_value(rest.substr(1, 3))), 2, filling_);
      rest.remove_prefix(4);
    }
    append_escaped(rest, skeleton_);
  }

  void number(std::string_view digits) {
    if (digits.starts_with('-')) {
      skeleton_ += '-';
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
    skeleton_ += hole_number;
    append_number(value * 16 + behind.size(), filling_);
  }

  void shared_text(std::string_view text) {
    std::string escaped;
    append_escaped(text, escaped);
    const auto number = texts_.number_of(escaped);
    if (!number) return inline_text(text);
    skeleton_ += hole_shared;
    append_number(*number, filling_);
  }

  void inline_text(std::string_view text) {
    std::string escaped;
    append_escaped(text, escaped);
    skeleton_ += hole_text;
    append_number(escaped.size(), filling_);
    filling_ += escaped;
  }

  SharedTexts& texts_;
  bool is_patient_ = false;
  std::string skeleton_;
  std::string filling_;
};

}  // namespace

void append_number(std::uint64_t number, std::string& bytes) {
  for (; number >= 0x80; number >>= 7U) bytes += static_cast<char>((number & 0x7FU) | 0x80U);
  bytes += static_cast<char>(number);
}

std::string condense(Json resource, SharedTexts& texts) {
  return Condenser(texts).condense(resource);
}

}  // namespace fhir
