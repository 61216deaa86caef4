#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace server {

/// The supervisor of this program, where one has started it as a service (systemd: Type=notify, WatchdogSec): hears
/// that the program is ready, that it lives, and that it ends. Without one nothing happens. Protocol: sd_notify(3).
class Supervisor {
 public:
  /// Whether the program does its work, asked once in each third of the supervisor's patience.
  using Lives = std::function<bool(std::chrono::milliseconds within)>;

  /// By NOTIFY_SOCKET and WATCHDOG_USEC of the environment.
  Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  /// The program serves. From now on the supervisor hears that it lives, as long as `lives` says so; after its patience
  /// it starts the program anew.
  void ready(Lives lives);
  /// The program ends: `lives` is not asked any more.
  void stopping();

 private:
  void tell(std::string_view state) const;
  void watch(const Lives& lives);

  std::string socket_;
  std::chrono::milliseconds patience_{0};  ///< 0: it does not want to know
  std::mutex mutex_;                       ///< for what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace server
