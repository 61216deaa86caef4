#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "server/replay.h"
#include "server/store.h"

namespace server {

/// In the database, for instances that share one: a token that one of them has seen is known to all.
///
/// Each instance remembers its own tokens besides. While the database does not answer, a token is judged by that memory
/// alone: trouble with the store must not take the cards away, and a token that is used twice at the same instance is
/// still refused. The database is then left alone for some seconds, so that the trouble does not delay every call.
class StoredReplayStore final : public ReplayStore {
 public:
  /// `told` hears when the database begins and ceases to answer.
  StoredReplayStore(StorePlace place, std::function<void(bool)> told);

  [[nodiscard]] fhir::Result<bool> first_seen(const std::string& iss, const std::string& jti, std::int64_t expires,
                                              std::int64_t now) override;
  [[nodiscard]] bool may_wait() const override { return true; }

 private:
  [[nodiscard]] std::optional<bool> ask(const std::string& iss, const std::string& jti, std::int64_t expires,
                                        std::int64_t now);
  void tell(bool answers);

  StorePlace place_;
  std::function<void(bool)> told_;
  MemoryReplayStore own_;
  std::mutex mutex_;  ///< for what follows
  std::optional<Store> store_;
  std::optional<bool> answers_;
  std::chrono::steady_clock::time_point next_try_{};
};

}  // namespace server
