#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cards/knowledge.h"
#include "fhir/result.h"
#include "server/setting.h"

namespace server {

/// Somebody whose tokens are believed: one `[[trust.issuer]]` of the configuration (PROTOCOL.md 5).
struct Issuer {
  std::string iss;        ///< as the tokens say it, compared exactly
  std::string jwks_file;  ///< the public keys, from a file
  std::string jku;        ///< the only address of keys that tokens may name; fetched when there is no file
  std::vector<std::string> algorithms{"ES384", "RS384"};
  std::vector<std::string> tenants;    ///< none: whatever the token says
  std::vector<std::string> audiences;  ///< believed as `aud` at every address, beside the right one
  bool audience_base_url = false;      ///< the base URL is believed as `aud`
  bool audience_final_slash = false;   ///< a final slash behind the right `aud` is overlooked
  std::string care_tier;               ///< where its users work; empty: as the site says
  std::uint64_t leeway_seconds = 60;
  std::uint64_t lifetime_seconds = 3600;  ///< the longest time between iat and exp
  std::string base_path;                  ///< "/north": its own base URL is this below the public one; empty: none
  std::array<std::string, 6> prefetch{};  ///< templates for its record system, by key of CONTRACT.md 3; empty: ours
};

/// The prefetch templates of a client: its own where it has some, `ours` otherwise.
[[nodiscard]] std::vector<cards::PrefetchTemplate> templates_for(const Issuer& issuer,
                                                                 const std::vector<cards::PrefetchTemplate>& ours);

/// The keys of a `[[trust.issuer]]`, in the order of the manual.
[[nodiscard]] const std::vector<Key<Issuer>>& issuer_keys();

/// A section as it was written: names, and values of the types that settings have (nothing for others).
using Entries = std::vector<std::pair<std::string, std::optional<Value>>>;

/// Reads one issuer. Errors: bad_input, `where` and the key; unknown keys are refused by name.
[[nodiscard]] fhir::Result<Issuer> read_issuer(const Entries& entries, const std::string& where);

}  // namespace server
