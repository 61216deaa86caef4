#include "server/config.h"

// Without NDEBUG the library asserts of a file what it reports as a fault in the next line: found by fuzzing.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "fhir/time.h"
#include "server/blame.h"
#include "server/origin.h"
#include "server/stray_letter.h"

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

constexpr std::string_view environment_prefix = "SIR_CDS_";
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

std::string_view fault_in_search(std::string_view text) {
  return text == "get" || text == "post" ? "" : "is not get or post";
}

std::string_view fault_in_level(std::string_view text) {
  constexpr std::array<std::string_view, 5> levels{"debug", "info", "warning", "error", "off"};
  return std::ranges::find(levels, text) != levels.end() ? "" : "is not debug, info, warning, error or off";
}

/// It stands on cards as it is: nothing that Markdown or HTML would read as more than text.
std::string_view fault_in_contact(std::string_view text) {
  const auto is_markup = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || std::string_view("<>[]`*\\").find(c) != std::string_view::npos;
  };
  return std::ranges::none_of(text, is_markup) ? "" : "holds a character that is no part of a number or an address";
}

std::string_view fault_in_date(std::string_view text) {
  return text.empty() || fhir::read_time(text) ? "" : "is not a date such as 2026-05 or 2026-05-14";
}

std::string_view fault_in_profile(std::string_view text) {
  return text == "demo" || text == "production" ? "" : "is not demo or production";
}

std::string_view fault_in_protected(std::string_view text) {
  return text == "discovery" || text == "metrics" ? "" : "is not discovery or metrics";
}

std::string_view fault_in_database(std::string_view text) {
  const bool good = text.empty() || text.starts_with("postgresql://") || text.starts_with("postgres://");
  return good ? "" : "is not a postgresql:// URL";
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
    for (const auto& [key, value] : *one.as_table()) {
      const std::string name(key.str());
      if (!value.is_table())
        entries.emplace_back(name, value_of(value));
      else
        for (const auto& [below, text] : *value.as_table())
          entries.emplace_back(name + "." + std::string(below.str()), value_of(text));
    }
    auto issuer = read_issuer(entries, its_place);
    if (!issuer) return tl::unexpected(issuer.error());
    if (std::ranges::find(issuers, issuer->iss, &Issuer::iss) != issuers.end())
      return fault(Kind::bad_input, its_place + ".iss", "stands in two issuers");
    if (!issuer->base_path.empty() &&
        std::ranges::find(issuers, issuer->base_path, &Issuer::base_path) != issuers.end())
      return fault(Kind::bad_input, its_place + ".base_path", "stands in two issuers");
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

Result<toml::table> parsed_by_library(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const auto line = std::to_string(error.source().begin.line);
    return fault(Kind::bad_input, file + " line " + line, "is not TOML: " + std::string(error.description()));
  }
}

/// Of a letter where white space may stand, the library thinks that it cannot be there (fault of toml++ 3.3, found by
/// fuzzing): it does not get to see one. Where quotes open and close is certain only in a text that is TOML, so such a
/// text is first read with other letters in the place of those.
Result<toml::table> parse(std::string_view text, const std::string& file) {
  if (const auto line = line_of_stray_letter(text))
    return fault(Kind::bad_input, file + " line " + std::to_string(*line),
                 "is not TOML: a letter beyond ASCII stands outside of quotes and comments");
  if (const auto plain = with_letters_replaced(text); plain != text)
    if (const auto read = parsed_by_library(plain, file); !read) return tl::unexpected(read.error());
  return parsed_by_library(text, file);
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
  config.written.insert_or_assign(std::string(issuer_section), name);
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
      {"server.forwarded_for", SIR_PLACE(server.forwarded_for),
       "Whether the last address in X-Forwarded-For is that of the caller. Only when nobody but a proxy reaches this "
       "server, and it writes that field."},
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
      {"limits.connections_per_client", SIR_PLACE(limits.connections_per_client),
       "Most connections of one address at the same time; 0: three quarters of all, or all of them behind a proxy "
       "(server.tls_proxy).",
       0, 1'000'000},
      {"limits.shed_ms", SIR_PLACE(limits.shed_ms),
       "When requests wait for so many milliseconds to be looked at, calls of the busiest clients are answered 503; 0: "
       "never.",
       0, 60'000},
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
       fault_in_database, true},
      {"store.patient_key_file", SIR_PLACE(store.patient_key_file),
       "File with the key for patient hashes, made when absent; empty means beside the SQLite file. Instances that "
       "share a database need the same."},
      {"store.keep_days", SIR_PLACE(store.keep_days),
       "Cards and feedback are deleted after so many days, and what they silenced speaks again; 0 keeps them.", 0,
       36'525},
      {"feedback.enabled", SIR_PLACE(feedback.enabled), "Whether feedback is taken and the store is used at all."},
      {"feedback.comments", SIR_PLACE(feedback.comments),
       "Whether the words that clinicians write are kept; they may name patients."},
      {"feedback.silences", SIR_PLACE(feedback.silences),
       "Whether an answer silences what it answered, as the clinical knowledge says."},
      {"feedback.repeat_hours", SIR_PLACE(feedback.repeat_hours),
       "Hours within which the same card is not given again for a patient; 0 means it always is.", 0, 8784},
      {"feedback.small_number", SIR_PLACE(feedback.small_number),
       "Numbers below this are not told in the summary of feedback; 0 tells all.", 0, 1000},
      {"fhir.allowed_servers", SIR_PLACE(fhir.allowed_servers),
       "Origins of the FHIR servers from which missing data may be fetched; with none, those of this machine in the "
       "demo profile, and none otherwise.",
       0, 0, fault_in_origin},
      {"fhir.search", SIR_PLACE(fhir.search), "How FHIR servers are searched: get, or post (to _search).", 0, 0,
       fault_in_search},
      {"fhir.budget_ms", SIR_PLACE(fhir.budget_ms), "Milliseconds that one call may spend on fetching.", 10, 60'000},
      {"fhir.pages_max", SIR_PLACE(fhir.pages_max), "Most pages of one search.", 1, 1000},
      {"fhir.response_bytes", SIR_PLACE(fhir.response_bytes), "Most bytes that one call may fetch, unpacked.", 1024,
       gibibyte},
      {"fhir.bytes_in_flight", SIR_PLACE(fhir.bytes_in_flight),
       "Most memory for all answers of FHIR servers that are arriving.", 1024, 1024 * gibibyte},
      {"fhir.waiting_calls", SIR_PLACE(fhir.waiting_calls),
       "Most calls that wait for FHIR servers at the same time, three quarters of them for the same one; further calls "
       "do without, or are answered 503.",
       1, 4096},
      {"fhir.threads", SIR_PLACE(fhir.threads), "Threads that talk to other servers.", 1, 64},
      {"fhir.ca_file", SIR_PLACE(fhir.ca_file),
       "Certificate authorities of FHIR servers, PEM; only these are then trusted, not those of the system."},
      {"fhir.proxy", SIR_PLACE(fhir.proxy),
       "URL of the proxy through which other servers are reached. It resolves their names and has to guard its "
       "network.",
       0, 0, fault_in_base_url},
      {"growth.uk90_file", SIR_PLACE(growth.uk90_file),
       "File with the UK90 reference for children; without it the WHO reference is used."},
      {"site.care_tier", SIR_PLACE(site.care_tier),
       "Where the users work: core, enhanced, community_specialist or hospital.", 0, 0, fault_in_care_tier},
      {"site.jurisdiction", SIR_PLACE(site.jurisdiction), "Country whose referral routes the cards name.", 0, 0,
       fault_in_needed},
      {"site.folder", SIR_PLACE(site.folder),
       "Folder with what the site adds to the knowledge: valuesets/, maps/, units.json, thresholds.json."},
      {"site.show_explained", SIR_PLACE(site.show_explained),
       "Whether a raised insulin with a recorded other cause gets a card."},
      {"contact.phone", SIR_PLACE(contact.phone), "Telephone of NSIRS on cards, instead of the one of the knowledge.",
       0, 0, fault_in_contact},
      {"contact.email", SIR_PLACE(contact.email), "E-mail of NSIRS on cards, instead of the one of the knowledge.", 0,
       0, fault_in_contact},
      {"contact.verified_on", SIR_PLACE(contact.verified_on),
       "When these were verified (2026-05 or 2026-05-14): on every card, and older than a year warned of at start.", 0,
       0, fault_in_date},
      {"knowledge.folder", SIR_PLACE(knowledge.folder),
       "Folder of the clinical knowledge; empty means the shipped one."},
      {"knowledge.allow_draft", SIR_PLACE(knowledge.allow_draft),
       "Whether the production profile may serve knowledge that nobody has approved."},
      {"knowledge.public_key_file", SIR_PLACE(knowledge.public_key_file),
       "Public keys of those who release knowledge, PEM; with it, only knowledge that one of them has signed is "
       "served."},
      {"knowledge.signature_file", SIR_PLACE(knowledge.signature_file),
       "Signature of the folder's manifest; empty means the folder's name with .sig behind it."},
      {"knowledge.shadow_folder", SIR_PLACE(knowledge.shadow_folder),
       "Folder of another version of the knowledge, which judges each answered call a second time: differences are "
       "counted and never shown. Empty: none does. Read again at SIGHUP."},
      {"knowledge.shadow_signature_file", SIR_PLACE(knowledge.shadow_signature_file),
       "Its signature; empty means the folder's name with .sig behind it."},
      {"log.level", SIR_PLACE(log.level), "Least important lines to log: debug, info, warning, error or off.", 0, 0,
       fault_in_level},
      {"audit.file", SIR_PLACE(audit.file),
       "File to which is appended who asked for what, and what became of it, one line of JSON each; empty: nobody "
       "writes it down. Opened anew at SIGHUP."},
      {"audit.rotate_bytes", SIR_PLACE(audit.rotate_bytes),
       "A larger audit file is set aside under the time of its end; 0: never.", 0, 1024 * gibibyte},

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
    base.written.insert_or_assign(std::string(setting.name), where);
  }
  base.file = file;
  if (const auto node = table.at_path(issuer_section)) {
    auto issuers = read_issuers(*node.node(), file + ": " + std::string(issuer_section));
    if (!issuers) return tl::unexpected(issuers.error());
    base.trust.issuers = std::move(*issuers);
    base.written.insert_or_assign(std::string(issuer_section), file + ": " + std::string(issuer_section));
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
    config.written.insert_or_assign(std::string(setting->name), std::string(name));
  }
  return config;
}

namespace {

/// A way to reach the service is shown with the day on which somebody tried it, or not at all.
Result<Config> with_whole_contact(Config config) {
  const auto& contact = config.contact;
  const bool reached = !contact.phone.empty() || !contact.email.empty();
  const auto refuse = [&](std::string what) {
    return tl::unexpected(at_its_setting({Kind::bad_input, "contact.verified_on", std::move(what)}, config));
  };
  if (reached && contact.verified_on.empty()) return refuse("is missing beside contact.phone or contact.email");
  if (!reached && !contact.verified_on.empty()) return refuse("is given without contact.phone and contact.email");
  return config;
}

}  // namespace

Result<Config> load_config(const std::string& path, const char* const* environment) {
  if (path.empty()) return with_environment({}, environment).and_then(with_whole_contact);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return fault(Kind::bad_input, path, "cannot be read");
  return read_config(text.str(), path).and_then([&](Config config) {
    return with_environment(std::move(config), environment).and_then(with_whole_contact);
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
