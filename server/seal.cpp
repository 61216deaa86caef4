#include "server/seal.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <vector>

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string written;
  for (unsigned i = 0; i < size; ++i) {
    written += digits[bytes[i] >> 4];
    written += digits[bytes[i] & 15];
  }
  return written;
}

std::vector<Owned<EVP_PKEY>> keys_in(const std::string& pem) {
  std::vector<Owned<EVP_PKEY>> keys;
  const Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (Owned<EVP_PKEY> key{PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr)})
    keys.push_back(std::move(key));
  ERR_clear_error();
  return keys;
}

/// Base64 in lines, as `openssl base64` writes it; empty when it is no base64.
std::string from_base64(std::string_view text) {
  std::string letters;
  for (const char c : text)
    if (c != '\n' && c != '\r' && c != ' ') letters += c;
  if (letters.empty() || letters.size() % 4 != 0) return {};
  std::string bytes(letters.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(letters),
                                   static_cast<int>(letters.size()));
  if (size < 0) return {};
  const auto padding = static_cast<std::size_t>(letters.size() - letters.find_last_not_of('=') - 1);
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

bool has_signed(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool hashes_itself = EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1;
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, hashes_itself ? nullptr : EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

std::string manifest_of(const cards::Folder& folder) {
  std::string lines;
  for (const auto& [path, text] : folder) lines += sha256(text) + "  " + path + "\n";
  return lines;
}

Result<void> check_seal(const cards::Folder& folder, const std::string& public_keys, const std::string& signature) {
  const auto keys = keys_in(public_keys);
  if (keys.empty()) return fault(Kind::bad_input, "", "there is no public key in PEM form");
  const auto manifest = manifest_of(folder);
  const auto decoded = from_base64(signature);
  for (const auto& key : keys)
    if (has_signed(key.get(), manifest, signature) || (!decoded.empty() && has_signed(key.get(), manifest, decoded)))
      return {};
  return fault(Kind::bad_input, "", "none of the keys has signed these files");
}

}  // namespace server
