#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace server {

/// Who has had how much of our time lately, to know who has to wait when there is not enough for all. What is long ago
/// counts less: half after two seconds. Safe to use from all threads.
class Fairness {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// More clients than these are counted as one.
  static constexpr std::size_t clients_max = 1024;

  /// A client's request took so many seconds.
  void worked(const std::string& client, double seconds, TimePoint now);
  /// Whether a client has had its share: as much as everybody would have, if all who ask had the same.
  [[nodiscard]] bool has_had_its_share(const std::string& client, TimePoint now);
  /// How many such shares a client has had.
  [[nodiscard]] double shares_of(const std::string& client, TimePoint now);

 private:
  struct Use {
    double seconds = 0;
    TimePoint at{};
    [[nodiscard]] double now(TimePoint moment) const;
  };

  void take_stock(TimePoint now);

  std::mutex mutex_;
  std::map<std::string, Use, std::less<>> by_client_;
  TimePoint counted_{};
  double share_ = 0;
};

}  // namespace server
