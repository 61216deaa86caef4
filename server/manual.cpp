#include "server/manual.h"

#include <string_view>

namespace server {

namespace {

constexpr std::string_view preface =
    "# Settings\n\n"
    "Written by `sir-cds config --reference` from the program itself; a test holds this page against it.\n\n"
    "Settings stand in one TOML file (`sir-cds serve --config FILE`; the Debian package reads "
    "`/etc/sir-cds/sir-cds.toml`) "
    "and in the\nenvironment, which wins. An unknown key, a value of another type and a value that makes no sense are "
    "refused at start, with file,\nkey and sentence. `sir-cds serve --config FILE --check-config` says so without "
    "starting, and `sir-cds config --config FILE` prints\nwhat is in force and where each value was written.\n";

constexpr std::string_view issuers =
    "\n## [[trust.issuer]]\n\n"
    "Whose tokens are believed: one table for each record system. In the environment, `SIR_CDS_TRUST_ISSUER` holds "
    "them "
    "as TOML in\none line: `{iss = \"https://ehr.example/fhir\", jwks_file = \"/etc/keys.json\"}`, or several in `[ "
    "]`.\n\n"
    "| key | type | default | meaning |\n|---|---|---|---|\n";

std::string_view section_of(const Setting& setting) {
  return setting.name.substr(0, setting.name.find('.'));
}

std::string_view key_of(const Setting& setting) {
  return setting.name.substr(setting.name.find('.') + 1);
}

std::string cell(std::string_view text) {
  return std::string(text) + " | ";
}

std::string bounds(std::uint64_t min, std::uint64_t max) {
  return max == 0 ? "" : " from " + std::to_string(min) + " to " + std::to_string(max);
}

std::string row(const Setting& setting) {
  return "| `" + cell(std::string(key_of(setting)) + "`") +
         cell(std::string(type_of(setting)) + bounds(setting.min, setting.max)) +
         cell("`" + default_of(setting) + "`") + cell(setting.sentence) + "`" + environment_name(setting) + "` |\n";
}

std::string row(const Key<Issuer>& key) {
  Issuer issuer;
  const Place place = key.place(issuer);
  return "| `" + cell(std::string(key.name) + "`") + cell(std::string(type_of(place)) + bounds(key.min, key.max)) +
         cell("`" + as_toml(place) + "`") + std::string(key.sentence) + " |\n";
}

/// Calls `begin` before the first setting of each section, and `one` for each setting.
template <class Begin, class One>
void for_each_setting(Begin begin, One one) {
  std::string_view section;
  for (const Setting& setting : settings()) {
    if (section_of(setting) != section) begin(section = section_of(setting));
    one(setting);
  }
}

}  // namespace

std::string manual_as_markdown() {
  std::string page(preface);
  for_each_setting(
      [&](std::string_view section) {
        page += "\n## [" + std::string(section) + "]\n\n| key | type | default | meaning | environment |\n";
        page += "|---|---|---|---|---|\n";
      },
      [&](const Setting& setting) { page += row(setting); });
  page += issuers;
  for (const auto& key : issuer_keys()) page += row(key);
  return page;
}

std::string manual_for_terminals() {
  std::string lines =
      "Settings of the configuration file, with their defaults. Each may also stand in the environment, as\n"
      "SIR_CDS_<SECTION>_<KEY>.\n";
  for_each_setting([&](std::string_view section) { lines += "\n[" + std::string(section) + "]\n"; },
                   [&](const Setting& setting) {
                     lines += "  " + std::string(key_of(setting)) + " = " + default_of(setting) + "\n      " +
                              std::string(setting.sentence) + "\n";
                   });
  lines += "\n[[trust.issuer]]\n";
  for (const auto& key : issuer_keys())
    lines += "  " + std::string(key.name) + "\n      " + std::string(key.sentence) + "\n";
  return lines;
}

std::string as_file(const Config& config) {
  Config copy = config;
  std::string text;
  const auto begin = [&](std::string_view section) {
    text += (text.empty() ? "[" : "\n[") + std::string(section) + "]\n";
  };
  const auto one = [&](const Setting& setting) {
    const auto written = config.written.find(setting.name);
    const bool given = written != config.written.end();
    const std::string value = setting.secret && given ? "not shown" : as_toml(setting.place(copy));
    text += (given && !setting.secret ? "" : "# ") + std::string(key_of(setting)) + " = " + value +
            (given ? "  # " + written->second : "") + "\n";
  };
  for_each_setting(begin, one);
  for (Issuer& issuer : copy.trust.issuers) {
    text += "\n[[trust.issuer]]\n";
    for (const auto& key : issuer_keys()) {
      const auto value = as_toml(key.place(issuer));
      if (value != "\"\"") text += std::string(key.name) + " = " + value + "\n";
    }
  }
  return text;
}

}  // namespace server
