#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/jwt.h"
#include "tests/server/token.h"

// Whatever an issuer publishes as its keys: it is refused with a sentence, or it is keys; and none of them has signed
// what it has not.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

/// A token of each algorithm, signed with keys that are in no file.
const std::vector<server::Token>& strangers() {
  static const std::vector<server::Token> tokens = [] {
    std::vector<server::Token> made;
    const std::pair<const char*, const char*> kinds[] = {{"P-384", "ES384"}, {"P-256", "ES256"}, {"RSA", "RS384"}};
    for (const auto& [kind, algorithm] : kinds) {
      test::Claims claims;
      claims.alg = '"' + std::string(algorithm) + '"';
      made.push_back(*server::read_token("Bearer " + claims.signed_by(test::SigningKey(kind))));
    }
    return made;
  }();
  return tokens;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keys = server::read_keys(std::string(reinterpret_cast<const char*>(data), size));
  if (!keys) {
    check(keys.error().kind == fhir::Kind::bad_input && !keys.error().what.empty());
    return 0;
  }
  check(!keys->empty());
  for (const auto& key : *keys)
    for (const auto& token : strangers())
      if (key.suits(token.algorithm)) check(!key.has_signed(token));
  return 0;
}
