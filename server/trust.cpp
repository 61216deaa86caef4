#include "server/trust.h"

#include <algorithm>

namespace server {

namespace {

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

tl::unexpected<Denial> denied(Doubt doubt, const Issuer* issuer = nullptr) {
  return tl::unexpected<Denial>(Denial{doubt, issuer ? issuer->iss : std::string()});
}

/// What is wrong within a file is told with its name.
fhir::Error in_file(fhir::Error error, const std::string& file) {
  if (error.where != file) error.what = std::move(error.where) + " " + error.what;
  error.where = file;
  return error;
}

/// The claims about time (PROTOCOL.md 5.4), with the leeway that the issuer's clock gets.
std::optional<Doubt> doubt_about_time(const Token& token, const Issuer& issuer, std::int64_t now) {
  const auto leeway = static_cast<std::int64_t>(issuer.leeway_seconds);
  if (now >= token.expires + leeway) return Doubt::expired;
  if (token.issued > now + leeway || token.not_before.value_or(now) > now + leeway) return Doubt::early;
  if (token.expires - token.issued > static_cast<std::int64_t>(issuer.lifetime_seconds)) return Doubt::lifetime;
  return std::nullopt;
}

}  // namespace

fhir::Result<Trust> Trust::of(TrustParts parts, TrustOptions options, std::int64_t now) {
  Trust trust;
  auto nobody = PublicKey::of_nobody();
  if (!nobody) return tl::unexpected(nobody.error());
  trust.nobody_ = std::move(*nobody);
  trust.base_urls_ = std::move(options.base_urls);
  trust.used_tokens_ = &parts.used_tokens;
  trust.may_wait_ = parts.used_tokens.may_wait();
  for (auto& issuer : options.issuers) {
    const auto told = [told = parts.keys_told, issuer](const fhir::Result<void>& end) { told(issuer, end); };
    KeyTimes times = options.key_times;
    if (!issuer.jwks_file.empty()) times.fresh = options.file_seconds;
    trust.may_wait_ |= issuer.jwks_file.empty();
    auto ring = std::make_unique<KeyRing>(parts.fetch_keys_of(issuer), times, told);
    const auto filled = ring->fill(now);
    if (!filled && !issuer.jwks_file.empty()) return tl::unexpected(in_file(filled.error(), issuer.jwks_file));
    trust.known_.push_back({std::move(issuer), std::move(ring)});
  }
  return trust;
}

const Trust::Known* Trust::known(const std::string& iss) const {
  const auto found = std::ranges::find(known_, iss, [](const Known& one) { return one.issuer.iss; });
  return found == known_.end() ? nullptr : &*found;
}

bool Trust::has_keys() const {
  return known_.empty() || std::ranges::any_of(known_, [](const Known& one) { return one.keys->has_keys(); });
}

std::optional<Client> Trust::claimed_by(std::string_view authorization) const {
  if (!asks() || authorization.empty()) return std::nullopt;
  auto token = read_token(authorization);
  if (!token || !known(token->issuer)) return std::nullopt;
  return Client{
      .issuer = std::move(token->issuer), .tenant = std::move(token->tenant), .token_id = {}, .care_tier = {}};
}

tl::expected<Client, Denial> Trust::authenticate(std::string_view authorization, std::string_view path,
                                                 std::int64_t now) const {
  if (!asks()) return Client{};
  const auto token = read_token(authorization);
  if (!token) return denied(token.error());
  const Known* const from = known(token->issuer);
  const auto key = from ? key_for(*token, *from, now) : tl::unexpected(Doubt::issuer);
  // Somebody who guesses issuers and keys shall not hear by the time it takes when he has found one. The algorithms
  // other than ES384 take no time to speak of.
  const bool is_signed = (key ? *key : *nobody_).has_signed(*token);
  if (!key) return denied(key.error(), from ? &from->issuer : nullptr);
  const Issuer& issuer = from->issuer;
  if (!is_signed) return denied(Doubt::signature, &issuer);
  if (const auto doubt = doubt_about(*token, issuer, path, now)) return denied(*doubt, &issuer);
  if (const auto doubt = doubt_about_use(*token, issuer, now)) return denied(*doubt, &issuer);
  return Client{token->issuer, token->tenant, token->id, issuer.care_tier};
}

/// What the issuer's configuration allows, before anything is fetched on the strength of the token.
Believed<PublicKey> Trust::key_for(const Token& token, const Known& known, std::int64_t now) const {
  if (!contains(known.issuer.algorithms, token.algorithm_name)) return tl::unexpected(Doubt::algorithm);
  if (!token.key_address.empty() && token.key_address != known.issuer.jku) return tl::unexpected(Doubt::key_address);
  auto key = known.keys->find(token, now);
  if (!key) return tl::unexpected(Doubt::key);
  return *key;
}

bool Trust::is_meant_for(const Token& token, const Issuer& issuer, std::string_view path) const {
  return std::ranges::any_of(token.audience, [&](std::string_view audience) {
    if (contains(issuer.audiences, audience)) return true;
    if (issuer.audience_final_slash && audience.ends_with('/')) audience.remove_suffix(1);
    return std::ranges::any_of(base_urls_, [&](const std::string& base) {
      if (audience == base + std::string(path)) return true;
      return issuer.audience_base_url && (audience == base || audience == base + issuer.base_path);
    });
  });
}

/// What is signed may still be meant for another address or another time.
std::optional<Doubt> Trust::doubt_about(const Token& token, const Issuer& issuer, std::string_view path,
                                        std::int64_t now) const {
  if (!is_meant_for(token, issuer, path)) return Doubt::audience;
  if (const auto doubt = doubt_about_time(token, issuer, now)) return doubt;
  if (!issuer.tenants.empty() && !contains(issuer.tenants, token.tenant)) return Doubt::tenant;
  return std::nullopt;
}

/// The last question, so that only tokens which are good in every other way are remembered.
std::optional<Doubt> Trust::doubt_about_use(const Token& token, const Issuer& issuer, std::int64_t now) const {
  const auto forgotten = token.expires + static_cast<std::int64_t>(issuer.leeway_seconds);
  const auto first = used_tokens_->first_seen(token.issuer, token.id, forgotten, now);
  if (!first) return Doubt::replay_unknown;
  return *first ? std::nullopt : std::optional(Doubt::replayed);
}

}  // namespace server
