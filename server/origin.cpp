#include "server/origin.h"

#include <algorithm>

namespace server {

namespace {

bool is_one_of(char letter, std::string_view others) {
  const bool plain =
      (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
  return plain || others.find(letter) != std::string_view::npos;
}

bool is_authority(std::string_view text) {
  return !text.empty() && text.front() != ':' &&
         std::ranges::all_of(text, [](char letter) { return is_one_of(letter, ".-_:[]"); });
}

std::string_view without_scheme(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (url.starts_with(scheme)) return url.substr(scheme.size());
  return {};
}

}  // namespace

bool is_origin(std::string_view text) {
  return is_authority(without_scheme(text));
}

bool is_base_url(std::string_view text) {
  const auto rest = without_scheme(text);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto path = rest.substr(slash);
  return is_authority(rest.substr(0, slash)) && !text.ends_with('/') &&
         std::ranges::all_of(path, [](char letter) { return is_one_of(letter, "/.-_~%"); });
}

}  // namespace server
