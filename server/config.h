#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.h"
#include "server/issuer.h"
#include "server/setting.h"

namespace server {

/// What the site decides (CONTRACT.md 1): one TOML file, then the environment, which wins. The defaults stand here.
struct Config {
  struct {
    std::string listen = "127.0.0.1:8080";
    std::string public_base_url;
    std::string profile = "demo";
    bool tls_proxy = false;
    bool forwarded_for = false;
    bool tryout = true;
    std::vector<std::string> cors_origins;
    std::uint64_t io_threads = 0;
    std::uint64_t workers = 0;
    std::string time_zone = "Europe/London";
  } server;
  struct {
    std::uint64_t body_bytes = 32U << 20U;
    std::uint64_t header_bytes = 16U << 10U;
    std::uint64_t header_seconds = 10;
    std::uint64_t request_seconds = 60;
    std::uint64_t idle_seconds = 60;
    std::uint64_t connections = 2048;
    std::uint64_t connections_per_client = 0;
    std::uint64_t shed_ms = 500;
    std::uint64_t bodies_in_flight_bytes = 256U << 20U;
    std::uint64_t drain_seconds = 20;
  } limits;
  struct {
    std::string certificate_file;
    std::string key_file;
    std::string client_ca_file;
    bool client_certificate_needed = true;
  } tls;
  struct {
    std::vector<Issuer> issuers;
    std::vector<std::string> base_urls;
    std::vector<std::string> also_protected;
    std::uint64_t keys_seconds = 3600;
    std::string ca_file;
    std::string proxy;
  } trust;
  struct {
    std::string path;
    std::string url;
    std::string patient_key_file;
    std::uint64_t keep_days = 1096;
  } store;
  struct {
    bool enabled = true;
    bool comments = false;
    bool silences = true;
    std::uint64_t repeat_hours = 0;
    std::uint64_t small_number = 5;
  } feedback;
  struct {
    std::vector<std::string> allowed_servers;
    std::string search = "get";
    std::uint64_t budget_ms = 2000;
    std::uint64_t pages_max = 10;
    std::uint64_t response_bytes = 16U << 20U;
    std::uint64_t bytes_in_flight = 256U << 20U;
    std::uint64_t waiting_calls = 64;
    std::uint64_t threads = 2;
    std::string ca_file;
    std::string proxy;
  } fhir;
  struct {
    std::string uk90_file;
  } growth;
  struct {
    std::string care_tier = "core";
    std::string jurisdiction = "England";
    std::string folder;
    bool show_explained = false;
  } site;
  struct {
    std::string phone;
    std::string email;
    std::string verified_on;
  } contact;
  struct {
    std::string folder;
    bool allow_draft = false;
    std::string public_key_file;
    std::string signature_file;
    std::string shadow_folder;
    std::string shadow_signature_file;
  } knowledge;
  struct {
    std::string level = "info";
  } log;
  struct {
    std::string file;
    std::uint64_t rotate_bytes = 0;
  } audit;

  std::string file;  ///< that was read; empty without one
  /// Where each setting that was given is written: "sir-cds.toml: limits.body_bytes", or the environment variable.
  std::map<std::string, std::string, std::less<>> written;
};

/// The tables that stand beside the settings: those whose tokens are believed.
inline constexpr std::string_view issuer_section = "trust.issuer";

/// One key of the configuration.
using Setting = Key<Config>;

/// All keys, in the order of the manual.
[[nodiscard]] const std::vector<Setting>& settings();

/// A setting's type ("text", "true or false", "number", "list of texts") and its default as TOML.
[[nodiscard]] std::string_view type_of(const Setting& setting);
[[nodiscard]] std::string default_of(const Setting& setting);

/// The environment variable of a setting: "SIR_CDS_LIMITS_BODY_BYTES".
[[nodiscard]] std::string environment_name(const Setting& setting);

/// Reads TOML text. `file` is its name for errors. Beside the settings there may be tables `[[trust.issuer]]`. Errors:
/// bad_input, `where` is file and key; unknown keys are refused.
[[nodiscard]] fhir::Result<Config> read_config(std::string_view toml, const std::string& file, Config base = {});

/// Puts the environment ("NAME=value", as `environ` has it) over a Config. Lists are separated by commas. A variable
/// that begins with SIR_CDS_ and is no setting is refused. SIR_CDS_TRUST_ISSUER holds issuers as TOML has them in one
/// line: `{iss = "https://ehr.example/fhir", jwks_file = "/etc/keys.json"}`, or several in [ ].
[[nodiscard]] fhir::Result<Config> with_environment(Config config, const char* const* environment);

/// File (none when the path is empty) and environment together.
[[nodiscard]] fhir::Result<Config> load_config(const std::string& path, const char* const* environment);

/// Every setting and its value, for the log; secrets are left out.
[[nodiscard]] std::string in_words(const Config& config);

}  // namespace server
