#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "fhir/result.h"
#include "server/jwt.h"

namespace server {

/// Gets the text of a JWK Set, from a file or from an address that the site has configured. Errors reach the log.
using FetchKeys = std::function<fhir::Result<std::string>()>;

/// How long keys are believed, in seconds.
struct KeyTimes {
  std::int64_t fresh = 3600;          ///< then they are fetched again
  std::int64_t stale = 86'400;        ///< a source that does not answer locks nobody out for so long
  std::int64_t between_fetches = 30;  ///< whatever strangers ask for
};

/// The public keys of one issuer, fetched when they are needed. Keys that a new set no longer holds are believed until
/// they are no longer fresh, so that a client can change its key at any time. Safe to use from all threads; one of them
/// fetches, the others are served from what is known.
class KeyRing {
 public:
  /// `told` hears how each fetch ended.
  using Told = std::function<void(const fhir::Result<void>& end)>;
  KeyRing(FetchKeys fetch, KeyTimes times, Told told);

  /// Fetches now; for the start of the program.
  [[nodiscard]] fhir::Result<void> fill(std::int64_t now);
  /// Whether any key is known.
  [[nodiscard]] bool has_keys() const;
  /// The key that a token names, if it suits the token's algorithm. `now` is in seconds since 1970.
  [[nodiscard]] std::optional<PublicKey> find(const Token& token, std::int64_t now);

 private:
  struct Held {
    PublicKey key;
    std::int64_t seen = 0;  ///< when a set last held it
  };
  enum class Reason { age, unknown_key };

  [[nodiscard]] std::optional<PublicKey> held(const Token& token, std::int64_t now) const;
  [[nodiscard]] bool may_fetch(Reason reason, std::int64_t now);
  fhir::Result<void> fetch(std::int64_t now);
  void take(std::vector<PublicKey> keys, std::int64_t now);

  FetchKeys fetch_;
  KeyTimes times_;
  Told told_;
  mutable std::mutex mutex_;
  std::vector<Held> keys_;
  std::optional<std::int64_t> filled_;         ///< when a fetch last succeeded
  std::optional<std::int64_t> tried_for_age_;  ///< when one was last begun, by reason
  std::optional<std::int64_t> tried_for_key_;
  bool fetching_ = false;
};

}  // namespace server
