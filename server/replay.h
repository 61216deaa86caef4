#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "fhir/result.h"

namespace server {

/// Remembers the tokens that were used, so that none is used twice. Asked only about tokens whose signature was
/// verified. Safe to use from all threads.
class ReplayStore {
 public:
  ReplayStore() = default;
  ReplayStore(const ReplayStore&) = delete;
  ReplayStore& operator=(const ReplayStore&) = delete;
  virtual ~ReplayStore() = default;

  /// Whether the issuer's token `jti` is seen for the first time; remembers it until `expires`. Times are seconds since
  /// 1970. Errors: the store does not answer, or is full.
  [[nodiscard]] virtual fhir::Result<bool> first_seen(const std::string& iss, const std::string& jti,
                                                      std::int64_t expires, std::int64_t now) = 0;
  /// Whether that may wait for another program.
  [[nodiscard]] virtual bool may_wait() const { return false; }
};

/// In memory, for one instance.
class MemoryReplayStore final : public ReplayStore {
 public:
  static constexpr std::size_t tokens_default = 1'000'000;
  explicit MemoryReplayStore(std::size_t tokens_max = tokens_default) : tokens_max_(tokens_max) {}

  [[nodiscard]] fhir::Result<bool> first_seen(const std::string& iss, const std::string& jti, std::int64_t expires,
                                              std::int64_t now) override;

 private:
  std::size_t tokens_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::multimap<std::int64_t, const std::string*>::iterator> tokens_;
  std::multimap<std::int64_t, const std::string*> by_expiry_;  ///< points at the keys of `tokens_`
};

}  // namespace server
