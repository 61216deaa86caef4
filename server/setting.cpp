#include "server/setting.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace server {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string fault_in_number(std::uint64_t number, std::uint64_t min, std::uint64_t max) {
  if (number >= min && number <= max) return {};
  return "is not between " + std::to_string(min) + " and " + std::to_string(max);
}

bool take_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto part = text.substr(0, comma);
    const auto first = part.find_first_not_of(' ');
    if (first != std::string_view::npos) parts.emplace_back(part.substr(first, part.find_last_not_of(' ') + 1 - first));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace

std::string_view type_of(const Place& place) {
  constexpr std::array<std::string_view, 4> names{"text", "truth value (true or false)", "whole number",
                                                  "list of texts"};
  return names[place.index()];
}

std::string as_toml(const Place& place) {
  const auto quoted = [](const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
    return "\"" + escaped + "\"";
  };
  return std::visit(Overloaded{[&](const std::string* text) { return quoted(*text); },
                               [](const bool* truth) { return std::string(*truth ? "true" : "false"); },
                               [](const std::uint64_t* number) { return std::to_string(*number); },
                               [&](const std::vector<std::string>* texts) {
                                 std::string list;
                                 for (const auto& text : *texts) list += (list.empty() ? "" : ", ") + quoted(text);
                                 return "[" + list + "]";
                               }},
                    place);
}

bool take(Value value, const Place& place) {
  return std::visit(
      [&]<class Type>(Type* target) {
        auto* const fitting = std::get_if<Type>(&value);
        if (fitting) *target = std::move(*fitting);
        return fitting != nullptr;
      },
      place);
}

bool take_text(std::string_view text, const Place& place) {
  return std::visit(Overloaded{[&](std::string* value) {
                                 *value = text;
                                 return true;
                               },
                               [&](bool* truth) {
                                 *truth = text == "true";
                                 return text == "true" || text == "false";
                               },
                               [&](std::uint64_t* number) { return take_number(text, *number); },
                               [&](std::vector<std::string>* list) {
                                 *list = split_at_commas(text);
                                 return true;
                               }},
                    place);
}

std::string fault_at(const Place& place, std::uint64_t min, std::uint64_t max, FaultIn fault_in) {
  const auto judge = [&](std::string_view text) { return fault_in ? std::string(fault_in(text)) : std::string(); };
  return std::visit(
      Overloaded{[&](const std::string* text) { return judge(*text); }, [](const bool*) { return std::string(); },
                 [&](const std::uint64_t* number) { return fault_in_number(*number, min, max); },
                 [&](const std::vector<std::string>* texts) {
                   for (const auto& text : *texts)
                     if (auto fault = judge(text); !fault.empty()) return "has an entry that " + fault;
                   return std::string();
                 }},
      place);
}

std::string_view fault_in_needed(std::string_view text) {
  return text.empty() ? "is empty" : "";
}

std::string_view fault_in_care_tier(std::string_view text) {
  constexpr std::array<std::string_view, 4> tiers{"core", "enhanced", "community_specialist", "hospital"};
  return std::ranges::find(tiers, text) != tiers.end() ? "" : "is not core, enhanced, community_specialist or hospital";
}

}  // namespace server
