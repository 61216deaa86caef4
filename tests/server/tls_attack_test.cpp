#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/program.h"

// Clients of TLS that mean harm: who cut the line in the middle, and who want new keys again and again. OpenSSL's own
// library over a real socket, because command line clients are too polite for this.

namespace {

using test::Program;
using ::testing::HasSubstr;
using ::testing::Not;

/// A TLS client that can do what clients should not.
class Client {
 public:
  Client(int port, int version) : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), tls_(nullptr, SSL_free) {
    ::signal(SIGPIPE, SIG_IGN);
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{20, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), descriptor_);
    connected_ = SSL_connect(tls_.get()) == 1;
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(descriptor_); }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] bool send(const std::string& text) {
    return SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  /// Ends our direction without the alert that TLS has for it.
  void cut() const { ::shutdown(descriptor_, SHUT_WR); }
  /// Asks for new keys in the old way (TLS 1.2); whether it was agreed to.
  [[nodiscard]] bool renegotiate() {
    return SSL_renegotiate(tls_.get()) == 1 && SSL_do_handshake(tls_.get()) == 1 &&
           SSL_renegotiate_pending(tls_.get()) == 0 && SSL_num_renegotiations(tls_.get()) > 0 && echoes();
  }
  /// Tells of new keys, and wants the other end's, in the way of TLS 1.3.
  [[nodiscard]] bool update_keys() {
    return SSL_key_update(tls_.get(), SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(tls_.get()) == 1;
  }
  /// Everything that comes until the end.
  [[nodiscard]] std::string rest() {
    std::string all;
    std::array<char, 4096> part{};
    for (int count = 0; (count = SSL_read(tls_.get(), part.data(), static_cast<int>(part.size()))) > 0;)
      all.append(part.data(), static_cast<std::size_t>(count));
    return all;
  }

 private:
  bool echoes() {
    return send("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") &&
           rest().find("200 OK") != std::string::npos;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  int descriptor_ = -1;
  bool connected_ = false;
};

constexpr std::array<int, 2> versions{TLS1_2_VERSION, TLS1_3_VERSION};

std::string ask(const Program& program, const std::string& target) {
  Client client(program.port(), TLS1_3_VERSION);
  (void)client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return client.rest();
}

const std::string head = "POST " + std::string(test::service) +
                         " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n";

std::string chunk(const std::string& text) {
  std::array<char, 32> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  return size.data() + text + "\r\n";
}

}  // namespace

// Each body is a whole call already when the line is cut, but not yet all that was announced.
TEST(TlsAttack, ABodyThatIsCutOffIsNeverJudged) {
  const Program program(test::certificates().environment());
  const std::string call = test::referral_call().text();
  for (const int version : versions) {
    for (const std::string& text :
         {head + "Content-Length: " + std::to_string(call.size() + 1) + "\r\n\r\n" + call,
          head + "Content-Length: " + std::to_string(call.size()) + "\r\n\r\n" + call.substr(0, call.size() / 2),
          head + "Transfer-Encoding: chunked\r\n\r\n" + chunk(call),
          head + "Transfer-Encoding: chunked\r\n\r\n" + chunk(call) + "0\r\n"}) {
      Client client(program.port(), version);
      ASSERT_TRUE(client.connected());
      ASSERT_TRUE(client.send(text));
      client.cut();
      EXPECT_THAT(client.rest(), Not(HasSubstr("cards")));
    }
    Client whole(program.port(), version);
    ASSERT_TRUE(whole.send(head + "Content-Length: " + std::to_string(call.size()) + "\r\n\r\n" + call));
    EXPECT_THAT(whole.rest(), HasSubstr("nsirs-referral"));
  }
  const auto metrics = ask(program, "/metrics");
  EXPECT_THAT(metrics, HasSubstr("sir_cds_assessments_total{outcome=\"nsirs-referral\"} 2\n"))
      << "those that came whole";
}

TEST(TlsAttack, RenegotiationIsRefused) {
  const Program program(test::certificates().environment());
  Client client(program.port(), TLS1_2_VERSION);
  ASSERT_TRUE(client.connected());
  EXPECT_FALSE(client.renegotiate());
  EXPECT_THAT(ask(program, "/health/live"), HasSubstr("200 OK"));
  // In the middle of a body as well.
  Client sly(program.port(), TLS1_2_VERSION);
  ASSERT_TRUE(sly.send(head + "Content-Length: 1000\r\n\r\n{"));
  EXPECT_FALSE(sly.renegotiate());
  EXPECT_THAT(ask(program, "/health/live"), HasSubstr("200 OK"));
}

TEST(TlsAttack, WhoWantsNewKeysWithoutEndStopsNobody) {
  const Program program(test::certificates().environment());
  Client client(program.port(), TLS1_3_VERSION);
  ASSERT_TRUE(client.connected());
  for (int i = 0; i < 5000 && client.update_keys(); ++i) {
    if (i % 1000 == 0) {
      EXPECT_THAT(ask(program, "/health/live"), HasSubstr("200 OK"));
    }
  }
  EXPECT_THAT(ask(program, "/health/live"), HasSubstr("200 OK"));
}
