#include "server/jwt.h"

#include <cjose/cjose.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "fhir/json.h"

namespace server {

namespace {

using fhir::Json;
using fhir::JsonType;
using fhir::Kind;

constexpr std::size_t keys_max = 64;
constexpr std::size_t claim_bytes_max = 512;
constexpr std::size_t audiences_max = 16;
constexpr std::size_t rsa_bits_min = 2048;
constexpr std::size_t rsa_bits_max = 8192;
constexpr double seconds_max = 1e12;  ///< far beyond any date, and exact as an integer

/// What belongs to an algorithm (RFC 7518 section 3).
struct AlgorithmFacts {
  std::string_view name;
  std::string_view kty;
  std::string_view crv;
  std::size_t signature_bytes;  ///< R and S, one behind the other; 0: as long as the key
};

constexpr std::array<AlgorithmFacts, 4> algorithms{
    {{"ES256", "EC", "P-256", 64}, {"ES384", "EC", "P-384", 96}, {"RS256", "RSA", "", 0}, {"RS384", "RSA", "", 0}}};

const AlgorithmFacts& facts_of(Algorithm algorithm) {
  return algorithms[static_cast<std::size_t>(algorithm)];
}

int sextet_of(char letter) {
  if (letter >= 'A' && letter <= 'Z') return letter - 'A';
  if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
  if (letter >= '0' && letter <= '9') return letter - '0' + 52;
  if (letter == '-') return 62;
  return letter == '_' ? 63 : -1;
}

/// base64url without padding (RFC 7515 section 2). Other letters, and bits that mean nothing, are refused, so that
/// nobody can write one token in two ways.
std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4 + fhir::json_padding);
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char letter : text) {
    const int sextet = sextet_of(letter);
    if (sextet < 0) return std::nullopt;
    pending = (pending << 6U) | static_cast<unsigned>(sextet);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(pending >> bits);
    pending &= (1U << bits) - 1;
  }
  if (pending != 0) return std::nullopt;
  return bytes;
}

std::optional<fhir::Document> object_in(std::string_view part) {
  auto bytes = from_base64url(part);
  if (!bytes) return std::nullopt;
  auto document = fhir::read_document(std::move(*bytes));
  if (!document || !document->root().is(JsonType::object)) return std::nullopt;
  return std::move(*document);
}

bool same_word(std::string_view text, std::string_view upper_case) {
  return std::ranges::equal(text, upper_case, [](char letter, char wanted) {
    return letter == wanted || (letter >= 'a' && letter <= 'z' && letter - 'a' + 'A' == wanted);
  });
}

std::optional<std::string> text_claim(Json claim) {
  const auto text = claim.string();
  if (text.empty() || text.size() > claim_bytes_max) return std::nullopt;
  return std::string(text);
}

std::optional<std::int64_t> time_claim(Json claim) {
  const auto number = claim.number();
  if (!number || !std::isfinite(*number) || std::abs(*number) > seconds_max) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(*number));
}

/// One text or a list of texts; nothing when it is neither, or one is empty.
std::vector<std::string> audience_claim(Json claim) {
  std::vector<std::string> audience;
  if (!claim.string().empty()) audience.emplace_back(claim.string());
  if (!claim.is(JsonType::array) || claim.size() > audiences_max) return audience;
  for (const Json one : claim) {
    if (one.string().empty()) return {};
    audience.emplace_back(one.string());
  }
  return audience;
}

/// The header: which algorithm, which key.
std::optional<Doubt> take_header(Json header, Token& token) {
  const auto algorithm = algorithm_named(header["alg"].string());
  if (!algorithm) return Doubt::algorithm;
  token.algorithm = *algorithm;
  token.algorithm_name = facts_of(*algorithm).name;
  if (!same_word(header["typ"].string(), "JWT")) return Doubt::type;
  // What is critical to the sender and unknown to us must not be passed over (RFC 7515 section 4.1.11).
  if (header["crit"].present() || header["b64"].present()) return Doubt::malformed;
  const auto key_id = text_claim(header["kid"]);
  if (!key_id) return Doubt::claims;
  token.key_id = *key_id;
  const Json address = header["jku"];
  if (address.present() && !text_claim(address)) return Doubt::claims;
  token.key_address = address.string();
  return std::nullopt;
}

std::optional<Doubt> take_claims(Json payload, Token& token) {
  const auto issuer = text_claim(payload["iss"]);
  const auto id = text_claim(payload["jti"]);
  const auto expires = time_claim(payload["exp"]);
  const auto issued = time_claim(payload["iat"]);
  if (!issuer || !id || !expires || !issued) return Doubt::claims;
  token.issuer = *issuer;
  token.id = *id;
  token.expires = *expires;
  token.issued = *issued;
  token.audience = audience_claim(payload["aud"]);
  if (token.audience.empty()) return Doubt::claims;
  if (const Json start = payload["nbf"]; start.present()) {
    token.not_before = time_claim(start);
    if (!token.not_before) return Doubt::claims;
  }
  if (const Json tenant = payload["tenant"]; tenant.present()) {
    if (!text_claim(tenant)) return Doubt::claims;
    token.tenant = tenant.string();
  }
  return std::nullopt;
}

/// The three parts between the dots.
std::optional<std::array<std::string_view, 3>> parts_of(std::string_view text) {
  const auto first = text.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

struct ReleaseKey {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
struct ReleaseSignature {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, ReleaseKey>;
using Jws = std::unique_ptr<cjose_jws_t, ReleaseSignature>;

/// The key itself. The numbers of other kinds of keys are not looked at; short RSA keys are no keys. cjose ends the
/// program over some numbers that are no base64url, so it sees none of them.
Jwk read_jwk(Json key) {
  fhir::JsonWriter writer;
  writer.begin_object();
  for (const std::string_view name : {"x", "y", "n", "e"})
    if (key[name].is(JsonType::string) && !from_base64url(key[name].string())) return nullptr;
  for (const std::string_view name : {"kty", "crv", "x", "y", "n", "e"})
    if (key[name].is(JsonType::string)) writer.member(name, key[name].string());
  const auto text = writer.end_object().take();
  cjose_err error{};
  Jwk jwk(cjose_jwk_import(text.data(), text.size(), &error));
  if (!jwk || key["kty"].string() != "RSA") return jwk;
  const auto bits = cjose_jwk_get_keysize(jwk.get(), &error);
  return bits >= rsa_bits_min && bits <= rsa_bits_max ? std::move(jwk) : nullptr;
}

/// Whether the key is for checking signatures, as far as it says (RFC 7517 sections 4.2 and 4.3).
bool verifies(Json key) {
  const Json use = key["use"];
  if (use.present() && use.string() != "sig") return false;
  const Json operations = key["key_ops"];
  if (!operations.present()) return true;
  for (const Json one : operations)
    if (one.string() == "verify") return true;
  return false;
}

}  // namespace

struct PublicKey::State {
  std::string id;
  std::string kty;
  std::string crv;
  std::string alg;  ///< empty: whatever suits kty and crv
  Jwk jwk;

  /// A key of a set that can be used here; nothing for every other.
  static std::shared_ptr<const State> read(Json key) {
    State state{std::string(key["kid"].string()), std::string(key["kty"].string()), std::string(key["crv"].string()),
                std::string(key["alg"].string()), read_jwk(key)};
    const auto is_its_kind = [&](const auto& one) { return one.kty == state.kty && one.crv == state.crv; };
    if (state.id.empty() || !state.jwk || !verifies(key) || std::ranges::none_of(algorithms, is_its_kind))
      return nullptr;
    return std::make_shared<const State>(std::move(state));
  }
};

std::string_view word_of(Doubt doubt) {
  constexpr std::array<std::string_view, 17> words{
      "no-token",  "too-large", "malformed", "algorithm", "type",     "claims", "issuer",   "key-address",   "key",
      "signature", "audience",  "expired",   "early",     "lifetime", "tenant", "replayed", "replay-unknown"};
  return words[static_cast<std::size_t>(doubt)];
}

std::optional<Algorithm> algorithm_named(std::string_view word) {
  const auto found = std::ranges::find(algorithms, word, &AlgorithmFacts::name);
  if (found == algorithms.end()) return std::nullopt;
  return static_cast<Algorithm>(found - algorithms.begin());
}

Believed<Token> read_token(std::string_view authorization) {
  constexpr std::string_view scheme = "BEARER ";
  if (!same_word(authorization.substr(0, scheme.size()), scheme)) return tl::unexpected(Doubt::no_token);
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' ', scheme.size()), authorization.size()));
  if (authorization.empty()) return tl::unexpected(Doubt::no_token);
  if (authorization.size() > token_bytes_max) return tl::unexpected(Doubt::too_large);

  const auto parts = parts_of(authorization);
  if (!parts) return tl::unexpected(Doubt::malformed);
  const auto header = object_in((*parts)[0]);
  if (!header) return tl::unexpected(Doubt::malformed);
  Token token;
  if (const auto doubt = take_header(header->root(), token)) return tl::unexpected(*doubt);
  const auto signature = from_base64url((*parts)[2]);
  const auto payload = object_in((*parts)[1]);
  if (!signature || !payload) return tl::unexpected(Doubt::malformed);
  const auto wanted = facts_of(token.algorithm).signature_bytes;
  if (wanted > 0 && signature->size() != wanted) return tl::unexpected(Doubt::signature);
  if (const auto doubt = take_claims(payload->root(), token)) return tl::unexpected(*doubt);
  token.text = authorization;
  return token;
}

PublicKey::PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

const std::string& PublicKey::id() const {
  return state_->id;
}

bool PublicKey::suits(Algorithm algorithm) const {
  const auto& facts = facts_of(algorithm);
  return state_->kty == facts.kty && state_->crv == facts.crv && (state_->alg.empty() || state_->alg == facts.name);
}

bool PublicKey::has_signed(const Token& token) const {
  cjose_err error{};
  const Jws jws(cjose_jws_import(token.text.data(), token.text.size(), &error));
  return jws && suits(token.algorithm) && cjose_jws_verify(jws.get(), state_->jwk.get(), &error);
}

fhir::Result<PublicKey> PublicKey::of_nobody() {
  cjose_err error{};
  Jwk jwk(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, &error));
  if (!jwk) return fault(Kind::internal, "", "a key cannot be made");
  return PublicKey(std::make_shared<const State>(State{"", "EC", "P-384", "", std::move(jwk)}));
}

fhir::Result<std::vector<PublicKey>> read_keys(std::string jwks) {
  const auto document = fhir::read_document(std::move(jwks));
  if (!document) return tl::unexpected(document.error());
  const Json set = document->root()["keys"];
  if (!set.is(JsonType::array)) return fault(Kind::bad_input, "keys", "is not a list: this is no JWK Set");
  if (set.size() > keys_max) return fault(Kind::bad_input, "keys", "has too many entries");
  std::vector<PublicKey> keys;
  for (const Json key : set) {
    if (key["d"].present()) return fault(Kind::bad_input, "keys", "holds a private key; only public ones belong here");
    if (auto state = PublicKey::State::read(key)) keys.push_back(PublicKey(std::move(state)));
  }
  if (keys.empty()) return fault(Kind::bad_input, "keys", "holds no key that can be used here");
  return keys;
}

}  // namespace server
