#include "cards/ignored.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "cards/print.h"

namespace cards {

namespace {

constexpr std::size_t references_shown = 3;
constexpr std::size_t unit_bytes_max = 20;
constexpr std::size_t unit_digits_max = 4;  // a number with more is no part of a unit, and may be somebody's

/// Everything that is the matter with resources of one type in one way.
struct Group {
  const fhir::Unreadable* first = nullptr;
  std::string type;
  std::vector<std::string> references;
};

// "Observation" of "Observation/17" and "Observation/17#x"; empty for a place in the request.
std::string type_of(std::string_view reference) {
  const auto slash = reference.find('/');
  const auto type = reference.substr(0, slash);
  const bool is_type =
      slash != std::string_view::npos && !type.empty() && type.front() >= 'A' && type.front() <= 'Z' &&
      std::all_of(type.begin(), type.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
  return is_type ? std::string(type) : std::string();
}

std::string counted(const Group& group) {
  const auto count = group.references.size();
  if (group.type.empty()) return std::to_string(count) + (count == 1 ? " entry" : " entries");
  const auto plural =
      group.type.ends_with('y') ? group.type.substr(0, group.type.size() - 1) + "ies" : group.type + "s";
  return std::to_string(count) + " " + (count == 1 ? group.type : plural);
}

std::string references_of(const Group& group) {
  std::vector<std::string> shown(
      group.references.begin(),
      group.references.begin() + static_cast<std::ptrdiff_t>(std::min(group.references.size(), references_shown)));
  const auto left = group.references.size() - shown.size();
  if (left > 0) shown.push_back(std::to_string(left) + " more");
  return " (" + listed(shown) + ")";
}

// "has" of one, "have" of several: reasons are sentences about one resource.
std::string in_plural(const std::string& reason, std::size_t count) {
  if (count == 1) return reason;
  if (reason.starts_with("has ")) return "have " + reason.substr(4);
  if (reason.starts_with("is ")) return "are " + reason.substr(3);
  return reason;
}

std::string sentence_of(const Group& group) {
  const auto& one = *group.first;
  const auto shown = one.shown.empty() ? "" : ": '" + one.shown + "'";
  // A unit belongs to the whole result; everything else is told of the member that it is in.
  if (one.path.empty() || is_about_unit(one)) {
    return counted(group) + " " + in_plural(one.reason, group.references.size()) + shown + references_of(group);
  }
  return "In " + counted(group) + " " + one.path + " " + one.reason + shown + references_of(group);
}

bool belongs_to(const fhir::Unreadable& one, const Group& group) {
  return one.path == group.first->path && one.reason == group.first->reason && one.shown == group.first->shown &&
         type_of(one.reference) == group.type;
}

bool is_sign_of_unit(char c) {
  constexpr std::string_view signs = "/%.^*-+()[]{}_'";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || signs.find(c) != std::string_view::npos;
}

}  // namespace

bool is_about_unit(const fhir::Unreadable& one) {
  return one.reason.starts_with("has a unit") || one.reason.starts_with("has no unit");
}

std::vector<std::string> ignored_in_words(const std::vector<fhir::Unreadable>& unreadable) {
  std::vector<Group> groups;
  for (const auto& one : unreadable) {
    const auto same = [&](const Group& group) { return belongs_to(one, group); };
    auto group = std::find_if(groups.begin(), groups.end(), same);
    if (group == groups.end()) group = groups.insert(group, Group{&one, type_of(one.reference), {}});
    group->references.push_back(one.reference);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.references.size() > b.references.size(); });
  std::vector<std::string> sentences;
  sentences.reserve(groups.size());
  for (const auto& group : groups) sentences.push_back(sentence_of(group));
  return sentences;
}

std::string shown_unit(std::string_view text) {
  // The micro sign and the Greek letter, the squared and the cubed, and the dot in the middle, in UTF-8.
  constexpr std::array<std::string_view, 5> letters = {"\xC2\xB5", "\xCE\xBC", "\xC2\xB2", "\xC2\xB3", "\xC2\xB7"};
  if (text.size() > unit_bytes_max) return {};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto letter = text.substr(i, 2);
    if (std::find(letters.begin(), letters.end(), letter) != letters.end()) {
      ++i;
      continue;
    }
    if (!is_sign_of_unit(text[i])) return {};
    digits += std::isdigit(static_cast<unsigned char>(text[i])) != 0 ? 1U : 0U;
  }
  return digits > unit_digits_max ? std::string() : std::string(text);
}

}  // namespace cards
