#include "server/progress.h"

#include <algorithm>
#include <string>

namespace server {

namespace {

constexpr auto bar_pause = std::chrono::milliseconds(200);
constexpr auto line_pause = std::chrono::seconds(10);
constexpr std::size_t bar_width = 30;
constexpr double megabyte = 1e6;

std::string minutes_and_seconds(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  const auto rest = std::to_string(whole % 60);
  return std::to_string(whole / 60) + ":" + (rest.size() < 2 ? "0" : "") + rest;
}

}  // namespace

Progress::Progress(std::ostream& out, bool terminal, std::uint64_t total_bytes, Clock::duration pause)
    : out_(out), terminal_(terminal), pause_(pause), total_(total_bytes) {}

Progress::Progress(std::ostream& out, bool terminal, std::uint64_t total_bytes)
    : Progress(out, terminal, total_bytes, terminal ? Clock::duration(bar_pause) : Clock::duration(line_pause)) {}

void Progress::add(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  done_ += bytes;
  tell();
}

void Progress::add_people(std::uint64_t people, std::uint64_t of) {
  const std::lock_guard lock(mutex_);
  if (!judging_) {
    judging_ = true;
    done_ = 0;
    total_ = of;
    began_ = Clock::now();
  }
  done_ += people;
  tell();
}

void Progress::tell() {
  const auto now = Clock::now();
  if (now - told_ < pause_) return;
  told_ = now;
  print(now);
}

void Progress::print(Clock::time_point now) {
  const double seconds = std::max(std::chrono::duration<double>(now - began_).count(), 1e-3);
  const double rate = static_cast<double>(done_) / seconds;
  const double share = total_ == 0 ? 1 : std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  const auto left = rate > 0 ? static_cast<double>(total_ - std::min(done_, total_)) / rate : 0.0;
  const auto speed = std::to_string(static_cast<std::uint64_t>(judging_ ? rate : rate / megabyte));
  const auto text = std::string(judging_ ? "judging " : "reading ") + std::to_string(static_cast<int>(share * 100)) +
                    " %, " + speed + (judging_ ? " people/s, " : " MB/s, ") + minutes_and_seconds(left) + " left";
  if (!terminal_) {
    out_ << "sir-cds: " << text << std::endl;
    return;
  }
  const auto filled = static_cast<std::size_t>(share * bar_width);
  out_ << "\r[" << std::string(filled, '#') << std::string(bar_width - filled, '.') << "] " << text << "   "
       << std::flush;
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  if (terminal_) out_ << "\r" << std::string(bar_width + 50, ' ') << "\r" << std::flush;
}

}  // namespace server
