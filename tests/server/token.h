#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// Makes tokens as a CDS client would, and as one that means harm would. Signs with OpenSSL alone, so that the product's
// library is held against another.

namespace test {

/// A time in 2026 at which the tests of tokens happen.
inline constexpr std::int64_t token_now = 1'781'500'000;

[[nodiscard]] std::string base64url(std::string_view bytes);

/// A pair of keys.
class SigningKey {
 public:
  /// "P-256", "P-384", "P-521", or "RSA" with 2048 bits, "RSA-1024".
  explicit SigningKey(const std::string& kind);

  /// The public half as a JWK: {"kty":…,"kid":"key-1",…}; `more` are further members, with a comma in front.
  [[nodiscard]] std::string jwk(const std::string& kid = "key-1", const std::string& more = "") const;
  /// A set that holds only this key.
  [[nodiscard]] std::string jwks(const std::string& kid = "key-1", const std::string& more = "") const;
  /// The public half as PEM, which attackers use as the secret of an HMAC.
  [[nodiscard]] std::string public_pem() const;
  /// The signature over the bytes: `bits` 256 or 384; as JWS wants it, or in DER.
  [[nodiscard]] std::string sign(std::string_view bytes, int bits, bool in_der = false) const;

 private:
  struct State;
  std::string kind_;
  std::shared_ptr<const State> state_;
};

[[nodiscard]] std::string hmac(std::string_view bytes, std::string_view secret, int bits);

/// A token to be bent. Every part is JSON text; an empty one is left out.
struct Claims {
  std::string alg = R"("ES384")";
  std::string typ = R"("JWT")";
  std::string kid = R"("key-1")";
  std::string jku;
  std::string more_header;  ///< with a comma in front
  std::string iss = R"("https://ehr.example/fhir")";
  std::string aud = R"("https://cds.example.org/cds-services/sir-patient-view")";
  std::string exp = std::to_string(token_now + 300);
  std::string iat = std::to_string(token_now);
  std::string nbf;
  std::string jti;  ///< a new one unless set
  std::string tenant;
  std::string more_payload;  ///< with a comma in front

  Claims();
  /// Times around now instead of `token_now`: for tests with the real program.
  static Claims today();

  [[nodiscard]] std::string header() const;
  [[nodiscard]] std::string payload() const;
  /// The bytes that are signed.
  [[nodiscard]] std::string signing_input() const;
  /// Signed with the key; the digest follows from `alg`.
  [[nodiscard]] std::string signed_by(const SigningKey& key) const;
};

/// "Bearer …".
[[nodiscard]] std::string bearer(const std::string& token);

}  // namespace test
