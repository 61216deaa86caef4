#include "tests/server/fhir_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <stdexcept>

namespace test {

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Asked read_head(const std::string& head) {
  Asked asked;
  const auto line_end = head.find("\r\n");
  const auto space = head.find(' ');
  asked.method = head.substr(0, space);
  asked.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
  for (std::size_t at = line_end + 2; at < head.size();) {
    const auto end = head.find("\r\n", at);
    const auto colon = head.find(':', at);
    if (end == std::string::npos || colon == std::string::npos || colon > end) break;
    const auto value = head.find_first_not_of(' ', colon + 1);
    asked.headers[lower(head.substr(at, colon - at))] = head.substr(value, end - value);
    at = end + 2;
  }
  return asked;
}

}  // namespace

std::string Asked::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string Asked::type() const {
  const auto path = target.substr(0, target.find('?'));
  const auto begin = path.find("/fhir/");
  const auto rest = begin == std::string::npos ? path : path.substr(begin + 6);
  return rest.substr(0, rest.find('/'));
}

std::string answer_text(std::string_view body, std::string_view status, std::string_view type,
                        const std::vector<std::string>& headers) {
  std::string text = "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) +
                     "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& header : headers) text += header + "\r\n";
  return text + "\r\n" + std::string(body);
}

FhirServer::Behaviour always_answers(std::string text) {
  return [text = std::move(text)](Wire& wire, const Asked&) { return wire.send(text); };
}

struct FhirServer::Tls {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
};

namespace {

/// A socket, with or without TLS, that gives up when the server ends.
class Channel : public Wire {
 public:
  Channel(int descriptor, SSL_CTX* context, const std::atomic<bool>& ending) : socket_(descriptor), ending_(ending) {
    if (context == nullptr) return;
    tls_.reset(SSL_new(context));
    SSL_set_fd(tls_.get(), descriptor);
    good_ = SSL_accept(tls_.get()) == 1;
  }
  ~Channel() override {
    if (tls_) SSL_shutdown(tls_.get());
    tls_.reset();
    ::shutdown(socket_, SHUT_RDWR);
    ::close(socket_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool send(std::string_view bytes) override {
    while (good_ && !ending_ && !bytes.empty()) {
      // Who has closed is not written to: with a full window that would block until the system gives up.
      pollfd state{socket_, POLLOUT | POLLRDHUP, 0};
      if (::poll(&state, 1, 10) == 0) continue;
      if ((state.revents & POLLRDHUP) != 0) good_ = false;
      if (!good_) break;
      const auto count = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                              : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) continue;
      if (count <= 0) good_ = false;
      if (good_) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return good_ && !ending_;
  }

  bool wait(int milliseconds) override {
    for (int waited = 0; waited < milliseconds && !ending_; waited += 10) {
      pollfd state{socket_, POLLRDHUP, 0};
      if (::poll(&state, 1, 10) > 0) return false;
    }
    return !ending_;
  }

  std::optional<Asked> receive() {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
      if (!fill()) return std::nullopt;
    Asked asked = read_head(pending_.substr(0, end + 2));
    pending_.erase(0, end + 4);
    const auto length = static_cast<std::size_t>(std::atoll(asked.header("content-length").c_str()));
    while (pending_.size() < length)
      if (!fill()) return std::nullopt;
    asked.body = pending_.substr(0, length);
    pending_.erase(0, length);
    return asked;
  }

 private:
  bool fill() {
    std::array<char, 16384> buffer{};
    while (good_ && !ending_) {
      pollfd state{socket_, POLLIN, 0};
      if (!(tls_ && SSL_pending(tls_.get()) > 0) && ::poll(&state, 1, 10) == 0) continue;
      const auto count = tls_ ? SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()))
                              : ::recv(socket_, buffer.data(), buffer.size(), 0);
      good_ = count > 0;
      if (good_) pending_.append(buffer.data(), static_cast<std::size_t>(count));
      return good_;
    }
    return false;
  }

  int socket_;
  const std::atomic<bool>& ending_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  std::string pending_;
  bool good_ = true;
};

}  // namespace

FhirServer::FhirServer(Behaviour behaviour, const Identity& identity, const std::string& address)
    : behaviour_(std::move(behaviour)) {
  if (!identity.certificate.empty()) {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to clients that have gone
    tls_ = std::make_shared<Tls>();
    if (SSL_CTX_use_certificate_chain_file(tls_->context.get(), identity.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_->context.get(), identity.key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("no identity");
  }
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  socklen_t size = sizeof place;
  if (::bind(listening_, reinterpret_cast<sockaddr*>(&place), size) != 0 || ::listen(listening_, 1024) != 0)
    throw std::runtime_error("cannot listen");
  ::getsockname(listening_, reinterpret_cast<sockaddr*>(&place), &size);
  port_ = ntohs(place.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

FhirServer::~FhirServer() {
  ending_ = true;
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listening_);
}

std::string FhirServer::origin() const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

std::vector<Asked> FhirServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void FhirServer::accept() {
  while (!ending_) {
    pollfd state{listening_, POLLIN, 0};
    if (::poll(&state, 1, 10) <= 0) continue;
    const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    ++connections_;
    threads_.emplace_back([this, descriptor] { serve(descriptor); });
  }
}

void FhirServer::serve(int descriptor) {
  Channel channel(descriptor, tls_ ? tls_->context.get() : nullptr, ending_);
  for (;;) {
    const auto asked = channel.receive();
    if (!asked) return;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(*asked);
    }
    if (!behaviour_(channel, *asked)) return;
  }
}

}  // namespace test
