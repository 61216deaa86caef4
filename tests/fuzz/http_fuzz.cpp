#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "server/app.h"
#include "server/listener.h"

// Whatever bytes come over a connection: they are answered with whole answers and statuses of our own, never with a
// 500, and the same however the network cuts them. The first byte says where they are cut; then come the bytes.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

/// The program without its configuration, listening on the loopback.
class House {
 public:
  House() : app_({knowledge_, server::always(*fhir::read_day("2026-06-15")), metrics_, log_, trust_}, options_) {
    server::ListenerOptions options;
    options.address = "127.0.0.1:0";
    options.io_threads = options.workers = 1;
    options.limits = {.body_bytes = 1U << 18U, .header_bytes = 4096};
    options.limits.shed_time = std::chrono::milliseconds(0);  // a loaded machine answers as an idle one
    options.limits.header_time = options.limits.request_time = options.limits.idle_time = std::chrono::hours(1);
    listener_.emplace(std::move(*server::Listener::bind(options)));
    // The fuzzer is ended by the signals that would only stop the listener.
    for (const int number : {SIGINT, SIGTERM}) std::signal(number, SIG_DFL);
    const std::string url = listener_->url();
    port_ = static_cast<std::uint16_t>(std::atoi(url.substr(url.rfind(':') + 1).c_str()));
    thread_ = std::thread([this] {
      listener_->run({.answer = [this](server::Request request) { return app_.begin(std::move(request)); },
                      .refuse = [this](const server::Refusal& refusal,
                                       const server::Request& request) { return app_.refuse(refusal, request); },
                      .connections_changed_by = [](int) {}});
    });
  }
  House(const House&) = delete;
  House& operator=(const House&) = delete;
  ~House() {
    listener_->stop();
    thread_.join();
  }
  std::uint16_t port() const { return port_; }

 private:
  cards::Knowledge knowledge_ =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  server::Metrics metrics_{"fuzz", knowledge_};
  server::Log log_{"off"};
  server::Trust trust_;
  server::AppOptions options_{.site = {}, .cors = {}, .tryout = true, .program_version = "fuzz"};
  server::App app_;
  std::optional<server::Listener> listener_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

/// The fuzzer's own alarm comes every few seconds, whatever is under way.
template <class Call>
auto again_after_alarm(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

void send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = again_after_alarm([&] { return ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent <= 0) return;  // the server has heard enough
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string everything_from(int descriptor) {
  std::string all;
  std::array<char, 65536> part{};
  for (;;) {
    const auto count = again_after_alarm([&] { return ::recv(descriptor, part.data(), part.size(), 0); });
    if (count <= 0) return all;
    all.append(part.data(), static_cast<std::size_t>(count));
  }
}

/// Sends the bytes in two parts, or in one, and hears what comes back until the end.
std::string talk(std::string_view bytes, std::size_t cut) {
  static House house;
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(house.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connected = again_after_alarm(
      [&] { return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address); });
  check(connected == 0 || errno == EISCONN);
  send_all(descriptor, bytes.substr(0, cut));
  if (cut < bytes.size()) std::this_thread::sleep_for(std::chrono::microseconds(200));
  send_all(descriptor, bytes.substr(cut));
  ::shutdown(descriptor, SHUT_WR);
  std::string answers = everything_from(descriptor);
  ::close(descriptor);
  return answers;
}

std::size_t length_in(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = head.find(name);
  std::size_t length = 0;
  if (at != std::string_view::npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

/// The statuses of answers that follow each other, each of them whole.
std::vector<int> statuses_of(std::string_view answers) {
  constexpr std::string_view begin = "HTTP/1.1 ";
  constexpr std::array<int, 16> ours{100, 200, 204, 400, 404, 405, 408, 411, 412, 413, 415, 417, 422, 431, 501, 503};
  std::vector<int> statuses;
  while (!answers.empty()) {
    check(answers.starts_with(begin));
    const auto end = answers.find("\r\n\r\n");
    check(end != std::string_view::npos);
    const auto head = answers.substr(0, end + 2);
    const int status = std::atoi(std::string(head.substr(begin.size(), 3)).c_str());
    check(std::ranges::find(ours, status) != ours.end());
    check(head.find('\0') == std::string_view::npos);
    if (status != 100) statuses.push_back(status);
    answers.remove_prefix(end + 4);
    // An answer to HEAD tells a length and has no body.
    if (const auto length = length_in(head); !answers.empty() && !answers.starts_with(begin)) {
      check(answers.size() >= length);
      answers.remove_prefix(length);
    }
  }
  return statuses;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = statuses_of(talk(bytes, bytes.size()));
  const auto in_parts = statuses_of(talk(bytes, data[0] * bytes.size() / 256));
  check(whole == in_parts);
  return 0;
}
