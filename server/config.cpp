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

std::string_view fault_in_care_tier(std::string_view text) {
  constexpr std::array<std::string_view, 4> tiers{"core", "enhanced", "community_specialist", "hospital"};
  return std::ranges::find(tiers, text) != tiers.end() ? "" : "is not core, enhanced, community_specialist or hospital";
}

std::string_view fault_in_level(std::string_view text) {
  constexpr std::array<std::string_view, 5> levels{"debug", "info", "warning", "error", "off"};
  return std::ranges::find(levels, text) != levels.end() ? "" : "is not debug, info, warning, error or off";
}

std::string_view fault_in_needed(std::string_view text) {
  return text.empty() ? "is empty" : "";
}

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string fault_in_number(const Setting& setting, std::uint64_t number) {
  if (number >= setting.min && number <= setting.max) return {};
  return "is not between " + std::to_string(setting.min) + " and " + std::to_string(setting.max);
}

/// What is wrong with the value that stands at the place; empty when nothing is.
std::string fault_at(const Setting& setting, const Place& place) {
  const auto judge = [&](std::string_view text) {
    return setting.fault_in ? std::string(setting.fault_in(text)) : std::string();
  };
  return std::visit(
      Overloaded{[&](const std::string* text) { return judge(*text); }, [](const bool*) { return std::string(); },
                 [&](const std::uint64_t* number) { return fault_in_number(setting, *number); },
                 [&](const std::vector<std::string>* texts) {
                   for (const auto& text : *texts)
                     if (auto fault = judge(text); !fault.empty()) return "has an entry that " + fault;
                   return std::string();
                 }},
      place);
}

bool take_list(const toml::node& node, std::vector<std::string>& list) {
  const auto* array = node.as_array();
  if (!array) return false;
  list.clear();
  for (const auto& entry : *array) {
    const auto text = entry.value_exact<std::string>();
    if (!text) return false;
    list.push_back(*text);
  }
  return true;
}

/// Takes over a value of the right type; false for every other type.
bool take(const toml::node& node, const Place& place) {
  return std::visit(Overloaded{[&](std::string* text) {
                                 const auto value = node.value_exact<std::string>();
                                 if (value) *text = *value;
                                 return value.has_value();
                               },
                               [&](bool* truth) {
                                 const auto value = node.value_exact<bool>();
                                 if (value) *truth = *value;
                                 return value.has_value();
                               },
                               [&](std::uint64_t* number) {
                                 const auto value = node.value_exact<std::int64_t>();
                                 if (!value || *value < 0) return false;
                                 *number = static_cast<std::uint64_t>(*value);
                                 return true;
                               },
                               [&](std::vector<std::string>* list) { return take_list(node, *list); }},
                    place);
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

/// The same from an environment variable, where everything is text.
bool take(std::string_view text, const Place& place) {
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

std::string not_of_type(const Setting& setting) {
  return "is not a " + std::string(type_of(setting));
}

std::string as_toml(const Place& place) {
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
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

Result<void> refuse_unknown(const toml::table& table, const std::string& file) {
  for (const auto& [section, node] : table) {
    const std::string section_name(section.str());
    const auto belongs = [&](const Setting& setting) { return setting.name.starts_with(section_name + "."); };
    if (std::ranges::none_of(settings(), belongs))
      return fault(Kind::bad_input, file + ": " + section_name, "is not known");
    if (!node.is_table()) return fault(Kind::bad_input, file + ": " + section_name, "is not a section");
    for (const auto& [key, value] : *node.as_table()) {
      const std::string name = section_name + "." + std::string(key.str());
      if (std::ranges::find(settings(), name, &Setting::name) == settings().end())
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
      {"server.tryout", SIR_PLACE(server.tryout), "Whether GET / answers with a page for people."},
      {"server.cors_origins", SIR_PLACE(server.cors_origins),
       "Origins whose pages may call this server; with none, any may when it listens on the loopback, and none "
       "otherwise.",
       0, 0, fault_in_origin},
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
  constexpr std::array<std::string_view, 4> names{"text", "truth value (true or false)", "whole number",
                                                  "list of texts"};
  Config config;
  return names[setting.place(config).index()];
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
  toml::table table;
  try {
    table = toml::parse(toml, file);
  } catch (const toml::parse_error& error) {
    const auto line = std::to_string(error.source().begin.line);
    return fault(Kind::bad_input, file + " line " + line, "is not TOML: " + std::string(error.description()));
  }
  if (const auto known = refuse_unknown(table, file); !known) return tl::unexpected(known.error());
  for (const Setting& setting : settings()) {
    const auto node = table.at_path(setting.name);
    if (!node) continue;
    const Place place = setting.place(base);
    const std::string where = file + ": " + std::string(setting.name);
    if (!take(*node.node(), place)) return fault(Kind::bad_input, where, not_of_type(setting));
    if (auto why = fault_at(setting, place); !why.empty()) return fault(Kind::bad_input, where, std::move(why));
  }
  return base;
}

Result<Config> with_environment(Config config, const char* const* environment) {
  for (; environment && *environment; ++environment) {
    const std::string_view entry = *environment;
    const auto name = entry.substr(0, entry.find('='));
    if (!name.starts_with(environment_prefix)) continue;
    const auto is_it = [&](const Setting& setting) { return environment_name(setting) == name; };
    const auto setting = std::ranges::find_if(settings(), is_it);
    if (setting == settings().end()) return fault(Kind::bad_input, std::string(name), "is not a setting of sir-cds");
    const Place place = setting->place(config);
    const auto text = entry.substr(std::min(name.size() + 1, entry.size()));
    if (!take(text, place)) return fault(Kind::bad_input, std::string(name), not_of_type(*setting));
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
  return words;
}

}  // namespace server
