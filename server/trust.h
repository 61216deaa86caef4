#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.h"
#include "server/issuer.h"
#include "server/jwt.h"
#include "server/key_ring.h"
#include "server/replay.h"

namespace server {

/// Who calls. Without authentication every field is empty.
struct Client {
  std::string issuer;
  std::string tenant;
  std::string token_id;   ///< jti, for the log
  std::string care_tier;  ///< empty: as the site says
};

/// Somebody who is not let in. Never shown to the caller.
struct Denial {
  Doubt doubt = Doubt::no_token;
  std::string issuer;  ///< when it is one that we know; nothing that the caller made up
};

/// Makes the fetch of an issuer's keys.
using FetchKeysOf = std::function<FetchKeys(const Issuer& issuer)>;
/// Hears how each fetch of keys ended.
using KeysTold = std::function<void(const Issuer& issuer, const fhir::Result<void>& end)>;

/// What Trust works with. The store must outlive it.
struct TrustParts {
  FetchKeysOf fetch_keys_of;
  KeysTold keys_told;
  ReplayStore& used_tokens;
};

/// What the site decides about who may call.
struct TrustOptions {
  std::vector<Issuer> issuers;
  std::vector<std::string> base_urls;  ///< how clients reach this server
  KeyTimes key_times;                  ///< of keys that are fetched
  std::int64_t file_seconds = 60;      ///< how long keys from a file are fresh: reading one costs nothing
};

/// Decides who may call (PROTOCOL.md 5). Without issuers everybody may. Safe to use from all threads.
class Trust {
 public:
  /// Lets everybody in.
  Trust() = default;
  /// Reads or fetches the keys of all issuers. Errors: a file of keys cannot be read. Keys that cannot be fetched now
  /// are fetched when they are needed.
  [[nodiscard]] static fhir::Result<Trust> of(TrustParts parts, TrustOptions options, std::int64_t now);

  [[nodiscard]] bool asks() const { return !known_.empty(); }
  /// Whether `authenticate` may have to wait for a server that publishes keys, or for a database.
  [[nodiscard]] bool may_wait() const { return may_wait_; }
  /// Whether anybody could be let in: there is no issuer, or keys of one are known.
  [[nodiscard]] bool has_keys() const;

  /// Who sends this Authorization header to the address with this path ("/cds-services/sir-patient-view").
  [[nodiscard]] tl::expected<Client, Denial> authenticate(std::string_view authorization, std::string_view path,
                                                          std::int64_t now) const;
  /// Who says to send this header, at the price of reading it; nobody when that is no issuer of ours. Believe nothing
  /// on the strength of it.
  [[nodiscard]] std::optional<Client> claimed_by(std::string_view authorization) const;

 private:
  /// An issuer with its keys.
  struct Known {
    Issuer issuer;
    std::unique_ptr<KeyRing> keys;
  };

  [[nodiscard]] const Known* known(const std::string& iss) const;
  [[nodiscard]] Believed<PublicKey> key_for(const Token& token, const Known& known, std::int64_t now) const;
  [[nodiscard]] bool is_meant_for(const Token& token, const Issuer& issuer, std::string_view path) const;
  [[nodiscard]] std::optional<Doubt> doubt_about(const Token& token, const Issuer& issuer, std::string_view path,
                                                 std::int64_t now) const;
  [[nodiscard]] std::optional<Doubt> doubt_about_use(const Token& token, const Issuer& issuer, std::int64_t now) const;

  std::vector<Known> known_;
  std::vector<std::string> base_urls_;
  ReplayStore* used_tokens_ = nullptr;
  std::optional<PublicKey> nobody_;
  bool may_wait_ = false;
};

}  // namespace server
