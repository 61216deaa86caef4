#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>

#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// TLS in the program and in a proxy before it. The clients are curl and openssl, because they are not ours.

namespace {

using namespace std::chrono_literals;
using test::certificates;
using test::Program;
using test::shell;
using ::testing::HasSubstr;
using ::testing::Not;

std::string address_of(const Program& program, const std::string& path) {
  return "https://localhost:" + std::to_string(program.port()) + path;
}

/// The status that curl sees: "200"; "000" when there was no answer.
std::string status_of(const std::string& options, const std::string& url) {
  return shell("timeout 30 curl -s -o /dev/null -w '%{http_code}' --cacert " + (certificates() / "ca.pem") + " " +
               options + " " + url)
      .text;
}

/// What `openssl s_client` says of a handshake.
std::string handshake(const Program& program, const std::string& options) {
  return shell("timeout 30 openssl s_client -connect localhost:" + std::to_string(program.port()) + " -CAfile " +
               (certificates() / "ca.pem") + " " + options)
      .text;
}

std::vector<std::string> with(std::vector<std::string> environment, const std::vector<std::string>& more) {
  environment.insert(environment.end(), more.begin(), more.end());
  return environment;
}

}  // namespace

// "TLS 1.0/1.1 client: handshake refused; 1.2/1.3 fine"
TEST(Tls, CH206_VersionsBefore1_2AreRefused) {
  const Program program(certificates().environment());
  EXPECT_EQ(status_of("--tlsv1.2 --tls-max 1.2", address_of(program, "/cds-services")), "200");
  EXPECT_EQ(status_of("--tlsv1.3", address_of(program, "/cds-services")), "200");
  for (const std::string version : {"-tls1", "-tls1_1"})
    EXPECT_THAT(handshake(program, version + " -cipher ALL:@SECLEVEL=0"), HasSubstr("alert protocol version"));
}

TEST(Tls, CiphersWithoutForwardSecrecyAreRefused) {
  const Program program(certificates().environment());
  for (const std::string cipher : {"AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES256-GCM-SHA384", "aNULL"})
    EXPECT_THAT(handshake(program, "-tls1_2 -cipher " + cipher + ":@SECLEVEL=0"), HasSubstr("alert handshake failure"))
        << cipher;
  EXPECT_THAT(handshake(program, "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256"), HasSubstr("Verification: OK"));
}

TEST(Tls, ClientsThatOfferHttp2GetHttp1) {
  const Program program(certificates().environment());
  EXPECT_THAT(handshake(program, "-alpn h2,http/1.1"), HasSubstr("ALPN protocol: http/1.1"));
  EXPECT_EQ(status_of("--http2", address_of(program, "/cds-services")), "200");
}

TEST(Tls, CallsOfEverySizeAreAnswered) {
  const Program program(certificates().environment());
  const std::string body = test::referral_call().text();
  for (const std::size_t padding : {0U, 20'000U, 3'000'000U}) {
    const test::TemporaryFile file(std::string(padding, ' ') + body);
    for (const std::string form : {"", "-H 'Transfer-Encoding: chunked'", "-H 'Expect: 100-continue'"}) {
      const auto said =
          shell("timeout 60 curl -s --cacert " + (certificates() / "ca.pem") + " -H 'Content-Type: application/json' " +
                form + " --data-binary @" + file.path() + " " + address_of(program, std::string(test::service)));
      EXPECT_THAT(said.text, HasSubstr("nsirs-referral")) << padding << form;
    }
  }
}

TEST(Tls, ConnectionsAreKept) {
  const Program program(certificates().environment());
  const auto url = address_of(program, "/criteria");
  const auto said = shell(
      "timeout 30 curl -s -o /dev/null -o /dev/null -o /dev/null -w '%{http_code} %{num_connects}\\n' "
      "--cacert " +
      (certificates() / "ca.pem") + " " + url + " " + url + " " + url);
  EXPECT_EQ(said.text, "200 1\n200 0\n200 0\n");
}

TEST(Tls, HttpOnTheTlsPortEndsCleanly) {
  const Program program(certificates().environment());
  test::Socket socket(program.port());
  socket.send("GET /cds-services HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.finish_sending();
  EXPECT_THAT(socket.receive_rest(), Not(HasSubstr("HTTP/1.1")));
  EXPECT_EQ(status_of("", address_of(program, "/health/live")), "200");
  EXPECT_THAT(
      shell("timeout 30 curl -s --cacert " + (certificates() / "ca.pem") + " " + address_of(program, "/metrics")).text,
      HasSubstr("sir_cds_failed_handshakes_total 1\n"));
}

TEST(Tls, ASlowHandshakeIsEnded) {
  const Program program(with(certificates().environment(), {"SIR_CDS_LIMITS_HEADER_SECONDS=1"}));
  test::Socket silent(program.port());
  EXPECT_TRUE(silent.closes_within(15s));
  test::Socket stuck(program.port());
  stuck.send(std::string("\x16\x03\x01\x02\x00\x01", 6));  // the first bytes of a ClientHello
  EXPECT_TRUE(stuck.closes_within(15s));
  EXPECT_EQ(status_of("", address_of(program, "/health/live")), "200");
}

TEST(Tls, NoiseEndsTheConnectionAndNothingElse) {
  const Program program(certificates().environment());
  for (const auto& noise : {std::string(3000, '\0'), std::string(3000, '\xff'),
                            std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'a'),
                            std::string("\x80\x2e\x01\x00\x02", 5) + std::string(60, 'b')}) {
    test::Socket socket(program.port());
    socket.send(noise);
    socket.finish_sending();
    (void)socket.receive_rest();
  }
  EXPECT_TRUE(program.alive());
  EXPECT_EQ(status_of("", address_of(program, "/health/live")), "200");
}

TEST(Tls, ANewCertificateIsTakenAtSighupAndABrokenOneIsNot) {
  const test::Certificates own;
  const Program program(own.environment());
  const auto subject = [&] {
    return shell("timeout 30 openssl s_client -connect localhost:" + std::to_string(program.port()) +
                 " | openssl x509 -noout -subject")
        .text;
  };
  EXPECT_THAT(subject(), HasSubstr("CN = server"));
  own.replace("server", "renewed");
  EXPECT_THAT(subject(), HasSubstr("CN = server"));
  program.signal(SIGHUP);
  ASSERT_TRUE(program.comes_to_say("the certificate was read again"));
  EXPECT_THAT(subject(), HasSubstr("CN = renewed"));
  own.write("server.pem", "broken");
  program.signal(SIGHUP);
  ASSERT_TRUE(program.comes_to_say("the old certificate stays: "));
  EXPECT_THAT(subject(), HasSubstr("CN = renewed"));
  own.replace("server", "renewed");
  own.write("server.key", shell("cat " + (own / "ca.key")).text);  // a key that is not the certificate's
  program.signal(SIGHUP);
  ASSERT_TRUE(program.comes_to_say("server.key cannot be read as the PEM private key of the certificate"));
  EXPECT_THAT(subject(), HasSubstr("CN = renewed"));
}

// "mutual TLS enabled, client without certificate: handshake fails; discovery also protected"
TEST(Tls, CH207_WithoutACertificateAClientThatNeedsOneIsTurnedAway) {
  const Program program(
      with(certificates().environment(), {"SIR_CDS_TLS_CLIENT_CA_FILE=" + (certificates() / "clients.pem")}));
  const auto discovery = address_of(program, "/cds-services");
  const auto with_certificate = [](const std::string& name) {
    return "--cert " + (certificates() / (name + ".pem")) + " --key " + (certificates() / (name + ".key"));
  };
  for (const std::string version : {"--tls-max 1.2 ", "--tlsv1.3 "}) {
    EXPECT_EQ(status_of(version, discovery), "000");
    EXPECT_EQ(status_of(version + with_certificate("server"), discovery), "000");  // another authority signed it
    EXPECT_EQ(status_of(version + with_certificate("client"), discovery), "200");
  }
}

TEST(Tls, ClientCertificatesMayBeOptional) {
  const Program program(
      with(certificates().environment(), {"SIR_CDS_TLS_CLIENT_CA_FILE=" + (certificates() / "clients.pem"),
                                          "SIR_CDS_TLS_CLIENT_CERTIFICATE_NEEDED=false"}));
  const auto discovery = address_of(program, "/cds-services");
  EXPECT_EQ(status_of("", discovery), "200");
  EXPECT_EQ(
      status_of("--cert " + (certificates() / "client.pem") + " --key " + (certificates() / "client.key"), discovery),
      "200");
}

TEST(Tls, FilesThatCannotBeUsedStopTheStart) {
  const auto start = [](const std::string& certificate, const std::string& key) {
    return test::run({"serve", "--listen", "127.0.0.1:0"}, "",
                     {"SIR_CDS_TLS_CERTIFICATE_FILE=" + certificate, "SIR_CDS_TLS_KEY_FILE=" + key});
  };
  const auto missing = start("/nowhere/a.pem", "/nowhere/a.key");
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.errors,
            "sir-cds: SIR_CDS_TLS_CERTIFICATE_FILE: /nowhere/a.pem cannot be read as a PEM certificate\n");
  const auto stranger = start(certificates() / "server.pem", certificates() / "client.key");
  EXPECT_EQ(stranger.status, 1);
  EXPECT_THAT(stranger.errors, HasSubstr("client.key cannot be read as the PEM private key of the certificate\n"));
}

TEST(Tls, TheEndIsCleanWithConnectionsThatRest) {
  Program program(certificates().environment());
  test::Socket silent(program.port());
  const auto kept =
      shell("(printf 'GET /health/live HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'; sleep 1; kill -TERM " +
            std::to_string(program.id()) +
            "; sleep 2) | timeout 30 openssl s_client -quiet -connect localhost:" + std::to_string(program.port()));
  EXPECT_THAT(kept.text, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_EQ(program.wait(30s), 0);
}

namespace {

/// nginx in front of the program, as it would stand at a site: it ends TLS and passes the path on.
class Proxy {
 public:
  Proxy() = default;
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy() { (void)nginx("-s stop"); }
  /// Starts, and sends what comes to the program.
  void pass_to(const Program& program) const {
    folder_.write("nginx.conf", config(program.port()));
    if (const auto said = nginx(""); said.status != 0) throw std::runtime_error("nginx: " + said.text);
  }
  /// The address that clients know.
  [[nodiscard]] std::string url() const { return "https://localhost:" + std::to_string(port_) + "/advice"; }

 private:
  [[nodiscard]] test::Said nginx(const std::string& more) const {
    return shell("timeout 30 /usr/sbin/nginx -p " + (folder_ / "") + " -c nginx.conf -e error.log " + more);
  }
  [[nodiscard]] std::string config(int behind) const {
    return "pid nginx.pid;\nworker_processes 1;\nuser root;\nevents {}\nhttp {\naccess_log off;\n"
           "client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path f;\nuwsgi_temp_path u;\n"
           "scgi_temp_path s;\nserver {\nlisten 127.0.0.1:" +
           std::to_string(port_) + " ssl;\nssl_certificate " + (certificates() / "server.pem") +
           ";\nssl_certificate_key " + (certificates() / "server.key") +
           ";\nlocation /advice/ {\nproxy_pass http://127.0.0.1:" + std::to_string(behind) + "/;\n}\n}\n}\n";
  }
  test::Folder folder_;
  int port_ = test::free_port();
};

}  // namespace

// Tokens are meant for the address that clients know, whatever Host and path the proxy passes on.
TEST(Tls, BehindAProxyTheAudienceIsThePublicAddress) {
  const test::SigningKey key("P-384");
  const test::TemporaryFile keys(key.jwks());
  const Proxy proxy;
  const Program program(
      {"SIR_CDS_SERVER_PROFILE=production", "SIR_CDS_SERVER_TLS_PROXY=true", "SIR_CDS_KNOWLEDGE_ALLOW_DRAFT=true",
       "SIR_CDS_SERVER_PUBLIC_BASE_URL=" + proxy.url(),
       R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jwks_file = ")" + keys.path() + "\"}"});
  proxy.pass_to(program);
  const test::TemporaryFile body(test::referral_call().text());
  const auto call = [&](const std::string& audience, const std::string& more = "") {
    test::Claims claims = test::Claims::today();
    claims.aud = "\"" + audience + "\"";
    return status_of("-H 'Content-Type: application/json' --data-binary @" + body.path() +
                         " -H 'Authorization: " + test::bearer(claims.signed_by(key)) + "' " + more,
                     proxy.url() + std::string(test::service));
  };
  const std::string service(test::service);
  EXPECT_EQ(status_of("", proxy.url() + "/cds-services"), "200");
  EXPECT_EQ(call(proxy.url() + service), "200");
  EXPECT_EQ(call("http://127.0.0.1:" + std::to_string(program.port()) + service), "401");
  EXPECT_EQ(call("https://evil.example" + service, "-H 'Host: evil.example' -H 'X-Forwarded-Host: evil.example'"),
            "401");
  EXPECT_EQ(call(proxy.url() + service, "-H 'Host: evil.example'"), "200");
}
