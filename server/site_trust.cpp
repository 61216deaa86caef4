#include "server/site_trust.h"

#include <fstream>

#include "server/clock.h"

namespace server {

namespace {

fhir::Result<std::string> read_jwks(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(jwks_bytes_max + 1, '\0');
  if (!file || (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()))
    return fault(fhir::Kind::bad_input, path, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > jwks_bytes_max) return fault(fhir::Kind::too_big, path, "is too large for a set of keys");
  return text;
}

FetchKeys fetch_keys_of(const Issuer& issuer) {
  return [path = issuer.jwks_file] { return read_jwks(path); };
}

}  // namespace

fhir::Result<Trust> site_trust(const Config& config, const std::string& base_url, ReplayStore& used_tokens, Log& log,
                               Metrics& metrics) {
  if (config.trust.issuers.empty()) return Trust();
  const auto told = [&log, &metrics](const Issuer& issuer, const fhir::Result<void>& end) {
    metrics.keys_fetched(end.has_value());
    if (end) return log.debug("keys of " + issuer.iss + " were read");
    log.warning("keys of " + issuer.iss + ": " + end.error().where + " " + end.error().what);
  };
  TrustOptions options{.issuers = config.trust.issuers, .base_urls = config.trust.base_urls, .key_times = {}};
  options.base_urls.push_back(base_url);
  options.key_times.fresh = static_cast<std::int64_t>(config.trust.keys_seconds);
  return Trust::of({.fetch_keys_of = fetch_keys_of, .keys_told = told, .used_tokens = used_tokens}, std::move(options),
                   seconds_now());
}

}  // namespace server
