#include "tests/server/open_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

namespace test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t connections_max = 1500;
constexpr std::chrono::seconds patience{60};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

/// A connection with at most one request under way.
class Line {
 public:
  explicit Line(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { ::close(descriptor_); }

  /// False when the other end is gone. A request fits into the buffers of the socket.
  bool send(std::size_t number, const std::string& bytes) {
    number_ = number;
    begun_ = Clock::now();
    text_.clear();
    return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  /// Reads what is there; false when the other end is gone.
  bool read() {
    std::array<char, 16384> part{};
    const auto count = ::recv(descriptor_, part.data(), part.size(), 0);
    if (count <= 0) return false;
    text_.append(part.data(), static_cast<std::size_t>(count));
    return true;
  }

  [[nodiscard]] bool has_answer() const {
    const auto end = text_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = text_.find(name);
    std::size_t length = 0;
    if (at < end) std::from_chars(text_.data() + at + name.size(), text_.data() + end, length);
    return text_.size() >= end + 4 + length;
  }

  [[nodiscard]] int status() const { return std::atoi(text_.substr(9, 3).c_str()); }
  [[nodiscard]] bool is_last() const { return text_.find("\r\nConnection: close\r\n") != std::string::npos; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::size_t number() const { return number_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] Clock::time_point begun() const { return begun_; }

 private:
  int descriptor_;
  std::size_t number_ = 0;
  Clock::time_point begun_;
  std::string text_;
};

class Sender {
 public:
  explicit Sender(const Load& load) : load_(load), events_(::epoll_create1(EPOLL_CLOEXEC)) {}
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { ::close(events_); }

  Offered run() {
    const auto begun = Clock::now();
    while (offered_.requests < load_.requests || !busy_.empty()) {
      const auto due = std::min(load_.requests, static_cast<std::size_t>(seconds_since(begun) * load_.per_second) + 1);
      while (offered_.requests < due && busy_.size() < connections_max) send();
      if (offered_.requests < load_.requests) offered_.seconds = seconds_since(begun);
      hear();
      if (Clock::now() - swept_ > std::chrono::seconds(1)) sweep();
    }
    return offered_;
  }

 private:
  void send() {
    if (idle_.empty()) {
      idle_.push_back(std::make_unique<Line>(load_.port));
      epoll_event wanted{EPOLLIN, {.fd = idle_.back()->descriptor()}};
      ::epoll_ctl(events_, EPOLL_CTL_ADD, wanted.data.fd, &wanted);
    }
    auto line = std::move(idle_.back());
    idle_.pop_back();
    const auto number = offered_.requests++;
    if (line->send(number, load_.make(number)))
      busy_[line->descriptor()] = std::move(line);
    else
      ++offered_.unanswered;
  }

  void hear() {
    std::array<epoll_event, 256> ready{};
    const int count = ::epoll_wait(events_, ready.data(), static_cast<int>(ready.size()), 1);
    for (int i = 0; i < count; ++i) {
      const auto found = busy_.find(ready.at(static_cast<std::size_t>(i)).data.fd);
      if (found == busy_.end()) {
        forget_idle(ready.at(static_cast<std::size_t>(i)).data.fd);
      } else if (!found->second->read()) {
        ++offered_.unanswered;
        busy_.erase(found);
      } else if (found->second->has_answer()) {
        take(std::move(found->second));
        busy_.erase(found);
      }
    }
  }

  /// The other end has closed a connection that rested.
  void forget_idle(int descriptor) {
    std::erase_if(idle_, [descriptor](const auto& line) { return line->descriptor() == descriptor; });
  }

  void sweep() {
    swept_ = Clock::now();
    offered_.unanswered +=
        std::erase_if(busy_, [this](const auto& one) { return swept_ - one.second->begun() > patience; });
  }

  void take(std::unique_ptr<Line> line) {
    if (line->status() == 200)
      offered_.longest_seconds = std::max(offered_.longest_seconds, seconds_since(line->begun()));
    load_.heard(line->number(), line->status(), line->text());
    if (!line->is_last()) idle_.push_back(std::move(line));
  }

  const Load& load_;
  int events_;
  Offered offered_;
  std::vector<std::unique_ptr<Line>> idle_;
  std::map<int, std::unique_ptr<Line>> busy_;
  Clock::time_point swept_ = Clock::now();
};

}  // namespace

Offered offer(const Load& load) {
  return Sender(load).run();
}

}  // namespace test
