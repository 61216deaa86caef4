#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cards/assess.h"
#include "cards/knowledge.h"
#include "fhir/record.h"
#include "server/log.h"
#include "server/metrics.h"

namespace server {

/// A call that was answered: what it was judged by, and what came out.
struct Answered {
  fhir::Record record;
  fhir::Day today;
  std::vector<cards::MissingPart> missing;
  cards::Answers answers;
  std::string service;
  std::string outcome;     ///< that was served: a topic code, "none" or "already-known"
  std::string decided_by;  ///< criterion id
  std::string request_id;
  std::size_t bytes = 0;  ///< of the request's body
};

/// How much may wait to be judged a second time; what comes when there is more is counted and left out.
struct ShadowLimits {
  std::size_t calls = 16;
  std::size_t bytes = 32U << 20U;
};

/// A version of the knowledge that is not served: it judges what was answered a second time, on a thread of its own,
/// and the differences are counted. Nobody who calls hears of it, or waits for it. Safe to use from all threads.
class Shadow {
 public:
  Shadow(cards::Knowledge knowledge, Metrics& metrics, Log& log, ShadowLimits limits = {});
  /// What still waits is left out.
  ~Shadow();
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  [[nodiscard]] const cards::Knowledge& knowledge() const { return knowledge_; }
  /// To be judged some time later. Never waits.
  void compare(Answered answered) noexcept;

 private:
  [[nodiscard]] std::optional<Answered> next();
  void run();
  void judge(const Answered& answered);
  void tell(const Answered& answered, const std::string& outcome, const std::string& decided_by);

  cards::Knowledge knowledge_;
  Metrics& metrics_;
  Log& log_;
  ShadowLimits limits_;

  std::mutex mutex_;  ///< for what follows, up to the thread
  std::condition_variable changed_;
  std::deque<Answered> waiting_;
  std::size_t bytes_waiting_ = 0;
  bool ends_ = false;
  std::thread thread_;

  // Of the thread alone.
  std::uint64_t compared_ = 0;
  std::uint64_t differed_ = 0;
  std::chrono::steady_clock::time_point quiet_until_{};
};

}  // namespace server
