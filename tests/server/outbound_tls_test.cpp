#include <gtest/gtest.h>

#include <chrono>

#include "server/outbound.h"
#include "tests/server/certificates.h"
#include "tests/server/fhir_server.h"

// With whom TLS is spoken: with servers whose certificate is good for the name that was asked for, and nobody else. No
// request, and so no token, reaches any other.

namespace {

using test::certificates;
using test::FhirServer;
using test::Identity;

Identity identity(const std::string& name) {
  return {certificates() / (name + ".pem"), certificates() / (name + ".key")};
}

struct Outcome {
  std::string text;  ///< status, or what went wrong
  std::size_t asked = 0;
};

/// Asks a server with this certificate under a name that is resolved to it.
Outcome ask(const Identity& own, const std::string& name, const std::string& ca_file, const std::string& proxy = {}) {
  const FhirServer server(test::always_answers(test::answer_text("{}")), own);
  auto outbound = server::Outbound::make({.ca_file = ca_file, .proxy = proxy, .lookup = [](const std::string&) {
                                            return std::vector<std::string>{"127.0.0.1"};
                                          }});
  if (!outbound) return {outbound.error().what};
  const auto reply = outbound->exchange({.url = "https://" + name + ":" + std::to_string(server.port()) + "/fhir",
                                         .headers = {{"Authorization", "Bearer secret"}},
                                         .body = {},
                                         .reach = server::Reach::listed,
                                         .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10)});
  return {reply ? std::to_string(reply->status) : reply.error().what, server.asked().size()};
}

void expect_refused(const Outcome& outcome, const std::string& why) {
  EXPECT_EQ(outcome.text, "has a certificate that is not accepted (" + why + ")");
  EXPECT_EQ(outcome.asked, 0U);
}

}  // namespace

TEST(OutboundTls, AServerOfOurOwnAuthorityIsAsked) {
  for (const std::string name : {"localhost", "LOCALHOST", "127.0.0.1"}) {
    const auto outcome = ask(identity("server"), name, certificates() / "ca.pem");
    EXPECT_EQ(outcome.text, "200") << name;
    EXPECT_EQ(outcome.asked, 1U);
  }
}

TEST(OutboundTls, TheNameIsTheOneOfTheUrlNotThatOfTheAddress) {
  expect_refused(ask(identity("server"), "ehr.invalid", certificates() / "ca.pem"), "hostname mismatch");
}

TEST(OutboundTls, AuthoritiesThatAreNotTrustedAreRefused) {
  expect_refused(ask(identity("server"), "localhost", certificates() / "clients.pem"),
                 "unable to get local issuer certificate");
  expect_refused(ask(identity("server"), "localhost", ""), "unable to get local issuer certificate");
  expect_refused(ask(identity("ca"), "localhost", certificates() / "clients.pem"), "self-signed certificate");
}

TEST(OutboundTls, ExpiredCertificatesAreRefused) {
  const test::Folder folder;
  const auto said = test::shell("cd " + (folder / "") + R"( &&
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout old.key -out old.csr &&
    printf 'subjectAltName=DNS:localhost\n' > old.ext &&
    openssl x509 -req -in old.csr -days -1 -extfile old.ext -out old.pem -set_serial 7 -CA )" +
                                (certificates() / "ca.pem") + " -CAkey " + (certificates() / "ca.key"));
  ASSERT_EQ(said.status, 0) << said.text;
  expect_refused(ask({folder / "old.pem", folder / "old.key"}, "localhost", certificates() / "ca.pem"),
                 "certificate has expired");
}

TEST(OutboundTls, AFileOfAuthoritiesThatIsNoneStopsTheStart) {
  const test::Folder folder;
  folder.write("empty.pem", "no certificate");
  for (const std::string& file : {folder / "empty.pem", folder / "missing.pem"}) {
    const auto outbound = server::Outbound::make({.ca_file = file, .proxy = {}});
    ASSERT_FALSE(outbound);
    EXPECT_EQ(outbound.error().where, file);
  }
}
