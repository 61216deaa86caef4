#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.h"

// JSON Web Tokens as CDS Hooks clients send them (PROTOCOL.md 5; RFC 7515, 7517, 7519). The only file that knows cjose.

namespace server {

/// Why a caller is not believed. For our log and our counters only: the caller hears 401 and nothing else.
enum class Doubt : std::uint8_t {
  no_token,     ///< no Authorization, or not of the Bearer scheme
  too_large,    ///< more bytes than a token needs
  malformed,    ///< not three parts of base64url that hold JSON objects, without a member twice
  algorithm,    ///< an algorithm that is not believed here, or not from this issuer
  type,         ///< typ is not JWT
  claims,       ///< a claim that is needed is missing, or one has another type
  issuer,       ///< nobody whom we know
  key_address,  ///< names another address of keys than the issuer's
  key,          ///< no such key of this issuer, or none that suits the algorithm
  signature,    ///< not made with that key over these bytes
  audience,     ///< meant for another address
  expired,
  early,           ///< issued, or valid, only in the future
  lifetime,        ///< valid for longer than is believed
  tenant,          ///< not one of the issuer's tenants that may call
  replayed,        ///< was used before
  replay_unknown,  ///< the store of used tokens does not answer
};

/// "audience": a closed set of words.
[[nodiscard]] std::string_view word_of(Doubt doubt);

template <class T>
using Believed = tl::expected<T, Doubt>;

enum class Algorithm : std::uint8_t { es256, es384, rs256, rs384 };

/// "ES384"; nothing for every other word: neither "none" nor a symmetric algorithm can be said here.
[[nodiscard]] std::optional<Algorithm> algorithm_named(std::string_view word);

/// Larger tokens are not read.
inline constexpr std::size_t token_bytes_max = 8192;

/// A token that was read and is not believed yet. Times are seconds since 1970.
struct Token {
  std::string text;  ///< all of it, as signed
  Algorithm algorithm = Algorithm::es384;
  std::string algorithm_name;
  std::string key_id;
  std::string key_address;  ///< jku; often empty
  std::string issuer;
  std::vector<std::string> audience;
  std::int64_t expires = 0;
  std::int64_t issued = 0;
  std::optional<std::int64_t> not_before;
  std::string id;      ///< jti
  std::string tenant;  ///< often empty
};

/// Reads the value of an Authorization header. Nothing in it is true until a key says so.
[[nodiscard]] Believed<Token> read_token(std::string_view authorization);

/// A public key of an issuer. Copies share it; safe to use from all threads.
class PublicKey {
 public:
  [[nodiscard]] const std::string& id() const;
  /// Whether kty, crv and alg of the key are those of the algorithm (RFC 8725 section 3.1).
  [[nodiscard]] bool suits(Algorithm algorithm) const;
  /// Whether the token was signed with the other half of this key.
  [[nodiscard]] bool has_signed(const Token& token) const;

  /// A P-384 key whose other half nobody has.
  [[nodiscard]] static fhir::Result<PublicKey> of_nobody();

 private:
  friend fhir::Result<std::vector<PublicKey>> read_keys(std::string);
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

/// Reads a JWK Set. Keys of other kinds and for other uses are passed over. Errors: bad_input when it is no JWK Set,
/// holds a private key, or no key that can be used.
[[nodiscard]] fhir::Result<std::vector<PublicKey>> read_keys(std::string jwks);

}  // namespace server
