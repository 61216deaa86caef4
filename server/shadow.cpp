#include "server/shadow.h"

#include <exception>
#include <utility>

namespace server {

namespace {

/// The metrics have the numbers; the log says that there is something to look at.
constexpr std::chrono::minutes between_lines{1};

/// What a version without the service that was called comes to.
constexpr std::string_view not_offered = "not-offered";

std::string in_words(const std::string& outcome, const std::string& decided_by) {
  return decided_by.empty() ? outcome : outcome + " (" + decided_by + ")";
}

}  // namespace

Shadow::Shadow(cards::Knowledge knowledge, Metrics& metrics, Log& log, ShadowLimits limits)
    : knowledge_(std::move(knowledge)), metrics_(metrics), log_(log), limits_(limits) {
  thread_ = std::thread([this] { run(); });
}

Shadow::~Shadow() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Shadow::compare(Answered answered) noexcept try {
  {
    const std::lock_guard lock(mutex_);
    const bool room = waiting_.size() < limits_.calls && bytes_waiting_ + answered.bytes <= limits_.bytes;
    if (room || waiting_.empty()) {
      bytes_waiting_ += answered.bytes;
      waiting_.push_back(std::move(answered));
      changed_.notify_one();
      return;
    }
  }
  metrics_.not_shadowed("busy");
} catch (const std::exception&) {
  // Want of memory: the call was answered, which is what counts.
}

/// The next call; nothing when it is over.
std::optional<Answered> Shadow::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
  if (ends_) return std::nullopt;
  Answered first = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_waiting_ -= first.bytes;
  return first;
}

void Shadow::run() {
  while (const auto answered = next()) {
    try {
      judge(*answered);
    } catch (const std::exception&) {
      metrics_.not_shadowed("failed");
    }
  }
}

void Shadow::judge(const Answered& answered) {
  std::string outcome(not_offered);
  std::string decided_by;
  if (knowledge_.service(answered.service)) {
    auto assessment = cards::assess(answered.record, knowledge_, answered.today, answered.missing,
                                    cards::Trail::verdicts_only, answered.service, answered.answers);
    outcome = std::move(assessment.outcome);
    decided_by = std::move(assessment.decided_by);
  }
  metrics_.shadowed(answered.outcome, outcome, answered.decided_by == decided_by);
  ++compared_;
  if (outcome != answered.outcome || decided_by != answered.decided_by) tell(answered, outcome, decided_by);
}

void Shadow::tell(const Answered& answered, const std::string& outcome, const std::string& decided_by) {
  ++differed_;
  const auto now = std::chrono::steady_clock::now();
  if (now < quiet_until_) return;
  quiet_until_ = now + between_lines;
  log_.info("the shadow knowledge " + knowledge_.version() + " judges otherwise: " + std::to_string(differed_) +
            " of " + std::to_string(compared_) + " calls so far; request " + answered.request_id + ": served " +
            in_words(answered.outcome, answered.decided_by) + ", shadow " + in_words(outcome, decided_by));
}

}  // namespace server
