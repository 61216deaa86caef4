#include "server/site_trust.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>

#include "server/clock.h"
#include "server/outbound.h"

namespace server {

namespace {

/// A call waits for this when its token names a key that nobody has seen, once in half a minute at most.
constexpr std::chrono::seconds fetch_time{2};

fhir::Result<std::string> read_jwks(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(jwks_bytes_max + 1, '\0');
  if (!file || (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()))
    return fault(fhir::Kind::bad_input, path, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > jwks_bytes_max) return fault(fhir::Kind::too_big, path, "is too large for a set of keys");
  return text;
}

/// What a server that publishes keys says. The site has named it, so it may stand in a private network; it cannot send
/// us elsewhere.
fhir::Result<std::string> ask_for_jwks(Outbound& outbound, const std::string& jku) {
  auto answer = outbound.exchange({.url = jku,
                                   .headers = {{"Accept", "application/json"}},
                                   .body = {},
                                   .reach = Reach::listed,
                                   .deadline = std::chrono::steady_clock::now() + fetch_time,
                                   .bytes_max = jwks_bytes_max});
  if (!answer) return fault(answer.error().kind, jku, "the server " + answer.error().what);
  if (answer->status != 200)
    return fault(fhir::Kind::not_found, jku, "answers with the status " + std::to_string(answer->status));
  return std::move(answer->body);
}

/// Reads a file where there is one, and asks the issuer's server otherwise.
fhir::Result<FetchKeysOf> fetching(const Config& config) {
  const auto needs_server = [](const Issuer& issuer) { return issuer.jwks_file.empty(); };
  if (std::ranges::none_of(config.trust.issuers, needs_server))
    return [](const Issuer& issuer) -> FetchKeys { return [path = issuer.jwks_file] { return read_jwks(path); }; };
  auto made =
      Outbound::make({.ca_file = config.trust.ca_file, .proxy = config.trust.proxy, .threads = config.fhir.threads});
  if (!made) return tl::unexpected(made.error());
  return [outbound = std::make_shared<Outbound>(std::move(*made))](const Issuer& issuer) -> FetchKeys {
    if (!issuer.jwks_file.empty()) return [path = issuer.jwks_file] { return read_jwks(path); };
    return [outbound, jku = issuer.jku] { return ask_for_jwks(*outbound, jku); };
  };
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
  auto fetch_keys_of = fetching(config);
  if (!fetch_keys_of) return tl::unexpected(fetch_keys_of.error());
  TrustOptions options{.issuers = config.trust.issuers, .base_urls = config.trust.base_urls, .key_times = {}};
  options.base_urls.push_back(base_url);
  options.key_times.fresh = static_cast<std::int64_t>(config.trust.keys_seconds);
  return Trust::of({.fetch_keys_of = std::move(*fetch_keys_of), .keys_told = told, .used_tokens = used_tokens},
                   std::move(options), seconds_now());
}

}  // namespace server
