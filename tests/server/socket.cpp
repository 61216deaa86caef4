#include "tests/server/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace test {

namespace {

constexpr int patience_ms = 20'000;

std::string lower_case(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

Answer read_head(std::string_view head) {
  Answer answer;
  if (!head.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::atoi(std::string(head.substr(9, 3)).c_str());
  auto line = head.find("\r\n");
  while (line != std::string_view::npos && line + 2 < head.size()) {
    head.remove_prefix(line + 2);
    line = head.find("\r\n");
    const auto text = head.substr(0, line);
    const auto colon = text.find(": ");
    if (colon == std::string_view::npos) continue;
    std::string& value = answer.headers[lower_case(std::string(text.substr(0, colon)))];
    value += (value.empty() ? "" : ", ") + std::string(text.substr(colon + 2));
  }
  return answer;
}

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Socket::Socket(int port, const char* from) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = ::inet_addr(from);
  const bool elsewhere = own.sin_addr.s_addr != address.sin_addr.s_addr;
  if (elsewhere) (void)::bind(descriptor_, reinterpret_cast<const sockaddr*>(&own), sizeof own);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    throw std::runtime_error("cannot connect");
  }
  const int yes = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

Socket::Socket(Socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), pending_(std::move(other.pending_)) {}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void Socket::finish_sending() {
  ::shutdown(descriptor_, SHUT_WR);
}

void Socket::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(descriptor_, -1));
}

bool Socket::fill() {
  pollfd wanted{descriptor_, POLLIN, 0};
  if (::poll(&wanted, 1, patience_ms) <= 0) return false;
  std::array<char, 65536> bytes{};
  const auto count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  pending_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

Answer Socket::receive(bool to_head) {
  for (;;) {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
      if (!fill()) return {};
    Answer answer = read_head(std::string_view(pending_).substr(0, end + 2));
    pending_.erase(0, end + 4);
    if (answer.status >= 100 && answer.status < 200) continue;
    const auto length = static_cast<std::size_t>(std::atoll(answer.header("content-length").c_str()));
    while (!to_head && pending_.size() < length)
      if (!fill()) return {};
    if (!to_head) answer.body = pending_.substr(0, length), pending_.erase(0, length);
    return answer;
  }
}

bool Socket::receive_continue() {
  constexpr std::string_view wanted = "HTTP/1.1 100 Continue\r\n\r\n";
  while (pending_.size() < wanted.size())
    if (!fill()) return false;
  const bool came = pending_.starts_with(wanted);
  if (came) pending_.erase(0, wanted.size());
  return came;
}

bool Socket::closes_within(std::chrono::milliseconds time) {
  pollfd wanted{descriptor_, POLLIN, 0};
  if (!pending_.empty() || ::poll(&wanted, 1, static_cast<int>(time.count())) <= 0) return false;
  char byte = 0;
  return ::recv(descriptor_, &byte, 1, 0) <= 0;
}

std::string Socket::receive_rest() {
  while (fill()) {
  }
  return std::exchange(pending_, {});
}

std::string request(std::string_view method, std::string_view target, std::string_view body,
                    const std::vector<std::string>& headers) {
  std::string text =
      std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
  for (const auto& header : headers) text += header + "\r\n";
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(body);
}

Answer ask(int port, std::string_view method, std::string_view target, std::string_view body,
           const std::vector<std::string>& headers) {
  Socket socket(port);
  socket.send(request(method, target, body, headers));
  return socket.receive(method == "HEAD");
}

Answer post(int port, std::string_view target, std::string_view body, const std::vector<std::string>& headers) {
  return ask(port, "POST", target, body, headers);
}

Answer send_raw(int port, std::string_view bytes) {
  Socket socket(port);
  socket.send(bytes);
  return socket.receive();
}

}  // namespace test
