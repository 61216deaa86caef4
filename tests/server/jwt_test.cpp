#include "server/jwt.h"

#include <gtest/gtest.h>

#include "tests/server/token.h"

// Tokens without anybody's configuration: what is read, and what a key says about it.

namespace {

using server::Doubt;
using server::read_token;
using test::bearer;
using test::Claims;
using test::SigningKey;

server::PublicKey only_key(const std::string& jwks) {
  const auto keys = server::read_keys(jwks);
  EXPECT_TRUE(keys) << keys.error().what;
  return keys->front();
}

/// Why a token is not even read; "read" when it is.
std::string_view doubt_of(const std::string& authorization) {
  const auto token = read_token(authorization);
  return token ? "read" : server::word_of(token.error());
}

std::string_view doubt_of(const Claims& claims) {
  static const SigningKey key("P-384");
  return doubt_of(bearer(claims.signed_by(key)));
}

/// Reads the token and asks the key.
bool is_signed(const server::PublicKey& key, const std::string& text) {
  const auto token = read_token(bearer(text));
  return token && key.has_signed(*token);
}

// CDS Hooks 2.0, "Trusting CDS Clients": the key, and the token as it stands behind "Authorization: Bearer".
constexpr const char* specification_jwks = R"({"keys":[{"kty":"EC","use":"sig","crv":"P-384","kid":"example-kid",
"x":"46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
"y":"XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI","alg":"ES384"}]})";
constexpr const char* specification_header =
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9q"
    "d2tfdXJpIn0.";
constexpr const char* specification_2_0 =
    "eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1zZXJ2aWNlcy9z"
    "b21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJhNWItOGVlYzZh"
    "MzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8REXeYJLL6SGUB"
    "O8VHZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb";
// CDS Hooks 1.0: the same with `sub`.
constexpr const char* specification_1_0 =
    "eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsInN1YiI6ImNsaWVudF9pZCIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUu"
    "b3JnL2Nkcy1zZXJ2aWNlcy9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFi"
    "Ny00NjExLWJhNWItOGVlYzZhMzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.CUFPkplnWd6Y"
    "GIvzoHolWCQBDsCL8QtTWKGg_QFpS169WrqDGzktRi-_we6-6rVzbjerU27ZKww_SW0-b9RTz-dPJNcqsueMio8r6EqXUXhbLm_ch3XFSbDlGHDl_"
    "tqo";

}  // namespace

// "spec's own example JWTs (1.0, 2.0/3.0) … signature verifies"
TEST(Jwt, CH201_TheTokensOfTheSpecificationVerify) {
  const auto key = only_key(specification_jwks);
  for (const std::string payload : {specification_1_0, specification_2_0}) {
    const auto token = read_token("Bearer " + std::string(specification_header) + payload);
    ASSERT_TRUE(token) << server::word_of(token.error());
    EXPECT_EQ(token->issuer, "https://fhir-ehr.example.com/");
    EXPECT_EQ(token->audience, std::vector<std::string>{"https://cds.example.org/cds-services/some-service"});
    EXPECT_EQ(token->key_address, "https://fhir-ehr.example.com/jwk_uri");
    EXPECT_EQ(token->expires, 1'422'568'860);
    EXPECT_EQ(token->issued, 1'311'280'970);
    EXPECT_EQ(token->id, "ee22b021-e1b7-4611-ba5b-8eec6a33ac1e");
    EXPECT_EQ(token->tenant, "2ddd6c3a-8e9a-44c6-a305-52111ad302a2");
    EXPECT_TRUE(key.has_signed(*token));
  }
}

TEST(Jwt, TheSignatureOfOneTokenOfTheSpecificationIsNotThatOfTheOther) {
  const std::string one(specification_1_0);
  const std::string other(specification_2_0);
  const auto swapped = specification_header + one.substr(0, one.find('.')) + other.substr(other.find('.'));
  EXPECT_FALSE(is_signed(only_key(specification_jwks), swapped));
}

// "valid ES384 token", "valid RS384 token"; ES256 and RS256 where a site configures them
TEST(Jwt, CH179_CH180_EachAlgorithmVerifies) {
  for (const auto& [kind, alg] :
       {std::pair("P-384", "ES384"), {"RSA", "RS384"}, {"P-256", "ES256"}, {"RSA", "RS256"}}) {
    const SigningKey key(kind);
    Claims claims;
    claims.alg = "\"" + std::string(alg) + "\"";
    const auto text = claims.signed_by(key);
    EXPECT_TRUE(is_signed(only_key(key.jwks()), text)) << alg;
    EXPECT_FALSE(is_signed(only_key(SigningKey(kind).jwks()), text)) << alg;
  }
}

// "`alg: none` with empty signature; `alg: None`"; RFC 7515 does not ignore case
TEST(Jwt, CH181_UnsignedTokensAreNotRead) {
  for (const std::string alg : {R"("none")", R"("None")", R"("NONE")", R"("")", "null", "[]", "", R"("es384")"}) {
    Claims claims;
    claims.alg = alg;
    EXPECT_EQ(doubt_of(bearer(claims.signing_input() + ".")), "algorithm") << alg;
  }
}

// "HS256/HS384 token signed with the public key bytes"
TEST(Jwt, CH182_ThePublicKeyIsNoSecret) {
  const SigningKey key("P-384");
  for (const int bits : {256, 384}) {
    for (const auto& secret : {key.public_pem(), key.jwk(), key.jwks()}) {
      Claims claims;
      claims.alg = "\"HS" + std::to_string(bits) + "\"";
      const auto input = claims.signing_input();
      EXPECT_EQ(doubt_of(bearer(input + "." + test::base64url(test::hmac(input, secret, bits)))), "algorithm");
    }
  }
}

// "header alg ES384 but JWK is RSA; JWK `alg` differs from header alg; crv P-256 with ES384"
TEST(Jwt, CH183_KeyAndAlgorithmHaveToBelongTogether) {
  using server::Algorithm;
  const SigningKey wide("P-384");
  const SigningKey narrow("P-256");
  const SigningKey rsa("RSA");
  EXPECT_TRUE(only_key(wide.jwks()).suits(Algorithm::es384));
  EXPECT_FALSE(only_key(wide.jwks()).suits(Algorithm::es256));
  EXPECT_FALSE(only_key(narrow.jwks()).suits(Algorithm::es384));
  EXPECT_FALSE(only_key(rsa.jwks()).suits(Algorithm::es384));
  EXPECT_TRUE(only_key(rsa.jwks()).suits(Algorithm::rs384));
  EXPECT_TRUE(only_key(rsa.jwks("k", R"(,"alg":"RS256")")).suits(Algorithm::rs256));
  EXPECT_FALSE(only_key(rsa.jwks("k", R"(,"alg":"RS256")")).suits(Algorithm::rs384));
  // A P-256 key under the name ES384: 64 bytes of signature, and 96 that could come of it.
  Claims claims;
  const auto input = claims.signing_input();
  EXPECT_EQ(doubt_of(bearer(input + "." + test::base64url(narrow.sign(input, 384)))), "signature");
  const auto padded = std::string(32, '\0') + narrow.sign(input, 384);
  EXPECT_FALSE(is_signed(only_key(narrow.jwks()), input + "." + test::base64url(padded)));
}

// "signature flipped one bit; ES384 in DER instead of 96-byte R||S; R=S=0"
TEST(Jwt, CH184_SignaturesThatAreWrongInABitOrInForm) {
  const SigningKey key("P-384");
  const auto known = only_key(key.jwks());
  const auto input = Claims().signing_input();
  const auto right = key.sign(input, 384);
  ASSERT_EQ(right.size(), 96U);
  ASSERT_TRUE(is_signed(known, input + "." + test::base64url(right)));
  for (const std::size_t at : {0U, 47U, 48U, 95U}) {
    auto wrong = right;
    wrong[at] = static_cast<char>(wrong[at] ^ 1);
    EXPECT_FALSE(is_signed(known, input + "." + test::base64url(wrong))) << at;
  }
  EXPECT_EQ(doubt_of(bearer(input + "." + test::base64url(key.sign(input, 384, true)))), "signature");
  EXPECT_EQ(doubt_of(bearer(input + "." + test::base64url(right.substr(0, 95)))), "signature");
  EXPECT_EQ(doubt_of(bearer(input + "." + test::base64url(right + "x"))), "signature");
  EXPECT_EQ(doubt_of(bearer(input + ".")), "signature");
  EXPECT_FALSE(is_signed(known, input + "." + test::base64url(std::string(96, '\0'))));
  EXPECT_FALSE(is_signed(known, input + "." + test::base64url(std::string(96, '\xff'))));
}

TEST(Jwt, RsaSignaturesThatAreWrongInABitOrInForm) {
  const SigningKey key("RSA");
  const auto known = only_key(key.jwks());
  Claims claims;
  claims.alg = R"("RS384")";
  const auto input = claims.signing_input();
  auto wrong = key.sign(input, 384);
  wrong[100] = static_cast<char>(wrong[100] ^ 1);
  for (const auto& signature : {wrong, std::string(), std::string(256, '\0'), std::string(256, '\xff'),
                                std::string(4000, 'x'), key.sign(input, 256)})
    EXPECT_FALSE(is_signed(known, input + "." + test::base64url(signature)));
}

TEST(Jwt, ChangedWordsAreNotSigned) {
  const SigningKey key("P-384");
  Claims claims;
  const auto text = claims.signed_by(key);
  claims.iss = R"("https://evil.example")";
  EXPECT_FALSE(is_signed(only_key(key.jwks()), claims.signing_input() + text.substr(text.rfind('.'))));
}

// "`kid` missing; `typ` not JWT": 401, "typ compare case-insensitively"
TEST(Jwt, CH194_KeyIdAndTypeAreNeeded) {
  Claims claims;
  claims.typ = R"("jwt")";
  EXPECT_EQ(doubt_of(claims), "read");
  for (const std::string typ : {"", R"("JWS")", R"("JWTX")", "1", "null"}) {
    claims.typ = typ;
    EXPECT_EQ(doubt_of(claims), "type") << typ;
  }
  claims = {};
  for (const std::string& kid : {std::string(), std::string(R"("")"), std::string("1"), std::string("null"),
                                 "\"" + std::string(600, 'k') + "\""}) {
    claims.kid = kid;
    EXPECT_EQ(doubt_of(claims), "claims") << kid;
  }
}

// "`jti` / `iat` / `iss` missing"
TEST(Jwt, CH196_ClaimsThatAreNeeded) {
  for (const auto member : {&Claims::iss, &Claims::jti, &Claims::iat, &Claims::exp, &Claims::aud}) {
    for (const std::string value : {"", "null", "{}", "[]", "true", "\"\""}) {
      Claims claims;
      claims.*member = value;
      EXPECT_EQ(doubt_of(claims), "claims") << value;
    }
  }
}

TEST(Jwt, ClaimsOfAnotherTypeAreNotGuessed) {
  const auto doubt_with = [](std::string Claims::*member, const std::string& value) {
    Claims claims;
    claims.*member = value;
    return doubt_of(claims);
  };
  for (const std::string number : {R"("1781500300")", "1e30", "-1e30", "[1781500300]"}) {
    EXPECT_EQ(doubt_with(&Claims::exp, number), "claims") << number;
    EXPECT_EQ(doubt_with(&Claims::iat, number), "claims") << number;
    EXPECT_EQ(doubt_with(&Claims::nbf, number), "claims") << number;
  }
  for (const std::string audience : {"5", R"({"a":"b"})", R"(["https://a.example",5])", "[]"})
    EXPECT_EQ(doubt_with(&Claims::aud, audience), "claims") << audience;
  EXPECT_EQ(doubt_with(&Claims::iss, R"(["https://ehr.example/fhir"])"), "claims");
  EXPECT_EQ(doubt_with(&Claims::jti, "17"), "claims");
  EXPECT_EQ(doubt_with(&Claims::jti, "\"" + std::string(513, 'x') + "\""), "claims");
  EXPECT_EQ(doubt_with(&Claims::tenant, "17"), "claims");
  EXPECT_EQ(doubt_with(&Claims::jku, "17"), "claims");
  EXPECT_EQ(doubt_with(&Claims::nbf, "1781499700.25"), "read");  // NumericDate may have a fraction
}

TEST(Jwt, AMemberThatStandsTwiceMakesNoToken) {
  Claims claims;
  claims.more_payload = R"(,"iss":"https://evil.example")";
  EXPECT_EQ(doubt_of(claims), "malformed");
  claims = {};
  claims.more_header = R"(,"alg":"none")";
  EXPECT_EQ(doubt_of(claims), "malformed");
}

TEST(Jwt, WhatIsCriticalAndUnknownIsNotPassedOver) {
  Claims claims;
  claims.more_header = R"(,"crit":["exp"])";
  EXPECT_EQ(doubt_of(claims), "malformed");
  claims.more_header = R"(,"b64":false)";
  EXPECT_EQ(doubt_of(claims), "malformed");
}

TEST(Jwt, AKeyInTheTokenIsNoKey) {
  const SigningKey mine("P-384");
  const SigningKey theirs("P-384");
  Claims claims;
  claims.more_header = ",\"jwk\":" + theirs.jwk() + R"(,"x5u":"https://evil.example/cert")";
  EXPECT_FALSE(is_signed(only_key(mine.jwks()), claims.signed_by(theirs)));
}

TEST(Jwt, WhatIsNoTokenIsNotRead) {
  const SigningKey key("P-384");
  const std::string token = Claims().signed_by(key);
  const auto dot = token.find('.');
  for (const std::string authorization : {"", "Bearer", "Bearer ", "Bearer    ", "Basic dXNlcjpwYXNz", "DPoP x.y.z"})
    EXPECT_EQ(doubt_of(authorization), "no-token") << authorization;
  EXPECT_EQ(doubt_of(token), "no-token");
  EXPECT_EQ(doubt_of("bearer   " + token), "read");  // RFC 9110: the scheme ignores case
  for (const auto& text :
       {std::string("x"), std::string("x.y"), std::string(".."), std::string("..."), token + ".x", token + "=",
        token + " ", token.substr(0, dot) + "+" + token.substr(dot), token.substr(0, token.rfind('.')),
        test::base64url("[]") + ".e30.x", test::base64url("{") + ".e30.x",
        test::base64url("{\"a\":\"\xff\"}") + ".e30.x", std::string("e30=.e30.e30"), std::string("a.e30.e30")})
    EXPECT_EQ(doubt_of(bearer(text)), "malformed") << text;
  // The last letter carries two bits that mean nothing: one token, one writing.
  auto loose = token.substr(0, token.rfind('.')) + "." + std::string(127, 'A') + "B";
  EXPECT_EQ(doubt_of(bearer(loose)), "read");
  loose = test::base64url(R"({"alg":"ES384"})");
  ASSERT_EQ(loose.size() % 4, 0U);
  EXPECT_EQ(doubt_of(bearer(token.substr(0, dot) + ".e31." + std::string(128, 'A'))), "malformed");
}

TEST(Jwt, LargeTokensAreNotRead) {
  Claims claims;
  claims.more_payload = R"(,"x":")" + std::string(1'000'000, 'x') + "\"";
  EXPECT_EQ(doubt_of(claims), "too-large");
  EXPECT_EQ(doubt_of(bearer(std::string(8193, '.'))), "too-large");
  EXPECT_EQ(doubt_of(bearer(std::string(8192, '.'))), "malformed");
}

TEST(Jwt, DeeplyNestedClaimsAreRefusedNotFollowed) {
  Claims claims;
  claims.more_payload = ",\"x\":" + std::string(2500, '[') + std::string(2500, ']');
  EXPECT_EQ(doubt_of(claims), "malformed");
}

TEST(Keys, AreThoseThatCheckSignatures) {
  const SigningKey ec("P-384");
  const std::string good = ec.jwk("good");
  const std::vector<std::string> passed_over{ec.jwk("enc", R"(,"use":"enc")"),
                                             ec.jwk("signs", R"(,"key_ops":["sign"])"),
                                             SigningKey("P-521").jwk("wide"),
                                             SigningKey("RSA-1024").jwk("short"),
                                             R"({"kty":"oct","kid":"secret","k":"c2VjcmV0"})",
                                             R"({"kty":"EC","kid":"no numbers","crv":"P-384"})",
                                             R"({"kty":"EC","kid":"off","crv":"P-384","x":"AAAA","y":"AAAA"})",
                                             R"({"kty":"OKP","kid":"other","crv":"Ed25519","x":"AAAA"})",
                                             "5",
                                             "{}"};
  for (const auto& other : passed_over) {
    const auto keys = server::read_keys(R"({"keys":[)" + other + "," + good + "]}");
    ASSERT_TRUE(keys) << other;
    ASSERT_EQ(keys->size(), 1U) << other;
    EXPECT_EQ(keys->front().id(), "good");
    EXPECT_FALSE(server::read_keys(R"({"keys":[)" + other + "]}")) << other;
  }
  EXPECT_EQ(
      server::read_keys(R"({"keys":[)" + ec.jwk("a", R"(,"use":"sig","key_ops":["verify"],"x5t":"y")") + "]}")->size(),
      1U);
}

TEST(Keys, OfSetsThatAreNoneAreRefusedWithASentence) {
  for (const auto& [jwks, what] :
       {std::pair<std::string, std::string>{"{}", "is not a list: this is no JWK Set"},
        {"[]", "is not a list: this is no JWK Set"},
        {R"({"keys":{}})", "is not a list: this is no JWK Set"},
        {R"({"keys":[]})", "holds no key that can be used here"},
        {SigningKey("P-384").jwks("a", R"(,"d":"AAAA")"), "holds a private key; only public ones belong here"}}) {
    const auto keys = server::read_keys(jwks);
    ASSERT_FALSE(keys) << jwks;
    EXPECT_EQ(keys.error().what, what);
  }
  EXPECT_FALSE(server::read_keys("<html>"));
  std::string many = "{\"keys\":[" + SigningKey("P-256").jwk();
  for (int i = 0; i < 64; ++i) many += ",{}";
  EXPECT_EQ(server::read_keys(many + "]}").error().what, "has too many entries");
}

// Found by jwks_fuzz: the library behind it ended the program over a "=" in the middle of a number.
TEST(Keys, WithNumbersThatAreNoBase64urlAreNoKeysAndEndNothing) {
  const auto jwks = SigningKey("P-384").jwks();
  const auto y = jwks.find(R"("y":")") + 5;
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{33}, std::size_t{34}, std::size_t{63}})
    for (const char letter : {'=', '+', '/', ' ', '.', '\x7f'}) {
      std::string bent = jwks;
      bent[y + at] = letter;
      EXPECT_FALSE(server::read_keys(bent)) << at << letter;
    }
  EXPECT_TRUE(server::read_keys(jwks));
}

TEST(Keys, OfNobodyHaveSignedNothing) {
  const auto key = server::PublicKey::of_nobody();
  ASSERT_TRUE(key);
  EXPECT_FALSE(is_signed(*key, Claims().signed_by(SigningKey("P-384"))));
}
