#include "server/profile.h"

#include <algorithm>

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

/// The private key of the public sandbox is public as well: everybody can sign for it.
constexpr std::string_view public_sandbox = "https://sandbox.cds-hooks.org";

bool is_https(const std::string& url) {
  return url.starts_with("https://");
}

Result<void> fit_for_production(const Config& config, bool knowledge_approved) {
  const auto missing = [](std::string where, std::string what) {
    return fault(Kind::bad_input, std::move(where), std::move(what));
  };
  if (config.trust.issuers.empty())
    return missing("trust.issuer", "is missing: production serves only callers whose tokens an issuer has signed");
  for (const auto& issuer : config.trust.issuers)
    if (issuer.iss.starts_with(public_sandbox))
      return missing("trust.issuer", "names the public sandbox, whose private key everybody has: not in production");
  if (config.tls.certificate_file.empty() && !config.server.tls_proxy)
    return missing("tls.certificate_file",
                   "is empty: production needs TLS, or server.tls_proxy = true when a proxy in front ends it");
  if (!is_https(config.server.public_base_url) || !std::ranges::all_of(config.trust.base_urls, is_https))
    return missing("server.public_base_url",
                   "and trust.base_urls have to be https URLs in production: clients sign tokens for them");
  if (!knowledge_approved && !config.knowledge.allow_draft)
    return missing(
        "knowledge.allow_draft",
        "is false, and no clinician has approved the knowledge: production serves drafts only when it is true");
  return {};
}

}  // namespace

Result<void> fit_for_profile(const Config& config, bool on_loopback, bool knowledge_approved) {
  if (!is_demonstration(config)) return fit_for_production(config, knowledge_approved);
  if (on_loopback) return {};
  return fault(Kind::bad_input, "server.listen",
               "is not on the loopback, and the demo profile is open to everybody: set server.profile = \"production\" "
               "and what it asks for, or listen on 127.0.0.1");
}

bool is_demonstration(const Config& config) {
  return config.server.profile != "production";
}

}  // namespace server
