#include "server/media_type.h"

#include <algorithm>
#include <string>

namespace server {

namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

/// Takes the part before the next ';' off the text.
std::string_view next_part(std::string_view& text) {
  const auto end = std::min(text.find(';'), text.size());
  const auto part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

}  // namespace

std::optional<std::string_view> fault_in_media(std::string_view content_type, std::string_view content_encoding) {
  const std::string encoding = lower_case(trimmed(content_encoding));
  if (!encoding.empty() && encoding != "identity") return "the body is compressed, and only identity is read here";

  const std::string lower = lower_case(content_type);
  std::string_view rest = lower;
  const auto type = next_part(rest);
  if (type.empty()) return std::nullopt;
  if (!type.starts_with("application/") || type.find("json") == std::string_view::npos)
    return "the media type is not application/json";
  while (!rest.empty()) {
    const auto parameter = next_part(rest);
    constexpr std::string_view charset = "charset=";
    if (parameter.starts_with(charset) && unquoted(trimmed(parameter.substr(charset.size()))) != "utf-8")
      return "the charset is not utf-8";
  }
  return std::nullopt;
}

}  // namespace server
