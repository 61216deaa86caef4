#include "server/config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "server/origin.h"

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

constexpr std::string_view environment_prefix = "SIR_CDS_";
constexpr std::string_view issuer_section = "trust.issuer";
constexpr std::string_view issuer_variable = "SIR_CDS_TRUST_ISSUER";
constexpr std::uint64_t day_seconds = 86'400;
constexpr std::uint64_t gibibyte = 1U << 30U;

std::string_view fault_in_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return "is not HOST:PORT";
  const auto port = text.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || number > 65535) return "is not HOST:PORT";
  return {};
}

std::string_view fault_in_base_url(std::string_view text) {
  return text.empty() || is_base_url(text) ? "" : "is not an http or https URL without query and final slash";
}

std::string_view fault_in_origin(std::string_view text) {
  return is_origin(text) ? "" : "is not an origin such as https://ehr.example";
}

std::string_view fault_in_level(std::string_view text) {
  constexpr std::array<std::string_view, 5> levels{"debug", "info", "warning", "error", "off"};
  return std::ranges::find(levels, text) != levels.end() ? "" : "is not debug, info, warning, error or off";
}

std::string_view fault_in_profile(std::string_view text) {
  return text == "demo" || text == "production" ? "" : "is not demo or production";
}

std::string_view fault_in_protected(std::string_view text) {
  return text == "discovery" || text == "metrics" ? "" : "is not discovery or metrics";
}

std::string not_of_type(const Setting& setting) {
  return "is not a " + std::string(type_of(setting));
}

/// A value of one of the types that settings have; nothing for every other.
std::optional<Value> value_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto truth = node.value_exact<bool>()) return *truth;
  if (const auto number = node.value_exact<std::int64_t>(); number && *number >= 0)
    return static_cast<std::uint64_t>(*number);
  const auto* array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<std::string> list;
  for (const auto& entry : *array) {
    const auto text = entry.value_exact<std::string>();
    if (!text) return std::nullopt;
    list.push_back(*text);
  }
  return list;
}

Result<std::vector<Issuer>> read_issuers(const toml::node& node, const std::string& where) {
  std::vector<Issuer> issuers;
  const auto read_one = [&](const toml::node& one, const std::string& its_place) -> Result<void> {
    if (!one.is_table()) return fault(Kind::bad_input, its_place, "is not a table");
    Entries entries;
    for (const auto& [key, value] : *one.as_table()) entries.emplace_back(key.str(), value_of(value));
    auto issuer = read_issuer(entries, its_place);
    if (!issuer) return tl::unexpected(issuer.error());
    if (std::ranges::find(issuers, issuer->iss, &Issuer::iss) != issuers.end())
      return fault(Kind::bad_input, its_place + ".iss", "stands in two issuers");
    issuers.push_back(std::move(*issuer));
    return {};
  };
  if (const auto* array = node.as_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      if (auto done = read_one(*array->get(i), where + "[" + std::to_string(i) + "]"); !done)
        return tl::unexpected(done.error());
  } else if (auto done = read_one(node, where); !done) {
    return tl::unexpected(done.error());
  }
  return issuers;
}

Result<toml::table> parse(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const auto line = std::to_string(error.source().begin.line);
    return fault(Kind::bad_input, file + " line " + line, "is not TOML: " + std::string(error.description()));
  }
}

Result<Config> with_issuers(Config config, std::string_view text) {
  const std::string name(issuer_variable);
  const auto table = parse("issuer = " + std::string(text), name);
  if (!table) return tl::unexpected(table.error());
  const auto* node = table->get("issuer");
  if (!node || table->size() != 1) return fault(Kind::bad_input, name, "is not one line of TOML");
  auto issuers = read_issuers(*node, name);
  if (!issuers) return tl::unexpected(issuers.error());
  config.trust.issuers = std::move(*issuers);
  return config;
}

Result<void> refuse_unknown(const toml::table& table, const std::string& file) {
  for (const auto& [section, node] : table) {
    const std::string section_name(section.str());
    const auto belongs = [&](const Setting& setting) { return setting.name.starts_with(section_name + "."); };
    if (std::ranges::none_of(settings(), belongs))
      return fault(Kind::bad_input, file + ": " + section_name, "is not known");
    if (!node.is_table()) return fault(Kind::bad_input, file + ": " + section_name, "is not a section");
    for (const auto& [key, value] : *node.as_table()) {
      const std::string name = section_name + "." + std::string(key.str());
      if (name != issuer_section && std::ranges::find(settings(), name, &Setting::name) == settings().end())
        return fault(Kind::bad_input, file + ": " + name, "is not known");
    }
  }
  return {};
}

}  // namespace

const std::vector<Setting>& settings() {
#define SIR_PLACE(member) [](Config& config) -> Place { return &config.member; }
  static const std::vector<Setting> all{
      {"server.listen", SIR_PLACE(server.listen), "Address and port to listen on; port 0 takes a free one.", 0, 0,
       fault_in_address},
      {"server.public_base_url", SIR_PLACE(server.public_base_url),
       "How clients reach this server, for links on cards; empty means the address it listens on.", 0, 0,
       fault_in_base_url},
      {"server.profile", SIR_PLACE(server.profile),
       "demo: open, on the loopback only, and every card says so; production: starts only when callers are known and "
       "the line is encrypted.",
       0, 0, fault_in_profile},
      {"server.tls_proxy", SIR_PLACE(server.tls_proxy),
       "Whether a proxy in front of this server ends TLS, so that it may speak plain HTTP in production."},
      {"server.tryout", SIR_PLACE(server.tryout), "Whether GET / answers with a page for people."},
      {"server.cors_origins", SIR_PLACE(server.cors_origins),
       "Origins whose pages may call this server; with none, any may in the demo profile, and none in production.", 0,
       0, fault_in_origin},
      {"server.io_threads", SIR_PLACE(server.io_threads), "Threads that serve connections; 0 means one per core.", 0,
       256},
      {"server.workers", SIR_PLACE(server.workers), "Threads that judge bodies above 1 MiB; 0 means one per core.", 0,
       256},
      {"server.time_zone", SIR_PLACE(server.time_zone), "Time zone whose calendar says what day it is.", 0, 0,
       fault_in_needed},
      {"limits.body_bytes", SIR_PLACE(limits.body_bytes), "Largest request body.", 1024, 4 * gibibyte},
      {"limits.header_bytes", SIR_PLACE(limits.header_bytes), "Most bytes of request line and header fields.", 1024,
       1U << 20U},
      {"limits.header_seconds", SIR_PLACE(limits.header_seconds), "Time from the first byte to the end of the headers.",
       1, day_seconds},
      {"limits.request_seconds", SIR_PLACE(limits.request_seconds),
       "Time from the first byte of a request to its last.", 1, day_seconds},
      {"limits.idle_seconds", SIR_PLACE(limits.idle_seconds), "Time that a connection may rest between requests.", 1,
       day_seconds},
      {"limits.connections", SIR_PLACE(limits.connections), "Most connections at the same time.", 1, 1'000'000},
      {"limits.bodies_in_flight_bytes", SIR_PLACE(limits.bodies_in_flight_bytes),
       "Most memory for all request bodies together.", 1024, 1024 * gibibyte},
      {"limits.drain_seconds", SIR_PLACE(limits.drain_seconds),
       "Time to finish what has begun when the program is asked to stop.", 1, day_seconds},
      {"tls.certificate_file", SIR_PLACE(tls.certificate_file),
       "Certificate and those that it rests on, PEM; with it the server speaks TLS. Read again at SIGHUP, like the "
       "key."},
      {"tls.key_file", SIR_PLACE(tls.key_file), "Private key of the certificate, PEM."},
      {"tls.client_ca_file", SIR_PLACE(tls.client_ca_file),
       "Certificates of those who vouch for clients, PEM; with it clients are asked for theirs."},
      {"tls.client_certificate_needed", SIR_PLACE(tls.client_certificate_needed),
       "Whether a client without a certificate is turned away, when tls.client_ca_file is set."},
      {"trust.base_urls", SIR_PLACE(trust.base_urls),
       "Further base URLs under which clients reach this server, for the aud of their tokens.", 0, 0,
       fault_in_base_url},
      {"trust.also_protected", SIR_PLACE(trust.also_protected),
       "What needs a token besides calls, feedback and /explain: discovery, metrics.", 0, 0, fault_in_protected},
      {"trust.ca_file", SIR_PLACE(trust.ca_file),
       "Certificate authorities of the servers that publish issuers' keys, PEM; only these are then trusted, not those "
       "of the system."},
      {"trust.proxy", SIR_PLACE(trust.proxy), "URL of the proxy through which issuers' keys are fetched.", 0, 0,
       fault_in_base_url},
      {"trust.keys_seconds", SIR_PLACE(trust.keys_seconds),
       "How long the keys fetched from an issuer's jku are believed without looking again.", 60, day_seconds},
      {"store.path", SIR_PLACE(store.path),
       "SQLite file for feedback; empty means sir-cds/sir-cds.sqlite under the XDG state folder."},
      {"store.url", SIR_PLACE(store.url), "PostgreSQL URL for feedback; takes precedence over store.path.", 0, 0,
       nullptr, true},
      {"fhir.allowed_servers", SIR_PLACE(fhir.allowed_servers),
       "Origins of the FHIR servers from which missing data may be fetched.", 0, 0, fault_in_origin},
      {"growth.uk90_file", SIR_PLACE(growth.uk90_file),
       "File with the UK90 reference for children; without it the WHO reference is used."},
      {"site.care_tier", SIR_PLACE(site.care_tier),
       "Where the users work: core, enhanced, community_specialist or hospital.", 0, 0, fault_in_care_tier},
      {"site.jurisdiction", SIR_PLACE(site.jurisdiction), "Country whose referral routes the cards name.", 0, 0,
       fault_in_needed},
      {"site.show_explained", SIR_PLACE(site.show_explained),
       "Whether a raised insulin with a recorded other cause gets a card."},
      {"knowledge.folder", SIR_PLACE(knowledge.folder),
       "Folder of the clinical knowledge; empty means the shipped one."},
      {"knowledge.allow_draft", SIR_PLACE(knowledge.allow_draft),
       "Whether the production profile may serve knowledge that nobody has approved."},
      {"log.level", SIR_PLACE(log.level), "Least important lines to log: debug, info, warning, error or off.", 0, 0,
       fault_in_level},
  };
#undef SIR_PLACE
  return all;
}

std::string_view type_of(const Setting& setting) {
  Config config;
  return type_of(setting.place(config));
}

std::string default_of(const Setting& setting) {
  Config config;
  return as_toml(setting.place(config));
}

std::string environment_name(const Setting& setting) {
  std::string name(environment_prefix);
  for (const char letter : setting.name)
    name += letter == '.' ? '_' : (letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter);
  return name;
}

Result<Config> read_config(std::string_view toml, const std::string& file, Config base) {
  const auto parsed = parse(toml, file);
  if (!parsed) return tl::unexpected(parsed.error());
  const toml::table& table = *parsed;
  if (const auto known = refuse_unknown(table, file); !known) return tl::unexpected(known.error());
  for (const Setting& setting : settings()) {
    const auto node = table.at_path(setting.name);
    if (!node) continue;
    const Place place = setting.place(base);
    const std::string where = file + ": " + std::string(setting.name);
    auto value = value_of(*node.node());
    if (!value || !take(std::move(*value), place)) return fault(Kind::bad_input, where, not_of_type(setting));
    if (auto why = fault_at(setting, place); !why.empty()) return fault(Kind::bad_input, where, std::move(why));
  }
  if (const auto node = table.at_path(issuer_section)) {
    auto issuers = read_issuers(*node.node(), file + ": " + std::string(issuer_section));
    if (!issuers) return tl::unexpected(issuers.error());
    base.trust.issuers = std::move(*issuers);
  }
  return base;
}

Result<Config> with_environment(Config config, const char* const* environment) {
  for (; environment && *environment; ++environment) {
    const std::string_view entry = *environment;
    const auto name = entry.substr(0, entry.find('='));
    if (!name.starts_with(environment_prefix)) continue;
    const auto text = entry.substr(std::min(name.size() + 1, entry.size()));
    if (name == issuer_variable) {
      auto with = with_issuers(std::move(config), text);
      if (!with) return with;
      config = std::move(*with);
      continue;
    }
    const auto is_it = [&](const Setting& setting) { return environment_name(setting) == name; };
    const auto setting = std::ranges::find_if(settings(), is_it);
    if (setting == settings().end()) return fault(Kind::bad_input, std::string(name), "is not a setting of sir-cds");
    const Place place = setting->place(config);
    if (!take_text(text, place)) return fault(Kind::bad_input, std::string(name), not_of_type(*setting));
    if (auto why = fault_at(*setting, place); !why.empty())
      return fault(Kind::bad_input, std::string(name), std::move(why));
  }
  return config;
}

Result<Config> load_config(const std::string& path, const char* const* environment) {
  if (path.empty()) return with_environment({}, environment);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return fault(Kind::bad_input, path, "cannot be read");
  return read_config(text.str(), path).and_then([&](Config config) {
    return with_environment(std::move(config), environment);
  });
}

std::string in_words(const Config& config) {
  Config copy = config;
  std::string words;
  for (const Setting& setting : settings()) {
    const auto value = setting.secret ? std::string("(not shown)") : as_toml(setting.place(copy));
    words += (words.empty() ? "" : ", ") + std::string(setting.name) + " = " + value;
  }
  for (const auto& issuer : config.trust.issuers) words += ", " + std::string(issuer_section) + " " + issuer.iss;
  return words;
}

}  // namespace server
