// Puts load on an HTTP server and prints what it saw, as one line of JSON. One thread, so that it can be given a core
// of its own. Usage: load PORT PATH BODY-FILE CONNECTIONS SECONDS [RATE] Without RATE each connection asks again as
// soon as it is answered (closed loop). With RATE (requests a second) requests fall due by the clock whether the server
// keeps up or not, and each is timed from the moment at which it was due.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Plan {
  std::uint16_t port = 0;
  std::string request;
  std::size_t connections = 1;
  double seconds = 1;
  double rate = 0;  ///< 0: closed loop
};

[[noreturn]] void give_up(const char* why) {
  std::perror(why);
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) give_up("connect");
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(descriptor, F_SETFL, O_NONBLOCK);
  return descriptor;
}

/// One connection: idle, sending, or waiting for the answer.
class Exchange {
 public:
  Exchange(const Plan& plan, int epoll) : request_(plan.request), descriptor_(connect_to(plan.port)), epoll_(epoll) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = this}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor_, &event);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() { close(descriptor_); }

  [[nodiscard]] Clock::time_point due() const { return due_; }
  [[nodiscard]] bool succeeded() const { return answer_.starts_with("HTTP/1.1 200"); }

  void begin(Clock::time_point due) {
    due_ = due;
    sent_ = 0;
    answer_.clear();
    send_more();
  }

  void send_more() {
    while (sent_ < request_.size()) {
      const auto count = send(descriptor_, request_.data() + sent_, request_.size() - sent_, MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) give_up("send");
      if (count < 0) break;
      sent_ += static_cast<std::size_t>(count);
    }
    const bool wants = sent_ < request_.size();
    if (wants == wants_to_send_) return;
    wants_to_send_ = wants;
    epoll_event event{.events = wants ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.ptr = this}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor_, &event);
  }

  /// True when the answer is whole.
  bool receive() {
    std::array<char, 65536> buffer;
    const auto count = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EAGAIN) return false;
    if (count <= 0) give_up("the server closed a connection");
    answer_.append(buffer.data(), static_cast<std::size_t>(count));
    const auto head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const auto field = answer_.find("ontent-Length: ");
    const std::size_t length = field < head ? std::strtoul(answer_.c_str() + field + 15, nullptr, 10) : 0;
    return answer_.size() >= head + 4 + length;
  }

 private:
  const std::string& request_;
  int descriptor_;
  int epoll_;
  std::size_t sent_ = 0;
  bool wants_to_send_ = false;
  std::string answer_;
  Clock::time_point due_;
};

/// All connections for the length of the plan.
class Load {
 public:
  explicit Load(const Plan& plan) : plan_(plan), epoll_(epoll_create1(0)) {
    for (std::size_t i = 0; i < plan.connections; ++i) idle_.push_back(&exchanges_.emplace_back(plan, epoll_));
  }
  ~Load() { close(epoll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void run() {
    began_ = Clock::now();
    const auto end = began_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(plan_.seconds));
    std::array<epoll_event, 256> events{};
    for (auto now = began_; now < end; now = Clock::now()) {
      begin_what_is_due(now);
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), plan_.rate > 0 ? 0 : 100);
      for (int i = 0; i < count; ++i) attend(events[static_cast<std::size_t>(i)]);
    }
    took_ = std::chrono::duration<double>(Clock::now() - began_).count();
  }

  void print() {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    const auto at = [&](double share) {
      return milliseconds_.empty()
                 ? 0.0
                 : milliseconds_[static_cast<std::size_t>(share * static_cast<double>(milliseconds_.size() - 1))];
    };
    std::printf(
        "{\"requests\": %zu, \"failed\": %zu, \"per_second\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
        "\"p999_ms\": %.3f, \"max_ms\": %.3f}\n",
        milliseconds_.size(), failed_, static_cast<double>(milliseconds_.size()) / took_, at(0.5), at(0.99), at(0.999),
        at(1));
  }

 private:
  void begin_what_is_due(Clock::time_point now) {
    while (!idle_.empty()) {
      auto due = now;
      if (plan_.rate > 0) {
        due = began_ + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(begun_) / plan_.rate));
        if (due > now) return;
      }
      ++begun_;
      Exchange* const exchange = idle_.front();
      idle_.pop_front();
      exchange->begin(due);
    }
  }

  void attend(const epoll_event& event) {
    auto* const exchange = static_cast<Exchange*>(event.data.ptr);
    if ((event.events & EPOLLOUT) != 0) exchange->send_more();
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0 || !exchange->receive()) return;
    milliseconds_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - exchange->due()).count());
    if (!exchange->succeeded()) ++failed_;
    idle_.push_back(exchange);
  }

  const Plan& plan_;
  int epoll_;
  std::deque<Exchange> exchanges_;
  std::deque<Exchange*> idle_;
  std::vector<double> milliseconds_;
  std::size_t begun_ = 0;
  std::size_t failed_ = 0;
  Clock::time_point began_;
  double took_ = 0;
};

}  // namespace

int main(int count, char** words) {
  if (count < 6) {
    std::fputs("usage: load PORT PATH BODY-FILE CONNECTIONS SECONDS [RATE]\n", stderr);
    return 2;
  }
  std::ostringstream body;
  body << std::ifstream(words[3], std::ios::binary).rdbuf();
  Plan plan;
  plan.port = static_cast<std::uint16_t>(std::atoi(words[1]));
  plan.request = std::string("POST ") + words[2] +
                 " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
                 std::to_string(body.str().size()) + "\r\n\r\n" + body.str();
  plan.connections = static_cast<std::size_t>(std::atoi(words[4]));
  plan.seconds = std::atof(words[5]);
  if (count > 6) plan.rate = std::atof(words[6]);
  Load load(plan);
  load.run();
  load.print();
  return 0;
}
