#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/trust.h"
#include "tests/server/token.h"

// Nobody who changes a token is believed. Even: the bytes are the value of an Authorization header. Odd: they are edits
// of four bytes to a token that is believed: what to do, where (two bytes), and with what.

namespace {

constexpr std::string_view path = "/cds-services/sir-patient-view";

void check(bool holds) {
  if (!holds) std::abort();
}

/// Every token is new here: that one counts once is another test's.
class ForgetfulStore final : public server::ReplayStore {
 public:
  fhir::Result<bool> first_seen(const std::string&, const std::string&, std::int64_t, std::int64_t) override {
    return true;
  }
};

/// A site that believes one EHR with keys of both kinds.
class Site {
 public:
  Site() {
    server::Issuer issuer;
    issuer.iss = "https://ehr.example/fhir";
    issuer.jku = "https://ehr.example/keys.json";
    issuer.algorithms = {"ES256", "ES384", "RS256", "RS384"};
    const std::string keys =
        R"({"keys":[)" + curve_.jwk("key-1") + "," + rsa_.jwk("key-2") + "," + small_.jwk("key-3") + "]}";
    trust_ = std::move(*server::Trust::of(
        {.fetch_keys_of = [keys](const auto&) { return [keys]() -> fhir::Result<std::string> { return keys; }; },
         .keys_told = [](const auto&, const auto&) {},
         .used_tokens = used_tokens_},
        {.issuers = {issuer}, .base_urls = {"https://cds.example.org"}, .key_times = {}}, test::token_now));
    good_[0] = token("ES384", "key-1", curve_);
    good_[1] = token("RS384", "key-2", rsa_);
    good_[2] = token("RS256", "key-2", rsa_);
    good_[3] = token("ES256", "key-3", small_);
    for (const auto& one : good_) check(believes("Bearer " + one));
  }

  bool believes(const std::string& authorization) const {
    return trust_.authenticate(authorization, path, test::token_now).has_value();
  }
  const std::string& good(std::size_t which) const { return good_[which % good_.size()]; }
  /// Whether the words of a header are those of a token that we signed.
  bool says_what_we_signed(const std::string& authorization) const {
    return std::ranges::any_of(good_, [&](const std::string& one) {
      return authorization.find(one.substr(0, one.rfind('.'))) != std::string::npos;
    });
  }

 private:
  static std::string token(const std::string& algorithm, const std::string& key_id, const test::SigningKey& key) {
    test::Claims claims;
    claims.alg = '"' + algorithm + '"';
    claims.kid = '"' + key_id + '"';
    return claims.signed_by(key);
  }

  test::SigningKey curve_{"P-384"};
  test::SigningKey rsa_{"RSA"};
  test::SigningKey small_{"P-256"};
  ForgetfulStore used_tokens_;
  server::Trust trust_;
  std::array<std::string, 4> good_;
};

void edit(std::string& text, const std::uint8_t* step) {
  const std::size_t at = (std::size_t{step[1]} << 8U | step[2]) % (text.size() + 1);
  const auto letter = static_cast<char>(step[3]);
  if (step[0] % 4 == 0 && at < text.size()) text[at] = letter;
  if (step[0] % 4 == 1) text.insert(at, 1, letter);
  if (step[0] % 4 == 2) text.erase(at, step[3]);
  if (step[0] % 4 == 3) text.insert(at, ".");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Site site;
  if (size < 2) return 0;
  std::string authorization(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 1) {
    authorization = "Bearer " + site.good(data[0] / 2);
    for (std::size_t at = 1; at + 4 <= std::min<std::size_t>(size, 41); at += 4) edit(authorization, data + at);
  }
  if (site.believes(authorization)) check(site.says_what_we_signed(authorization));
  return 0;
}
