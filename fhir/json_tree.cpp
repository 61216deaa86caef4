#include "fhir/json_tree.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace fhir {
namespace {

/// An exponent with more characters would not fit in 64 bits.
constexpr std::size_t exponent_length_max = 18;

constexpr long exponent10_max = std::numeric_limits<double>::max_exponent10;

/// A number taken apart; the exponent of one without is empty.
struct Digits {
  long before_point = 0;
  long behind_point = 0;
  std::string_view exponent;  ///< with a minus sign, if any
};

Digits digits_of(std::string_view number) {
  const auto mark = std::find_if(number.begin(), number.end(), [](char letter) { return (letter | 0x20) == 'e'; });
  const auto point = std::find(number.begin(), mark, '.');
  Digits digits{
      .before_point = point - number.begin(), .behind_point = point == mark ? 0 : mark - point - 1, .exponent = {}};
  if (mark == number.end()) return digits;
  digits.exponent = std::string_view(mark + 1, number.end());
  if (digits.exponent.starts_with('+')) digits.exponent.remove_prefix(1);
  return digits;
}

long value_of_exponent(std::string_view digits) {
  long exponent = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  return exponent;
}

}  // namespace

const char* fault_of_number(std::string_view number) {
  if (number.size() > json_number_length_max) return "has a number with more than 256 characters";
  const Digits digits = digits_of(number);
  if (digits.exponent.empty()) return nullptr;
  if (digits.exponent.size() > exponent_length_max) return "has a number out of range";
  const long exponent = value_of_exponent(digits.exponent);
  // Below the largest power of ten there is no need to look at the digits.
  if (exponent + digits.before_point <= exponent10_max) return nullptr;
  const bool readable = exponent - digits.behind_point <= exponent10_max && value_of_number(number);
  return readable ? nullptr : "has a number out of range";
}

std::optional<double> value_of_number(std::string_view digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // Out of range is too large, or too small to differ from nothing; the length limit lets the exponent tell which.
  if (error == std::errc::result_out_of_range) {
    const Digits parts = digits_of(digits);
    if (!parts.exponent.empty() && value_of_exponent(parts.exponent) < parts.behind_point) return 0.0;
  }
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

bool TreeBuilder::has_member(const Level& object, std::string_view wanted) {
  const Json::Node* member = object.container + 1;
  for (std::uint32_t i = 0; i < object.count; ++i, member += member->step) {
    if (member->name_view() == wanted) return true;
  }
  return false;
}

bool TreeBuilder::has_no_twins(const Json::Node& object) {
  // By hash, because comparing thousands of texts costs more; texts are compared where hashes are the same.
  std::vector<std::pair<std::size_t, std::string_view>> names;
  names.reserve(object.size);
  const Json::Node* member = &object + 1;
  for (std::uint32_t i = 0; i < object.size; ++i, member += member->step)
    names.emplace_back(std::hash<std::string_view>()(member->name_view()), member->name_view());
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) == names.end()) return true;
  return refuse("has the same member twice in one object");
}

}  // namespace fhir
