#include "server/blame.h"

#include <algorithm>
#include <string>

namespace server {

namespace {

const Setting* setting_called(std::string_view name) {
  const auto found = std::ranges::find(settings(), name, &Setting::name);
  return found == settings().end() ? nullptr : &*found;
}

/// Where the setting is written whose value is this text, or the file of keys of an issuer; empty when none is.
std::string place_of_value(const std::string& text, Config config) {
  for (const auto& [name, place_name] : config.written) {
    const Setting* const setting = setting_called(name);
    if (!setting || setting->secret) continue;
    const Place place = setting->place(config);
    const auto* const* value = std::get_if<std::string*>(&place);
    if (value && **value == text) return place_name;
  }
  const auto& issuers = config.trust.issuers;
  const auto issuer = std::ranges::find(issuers, text, &Issuer::jwks_file);
  const auto section = config.written.find(issuer_section);
  if (issuer == issuers.end() || section == config.written.end()) return {};
  return section->second + "[" + std::to_string(issuer - issuers.begin()) + "].jwks_file";
}

}  // namespace

fhir::Error at_its_setting(fhir::Error error, const Config& config) {
  if (error.where.empty()) return error;
  if (error.where != issuer_section && !setting_called(error.where)) {
    if (auto place = place_of_value(error.where, config); !place.empty())
      return {error.kind, std::move(place), error.where + " " + error.what};
    return error;
  }
  if (const auto written = config.written.find(error.where); written != config.written.end())
    error.where = written->second;
  else if (!config.file.empty())
    error.where = config.file + ": " + error.where;
  return error;
}

}  // namespace server
