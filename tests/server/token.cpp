#include "tests/server/token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

#include "server/identifier.h"

namespace test {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BIO* bytes) const { BIO_free(bytes); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void require(bool good) {
  if (!good) throw std::runtime_error("OpenSSL refused");
}

const EVP_MD* digest_of(int bits) {
  return bits == 256 ? EVP_sha256() : EVP_sha384();
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string big_endian(const BIGNUM* number, int width) {
  std::string bytes(static_cast<std::size_t>(width), '\0');
  require(BN_bn2binpad(number, bytes_of(bytes), width) == width);
  return bytes;
}

int coordinate_bytes(const std::string& curve) {
  if (curve == "P-521") return 66;
  return curve == "P-256" ? 32 : 48;
}

std::string number_of(const EVP_PKEY* key, const char* name, int width) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const Owned<BIGNUM> owned(number);
  return big_endian(number, width > 0 ? width : BN_num_bytes(number));
}

/// R and S behind each other, as RFC 7518 section 3.4 has it.
std::string plain_signature(const std::string& der, int width) {
  const unsigned char* cursor = bytes_of(std::string_view(der));
  const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  require(signature != nullptr);
  return big_endian(ECDSA_SIG_get0_r(signature.get()), width) + big_endian(ECDSA_SIG_get0_s(signature.get()), width);
}

std::string object(const std::vector<std::pair<std::string, std::string>>& members, const std::string& more) {
  std::string text;
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    text += (text.empty() ? "" : ",") + ("\"" + name + "\":") + value;
  }
  return "{" + text + more + "}";
}

}  // namespace

std::string base64url(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      group = (group << 8U) | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j <= count; ++j) text += letters[(group >> (18 - 6 * j)) & 63U];
  }
  return text;
}

struct SigningKey::State {
  Owned<EVP_PKEY> pair;
};

SigningKey::SigningKey(const std::string& kind) : kind_(kind) {
  EVP_PKEY* pair = kind.starts_with("RSA") ? EVP_RSA_gen(kind == "RSA" ? 2048U : 1024U) : EVP_EC_gen(kind.c_str());
  require(pair != nullptr);
  state_ = std::make_shared<const State>(State{Owned<EVP_PKEY>(pair)});
}

std::string SigningKey::jwk(const std::string& kid, const std::string& more) const {
  const EVP_PKEY* pair = state_->pair.get();
  const std::string name = R"(","kid":")" + kid + R"(",")";
  if (kind_.starts_with("RSA"))
    return R"({"kty":"RSA)" + name + R"(n":")" + base64url(number_of(pair, OSSL_PKEY_PARAM_RSA_N, 0)) + R"(","e":")" +
           base64url(number_of(pair, OSSL_PKEY_PARAM_RSA_E, 0)) + "\"" + more + "}";
  const int width = coordinate_bytes(kind_);
  return R"({"kty":"EC)" + name + R"(crv":")" + kind_ + R"(","x":")" +
         base64url(number_of(pair, OSSL_PKEY_PARAM_EC_PUB_X, width)) + R"(","y":")" +
         base64url(number_of(pair, OSSL_PKEY_PARAM_EC_PUB_Y, width)) + "\"" + more + "}";
}

std::string SigningKey::jwks(const std::string& kid, const std::string& more) const {
  return R"({"keys":[)" + jwk(kid, more) + "]}";
}

std::string SigningKey::public_pem() const {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PUBKEY(memory.get(), state_->pair.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string SigningKey::sign(std::string_view bytes, int bits, bool in_der) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  require(EVP_DigestSignInit(context.get(), nullptr, digest_of(bits), nullptr, state_->pair.get()) == 1);
  std::size_t size = 0;
  require(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1);
  std::string signature(size, '\0');
  require(EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(bytes), bytes.size()) == 1);
  signature.resize(size);
  return kind_.starts_with("RSA") || in_der ? signature : plain_signature(signature, coordinate_bytes(kind_));
}

std::string hmac(std::string_view bytes, std::string_view secret, int bits) {
  std::string code(static_cast<std::size_t>(bits / 8), '\0');
  unsigned size = 0;
  require(HMAC(digest_of(bits), secret.data(), static_cast<int>(secret.size()), bytes_of(bytes), bytes.size(),
               bytes_of(code), &size) != nullptr);
  return code;
}

Claims::Claims() : jti("\"" + server::new_uuid() + "\"") {}

Claims Claims::today() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  Claims claims;
  claims.iat = std::to_string(seconds);
  claims.exp = std::to_string(seconds + 300);
  return claims;
}

std::string Claims::header() const {
  return object({{"alg", alg}, {"typ", typ}, {"kid", kid}, {"jku", jku}}, more_header);
}

std::string Claims::payload() const {
  return object(
      {{"iss", iss}, {"aud", aud}, {"exp", exp}, {"iat", iat}, {"nbf", nbf}, {"jti", jti}, {"tenant", tenant}},
      more_payload);
}

std::string Claims::signing_input() const {
  return base64url(header()) + "." + base64url(payload());
}

std::string Claims::signed_by(const SigningKey& key) const {
  const std::string input = signing_input();
  return input + "." + base64url(key.sign(input, alg.find("256") == std::string::npos ? 384 : 256));
}

std::string bearer(const std::string& token) {
  return "Bearer " + token;
}

}  // namespace test
