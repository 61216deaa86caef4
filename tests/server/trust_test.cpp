#include "server/trust.h"

#include <gtest/gtest.h>

#include "tests/server/token.h"

// Group I of the conformance checklist without sockets, so that the clock can be chosen.

namespace {

using server::Issuer;
using server::Trust;
using test::bearer;
using test::Claims;
using test::SigningKey;
using test::token_now;

constexpr const char* path = "/cds-services/sir-patient-view";

/// A site that believes one EHR, and counts what it fetches.
struct Site {
  SigningKey key{"P-384"};
  std::string jwks = key.jwks();
  Issuer issuer;
  int fetches = 0;
  server::MemoryReplayStore used_tokens;
  std::optional<Trust> trust;

  Site() {
    issuer.iss = "https://ehr.example/fhir";
    issuer.jku = "https://ehr.example/keys.json";
  }

  const Trust& ready() {
    if (!trust) {
      server::TrustParts parts{.fetch_keys_of =
                                   [this](const Issuer&) {
                                     return [this]() -> fhir::Result<std::string> {
                                       ++fetches;
                                       return jwks;
                                     };
                                   },
                               .keys_told = [](const Issuer&, const fhir::Result<void>&) {},
                               .used_tokens = used_tokens};
      auto made =
          Trust::of(parts, {.issuers = {issuer}, .base_urls = {"https://cds.example.org"}, .key_times = {}}, token_now);
      trust = std::move(*made);
    }
    return *trust;
  }

  std::string verdict(const std::string& authorization, std::int64_t now = token_now, std::string_view at = path) {
    const auto client = ready().authenticate(authorization, at, now);
    return client ? "believed" : std::string(server::word_of(client.error().doubt));
  }
  std::string verdict(const Claims& claims, std::int64_t now = token_now, std::string_view at = path) {
    return verdict(bearer(claims.signed_by(key)), now, at);
  }
};

Claims with(std::string Claims::*member, const std::string& value) {
  Claims claims;
  claims.*member = value;
  return claims;
}

}  // namespace

TEST(Trust, WithoutIssuersEverybodyMayCall) {
  const Trust open;
  EXPECT_FALSE(open.asks());
  EXPECT_TRUE(open.authenticate("Bearer garbage", path, token_now));
}

TEST(Trust, ABelievedCallerHasANameATenantAndACareTier) {
  Site site;
  site.issuer.care_tier = "hospital";
  Claims claims = with(&Claims::tenant, R"("ward-7")");
  claims.jti = R"("one")";
  const auto client = site.ready().authenticate(bearer(claims.signed_by(site.key)), path, token_now);
  ASSERT_TRUE(client);
  EXPECT_EQ(client->issuer, "https://ehr.example/fhir");
  EXPECT_EQ(client->tenant, "ward-7");
  EXPECT_EQ(client->token_id, "one");
  EXPECT_EQ(client->care_tier, "hospital");
}

TEST(Trust, ADenialNamesAnIssuerOnlyWhenItIsKnown) {
  Site site;
  const auto stranger = bearer(with(&Claims::iss, R"("https://evil.example")").signed_by(site.key));
  EXPECT_EQ(site.ready().authenticate(stranger, path, token_now).error().issuer, "");
  const auto late = bearer(with(&Claims::exp, "1").signed_by(site.key));
  EXPECT_EQ(site.ready().authenticate(late, path, token_now).error().issuer, "https://ehr.example/fhir");
}

// "`aud` = service URL string / array containing it"
TEST(Trust, CH185_TheAudienceIsTheAddressAloneOrAmongOthers) {
  Site site;
  EXPECT_EQ(site.verdict(Claims()), "believed");
  EXPECT_EQ(site.verdict(with(&Claims::aud, R"(["https://other.example",
                                              "https://cds.example.org/cds-services/sir-patient-view"])")),
            "believed");
}

// "`aud` = base URL, other service, discovery URL, missing, number"
TEST(Trust, CH186_AnotherAudienceIsNotOurs) {
  Site site;
  for (const std::string aud :
       {R"("https://cds.example.org")", R"("https://cds.example.org/cds-services")",
        R"("https://cds.example.org/cds-services/sir-order-sign")",
        R"("https://cds.example.org/cds-services/sir-patient-view/")",
        R"("https://cds.example.org/cds-services/sir-patient-view/feedback")",
        R"("https://cds.example.org/cds-services/SIR-patient-view")", R"("/cds-services/sir-patient-view")",
        R"("http://cds.example.org/cds-services/sir-patient-view")",
        R"("https://cds.example.org.evil.example/cds-services/sir-patient-view")",
        R"("https://cds.example.org:443/cds-services/sir-patient-view")", R"(["https://other.example"])",
        R"("sand_man")"})
    EXPECT_EQ(site.verdict(with(&Claims::aud, aud)), "audience") << aud;
}

// "tolerance list configurable per issuer: Meld sends `sand_man`, Epic's aud is site-configured"
TEST(Trust, CH186_ASiteMayOverlookWhatAnIssuerSends) {
  Site site;
  site.issuer.audiences = {"sand_man"};
  site.issuer.audience_base_url = true;
  site.issuer.audience_final_slash = true;
  for (const std::string aud : {R"("sand_man")", R"("https://cds.example.org")", R"("https://cds.example.org/")",
                                R"("https://cds.example.org/cds-services/sir-patient-view/")"})
    EXPECT_EQ(site.verdict(with(&Claims::aud, aud)), "believed") << aud;
  for (const std::string aud : {R"("sand_man/")", R"("https://cds.example.org/cds-services")",
                                R"("https://cds.example.org/cds-services/sir-patient-view//")"})
    EXPECT_EQ(site.verdict(with(&Claims::aud, aud)), "audience") << aud;
}

// "feedback call: `aud` = `…/{svc}/feedback`": "200 (that is what the sandbox sends)"
TEST(Trust, CH187_EachAddressHasItsOwnAudience) {
  Site site;
  for (const std::string at : {"/cds-services", "/cds-services/sir-patient-view/feedback", "/explain"}) {
    EXPECT_EQ(site.verdict(with(&Claims::aud, "\"https://cds.example.org" + at + "\""), token_now, at), "believed");
    EXPECT_EQ(site.verdict(Claims(), token_now, at), "audience") << at;
  }
}

// "`exp` in the past (beyond leeway)"
TEST(Trust, CH188_ExpiredTokensAreNotBelieved) {
  Site site;
  const std::string before = std::to_string(token_now - 300);
  const auto expiring = [&](std::int64_t exp) {
    Claims claims = with(&Claims::iat, before);
    claims.exp = std::to_string(exp);
    return site.verdict(claims);
  };
  EXPECT_EQ(expiring(token_now + 1), "believed");
  EXPECT_EQ(expiring(token_now - 59), "believed");
  EXPECT_EQ(expiring(token_now - 60), "expired");
  EXPECT_EQ(expiring(1), "expired");
  EXPECT_EQ(expiring(-1), "expired");
}

// "`exp` more than 1 h after `iat`; `iat` in the future beyond leeway; `nbf` in the future"; "Epic sends nbf = iat - 5
// min"
TEST(Trust, CH189_TokensThatLiveTooLongOrNotYet) {
  Site site;
  EXPECT_EQ(site.verdict(with(&Claims::exp, std::to_string(token_now + 3600))), "believed");
  EXPECT_EQ(site.verdict(with(&Claims::exp, std::to_string(token_now + 3601))), "lifetime");
  EXPECT_EQ(site.verdict(with(&Claims::iat, std::to_string(token_now + 60))), "believed");
  EXPECT_EQ(site.verdict(with(&Claims::iat, std::to_string(token_now + 61))), "early");
  EXPECT_EQ(site.verdict(with(&Claims::nbf, std::to_string(token_now - 300))), "believed");
  EXPECT_EQ(site.verdict(with(&Claims::nbf, std::to_string(token_now + 61))), "early");
}

TEST(Trust, TheLeewayAndTheLifetimeAreTheIssuers) {
  Site site;
  site.issuer.leeway_seconds = 0;
  site.issuer.lifetime_seconds = 300;
  EXPECT_EQ(site.verdict(Claims()), "believed");
  EXPECT_EQ(site.verdict(Claims(), token_now + 299), "believed");
  EXPECT_EQ(site.verdict(Claims(), token_now + 300), "expired");
  EXPECT_EQ(site.verdict(with(&Claims::iat, std::to_string(token_now + 1))), "early");
  EXPECT_EQ(site.verdict(with(&Claims::exp, std::to_string(token_now + 301))), "lifetime");
}

// "`iss` not on the allow-list: 401, and no JWKS fetch is made"
TEST(Trust, CH190_ForAStrangerNothingIsFetched) {
  Site site;
  site.ready();
  for (const std::string iss : {R"("https://evil.example")", R"("https://ehr.example/fhir/")",
                                R"("https://sandbox.cds-hooks.org")", R"("https://EHR.example/fhir")"}) {
    Claims claims = with(&Claims::iss, iss);
    claims.kid = R"("unknown")";
    EXPECT_EQ(site.verdict(claims), "issuer") << iss;
  }
  EXPECT_EQ(site.fetches, 1);  // at the start
}

// "`jku` not on the allow-list of that iss (other host, http:, redirect): 401, no outbound request"
TEST(Trust, CH191_AnotherAddressOfKeysIsNotAsked) {
  Site site;
  EXPECT_EQ(site.verdict(with(&Claims::jku, R"("https://ehr.example/keys.json")")), "believed");
  for (const std::string jku : {R"("https://evil.example/keys.json")", R"("http://ehr.example/keys.json")",
                                R"("https://ehr.example/keys.json?x")", R"("https://ehr.example@evil.example/")"}) {
    Claims claims = with(&Claims::jku, jku);
    claims.kid = R"("unknown")";
    EXPECT_EQ(site.verdict(claims), "key-address") << jku;
  }
  EXPECT_EQ(site.fetches, 1);
}

// "no `jku`, out-of-band JWKS configured: 200"
TEST(Trust, CH192_KeysMayBeKnownOutOfBand) {
  Site site;
  site.issuer.jku = "";
  site.issuer.jwks_file = "keys.json";
  EXPECT_EQ(site.verdict(Claims()), "believed");
  EXPECT_EQ(site.verdict(with(&Claims::jku, R"("https://ehr.example/keys.json")")), "key-address");
}

TEST(Trust, CH183_AKeyOfAnotherKindIsNoKeyForTheToken) {
  Site site;
  site.issuer.algorithms = {"ES384", "RS384", "ES256"};
  const SigningKey rsa("RSA");
  site.jwks = rsa.jwks();
  EXPECT_EQ(site.verdict(Claims()), "key");
  Site narrow;
  narrow.jwks = SigningKey("P-256").jwks();
  EXPECT_EQ(narrow.verdict(Claims()), "key");
}

TEST(Trust, TheAlgorithmsAreTheIssuers) {
  Site site;
  site.key = SigningKey("P-256");
  site.jwks = site.key.jwks();
  EXPECT_EQ(site.verdict(with(&Claims::alg, R"("ES256")")), "algorithm");
  site.trust.reset();
  site.issuer.algorithms = {"ES256"};
  EXPECT_EQ(site.verdict(with(&Claims::alg, R"("ES256")")), "believed");
}

// "same token twice (same jti): second 401 (replay cache keyed iss+jti until exp)"
TEST(Trust, CH195_ATokenIsGoodOnce) {
  Site site;
  const Claims claims;
  EXPECT_EQ(site.verdict(claims), "believed");
  EXPECT_EQ(site.verdict(claims), "replayed");
  EXPECT_EQ(site.verdict(claims, token_now + 359), "replayed");
  EXPECT_EQ(site.verdict(claims, token_now + 360), "expired");
}

TEST(Trust, OnlyTokensThatAreGoodInEveryOtherWayAreRemembered) {
  Site site;
  Claims claims;
  claims.jti = R"("mine")";
  EXPECT_EQ(site.verdict(bearer(claims.signed_by(SigningKey("P-384")))), "signature");
  claims.exp = "1";
  EXPECT_EQ(site.verdict(claims), "expired");
  claims = Claims();
  claims.jti = R"("mine")";
  EXPECT_EQ(site.verdict(claims), "believed");
}

TEST(Trust, AStoreThatDoesNotAnswerLetsNobodyIn) {
  struct Broken final : server::ReplayStore {
    fhir::Result<bool> first_seen(const std::string&, const std::string&, std::int64_t, std::int64_t) override {
      return fault(fhir::Kind::internal, "store", "does not answer");
    }
  } broken;
  const SigningKey key("P-384");
  Issuer issuer;
  issuer.iss = "https://ehr.example/fhir";
  const auto trust =
      Trust::of({.fetch_keys_of = [&](const Issuer&) { return [&] { return key.jwks(); }; },
                 .keys_told = [](const Issuer&, const fhir::Result<void>&) {},
                 .used_tokens = broken},
                {.issuers = {issuer}, .base_urls = {"https://cds.example.org"}, .key_times = {}}, token_now);
  ASSERT_TRUE(trust);
  EXPECT_EQ(trust->authenticate(bearer(Claims().signed_by(key)), path, token_now).error().doubt,
            server::Doubt::replay_unknown);
}

// "`tenant` not on the tenant list (when configured)"
TEST(Trust, CH197_OnlyListedTenantsMayCall) {
  Site site;
  site.issuer.tenants = {"ward-7", "ward-8"};
  EXPECT_EQ(site.verdict(with(&Claims::tenant, R"("ward-8")")), "believed");
  EXPECT_EQ(site.verdict(with(&Claims::tenant, R"("ward-9")")), "tenant");
  EXPECT_EQ(site.verdict(Claims()), "tenant");
}

// "sandbox key (private key is public on GitHub): not in the default allow-list"
TEST(Trust, CH203_NobodyIsTrustedByDefault) {
  Site site;
  EXPECT_EQ(site.verdict(with(&Claims::iss, R"("https://sandbox.cds-hooks.org")")), "issuer");
}

TEST(Trust, ClaimsThatWeDoNotKnowAreTolerated) {
  Site site;
  EXPECT_EQ(site.verdict(with(&Claims::more_payload, R"(,"sub":"client_id","x":{"y":[1,null]})")), "believed");
}

TEST(Trust, AFileOfKeysThatCannotBeReadStopsTheStart) {
  server::MemoryReplayStore used;
  Issuer issuer;
  issuer.iss = "https://ehr.example/fhir";
  issuer.jwks_file = "keys.json";
  const server::TrustParts parts{
      .fetch_keys_of = [](const Issuer&) -> server::FetchKeys { return [] { return "{}"; }; },
      .keys_told = [](const Issuer&, const fhir::Result<void>&) {},
      .used_tokens = used};
  EXPECT_FALSE(Trust::of(parts, {.issuers = {issuer}, .base_urls = {}, .key_times = {}}, token_now));
  issuer.jwks_file = "";
  issuer.jku = "https://ehr.example/keys.json";
  EXPECT_TRUE(Trust::of(parts, {.issuers = {issuer}, .base_urls = {}, .key_times = {}}, token_now));
}
