#include "server/origin.h"

#include <algorithm>
#include <charconv>

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

/// A port number in its shortest form; empty when it is none.
std::string port_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_port = error == std::errc{} && end == text.data() + text.size() && number > 0 && number < 65536;
  return is_port ? std::to_string(number) : std::string();
}

/// Host and port out of "ehr.example:8080" or "[::1]:8080"; false when it is neither.
bool take_authority(std::string_view text, Url& url) {
  const bool bracketed = text.starts_with('[');
  const auto host_end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == std::string_view::npos) return false;
  const auto host = text.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  const auto rest = text.substr(host_end + (bracketed ? 1 : 0));
  const std::string_view others = bracketed ? ":." : ".-_";
  if (host.empty() || !std::ranges::all_of(host, [&](char letter) { return is_one_of(letter, others); })) return false;
  for (const char letter : host)
    url.host += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  url.port = url.secure ? "443" : "80";
  if (rest.empty()) return true;
  url.port = rest.front() == ':' ? port_of(rest.substr(1)) : std::string();
  return !url.port.empty();
}

/// What may not stand in a URL that we send or compare.
bool is_unsafe(char letter) {
  return static_cast<unsigned char>(letter) <= ' ' || letter == '\x7F' || letter == '\\' || letter == '#';
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (secure ? "443" : "80") ? name : name + ":" + port;
}

std::string Url::origin() const {
  return (secure ? "https://" : "http://") + authority();
}

std::optional<Url> read_url(std::string_view text) {
  const auto rest = without_scheme(text);
  if (rest.empty() || std::ranges::any_of(rest, is_unsafe)) return std::nullopt;
  Url url;
  url.secure = text.starts_with("https");
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  if (!take_authority(rest.substr(0, end), url)) return std::nullopt;
  url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

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
