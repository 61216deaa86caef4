#include "server/route.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace server {

namespace {

constexpr std::size_t parts_max = 8;

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

/// The path of a target in origin form, or in the absolute form that proxies send (RFC 9112 section 3.2).
std::string_view path_of(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target.substr(0, target.find_first_of("?#"));
}

/// "/a/b/" as {"a", "b", ""}; nothing when it is no path.
std::optional<std::vector<std::string>> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  if (!path.starts_with('/')) return std::nullopt;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    auto part = percent_decoded(path.substr(0, end));
    if (!part || parts.size() == parts_max) return std::nullopt;
    parts.push_back(std::move(*part));
    path.remove_prefix(end);
  }
  return parts;
}

Route route_below_services(std::vector<std::string> parts) {
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  if (parts.size() == 1) return {Address::discovery, {}};
  if (parts[1].empty()) return {};
  if (parts.size() == 2) return {Address::service, std::move(parts[1])};
  if (parts.size() == 3 && parts[2] == "feedback") return {Address::feedback, std::move(parts[1])};
  return {};
}

Route route_below_web(const std::vector<std::string>& parts) {
  if (parts.size() < 2) return {};
  std::string file = parts[1];
  for (std::size_t i = 2; i < parts.size(); ++i) file += "/" + parts[i];
  return {Address::web, {}, std::move(file)};
}

}  // namespace

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
  const auto question = target.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  auto query = target.substr(question + 1);
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto one = query.substr(0, end);
    const auto equals = std::min(one.find('='), one.size());
    if (one.substr(0, equals) == name)
      return percent_decoded(one.substr(std::min(equals + 1, one.size()))).value_or(std::string());
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

Route route_of(std::string_view target, std::span<const std::string> base_paths) {
  auto parts = parts_of(path_of(target));
  if (!parts) return {};
  const auto base = std::ranges::find(base_paths, "/" + parts->front());
  if (base != base_paths.end() && parts->size() > 1 && (*parts)[1] == "cds-services") {
    parts->erase(parts->begin());
    Route route = route_below_services(std::move(*parts));
    route.base_path = *base;
    return route;
  }
  if (parts->front() == "cds-services") return route_below_services(std::move(*parts));
  if (parts->front() == "web") return route_below_web(*parts);
  if (parts->size() == 1) {
    if (parts->front().empty()) return {Address::home, {}};
    if (parts->front() == "criteria") return {Address::criteria, {}};
    if (parts->front() == "feedback") return {Address::feedback_page, {}};
    if (parts->front() == "explain") return {Address::explain, {}};
    if (parts->front() == "metrics") return {Address::metrics, {}};
  }
  if (parts->size() == 2 && parts->front() == "feedback" && parts->back() == "summary") return {Address::summary, {}};
  if (parts->size() == 2 && parts->front() == "health") {
    if (parts->back() == "live") return {Address::live, {}};
    if (parts->back() == "ready") return {Address::ready, {}};
  }
  return {};
}

std::string_view pattern_of(Address address) {
  switch (address) {
    case Address::none:
      return "other";
    case Address::home:
      return "/";
    case Address::web:
      return "/web/{file}";
    case Address::feedback_page:
      return "/feedback";
    case Address::criteria:
      return "/criteria";
    case Address::discovery:
      return "/cds-services";
    case Address::service:
      return "/cds-services/{id}";
    case Address::feedback:
      return "/cds-services/{id}/feedback";
    case Address::explain:
      return "/explain";
    case Address::summary:
      return "/feedback/summary";
    case Address::live:
      return "/health/live";
    case Address::ready:
      return "/health/ready";
    case Address::metrics:
      return "/metrics";
  }
  return "other";
}

std::string path_of(const Route& route) {
  const bool of_service = route.address == Address::service || route.address == Address::feedback;
  if (!of_service) return route.base_path + std::string(pattern_of(route.address));
  return route.base_path + "/cds-services/" + route.service_id +
         (route.address == Address::feedback ? "/feedback" : "");
}

bool needs_token(Address address) {
  return address == Address::service || address == Address::feedback || address == Address::explain ||
         address == Address::summary;
}

std::string_view methods_of(Address address) {
  const bool posts = address == Address::service || address == Address::feedback || address == Address::explain;
  return posts ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

bool allows(Address address, std::string_view method) {
  const auto methods = methods_of(address);
  return method == "OPTIONS" || method == methods.substr(0, methods.find(',')) ||
         (method == "HEAD" && methods.starts_with("GET"));
}

}  // namespace server
