#include "cards/print.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace cards {

namespace {

char folded(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

std::string printed(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.6f", value);
  std::string text = buffer;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string printed_with_commas(double value) {
  auto text = printed(value);
  const auto first = text.front() == '-' ? 1 : 0;
  const auto point = text.find('.');
  auto position = static_cast<std::ptrdiff_t>(point == std::string::npos ? text.size() : point) - 3;
  for (; position > first; position -= 3) text.insert(static_cast<std::size_t>(position), ",");
  return text;
}

std::string signed_points(int points) {
  return (points < 0 ? "−" : "+") + std::to_string(std::abs(points));
}

std::string listed(const std::vector<std::string>& items, std::string_view last_word) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && i + 1 == items.size())
      text.append(" ").append(last_word).append(" ");
    else if (i > 0)
      text += ", ";
    text += items[i];
  }
  return text;
}

std::string folded(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = folded(c);
  return lower;
}

bool folds_to(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char one, char other) { return folded(one) == other; });
}

}  // namespace cards
