#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <sstream>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/fhir_server.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// Group I of the conformance checklist with the real program: who calls, and what strangers hear.

namespace {

using test::ask;
using test::bearer;
using test::Claims;
using test::post;
using test::SigningKey;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string base_url = "https://cds.example.org";
const std::string service(test::service);

/// The program, believing one EHR.
struct House {
  SigningKey key{"P-384"};
  SigningKey rsa{"RSA"};
  test::TemporaryFile keys{R"({"keys":[)" + key.jwk("key-1") + "," + rsa.jwk("rsa-1") + "]}"};
  test::Program program;

  explicit House(const std::string& more_issuer = "", std::vector<std::string> environment = {})
      : program(with_issuer(more_issuer, std::move(environment))) {}

  [[nodiscard]] int port() const { return program.port(); }
  [[nodiscard]] std::string token(Claims claims = Claims::today()) const { return claims.signed_by(key); }
  [[nodiscard]] test::Answer call(const std::string& token, const std::string& target = service) const {
    return post(port(), target, test::referral_call().text(), headers(token));
  }
  static std::vector<std::string> headers(const std::string& token) {
    return {"Content-Type: application/json", "Authorization: " + bearer(token)};
  }

 private:
  std::vector<std::string> with_issuer(const std::string& more, std::vector<std::string> environment) const {
    environment.push_back("SIR_CDS_SERVER_PUBLIC_BASE_URL=" + base_url);
    environment.push_back(R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jwks_file = ")" + keys.path() +
                          "\"" + more + "}");
    return environment;
  }
};

Claims for_address(const std::string& path) {
  Claims claims = Claims::today();
  claims.aud = "\"" + base_url + path + "\"";
  return claims;
}

}  // namespace

// "no Authorization header on service/feedback: 401 + `WWW-Authenticate: Bearer`, no reason in body"; "feedback with
// JWT required, none given: 401"
TEST(Authentication, CH178_CH177_WithoutATokenTheAnswerIs401) {
  const House house;
  for (const auto& target :
       {service, service + "/feedback", std::string("/explain"), std::string("/cds-services/no-such-service")}) {
    const auto answer = post(house.port(), target, test::referral_call().text());
    EXPECT_EQ(answer.status, 401) << target;
    EXPECT_EQ(answer.header("www-authenticate"), "Bearer") << target;
    EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
  }
}

TEST(Authentication, CH179_CH180_AGoodTokenIsAnsweredWithCards) {
  const House house;
  EXPECT_THAT(house.call(house.token()).body, HasSubstr("nsirs-referral"));
  Claims claims = Claims::today();
  claims.alg = R"("RS384")";
  claims.kid = R"("rsa-1")";
  EXPECT_THAT(house.call(claims.signed_by(house.rsa)).body, HasSubstr("nsirs-referral"));
  EXPECT_EQ(house.call(house.token(for_address("/explain")), "/explain").status, 200);
  const auto feedback = house.call(house.token(for_address(service + "/feedback")), service + "/feedback");
  EXPECT_NE(feedback.status, 401);
  EXPECT_EQ(house.call(house.token(for_address("/cds-services/other")), "/cds-services/other").status, 404);
}

TEST(Authentication, WhatNeedsNoTokenStaysOpen) {
  const House house;
  for (const std::string target : {"/", "/criteria", "/cds-services", "/health/live", "/health/ready", "/metrics"})
    EXPECT_EQ(ask(house.port(), "GET", target).status, 200) << target;
  const std::vector<std::string> preflight{"Origin: https://sandbox.example", "Access-Control-Request-Method: POST"};
  for (const auto& target : {service, service + "/feedback", std::string("/explain")})
    EXPECT_EQ(ask(house.port(), "OPTIONS", target, {}, preflight).status, 204) << target;
  EXPECT_EQ(ask(house.port(), "GET", service).status, 405);
}

TEST(Authentication, DiscoveryAndMetricsCanBeProtected) {
  const House house("", {"SIR_CDS_TRUST_ALSO_PROTECTED=discovery,metrics"});
  for (const std::string target : {"/cds-services", "/metrics"}) {
    EXPECT_EQ(ask(house.port(), "GET", target).status, 401) << target;
    EXPECT_EQ(ask(house.port(), "HEAD", target).status, 401) << target;
    EXPECT_EQ(ask(house.port(), "GET", target, {}, House::headers(house.token(for_address(target)))).status, 200);
    EXPECT_EQ(ask(house.port(), "OPTIONS", target).status, 204);
  }
}

// "every 401: same body … for all causes (no detail)"
TEST(Authentication, CH198_NobodyHearsWhyHeIsRefused) {
  const House house;
  const auto bent = [&](std::string Claims::*member, const std::string& value) {
    Claims claims = Claims::today();
    claims.*member = value;
    return house.token(claims);
  };
  const auto used = house.token();
  ASSERT_EQ(house.call(used).status, 200);
  const auto plain = post(house.port(), service, test::referral_call().text());
  for (const auto& token :
       {used, bent(&Claims::iss, R"("https://evil.example")"), bent(&Claims::aud, R"("https://evil.example")"),
        bent(&Claims::exp, "1"), bent(&Claims::iat, "99999999999"), bent(&Claims::jti, ""), bent(&Claims::typ, ""),
        bent(&Claims::kid, R"("other")"), bent(&Claims::jku, R"("https://evil.example/")"),
        bent(&Claims::alg, R"("none")"), Claims::today().signed_by(SigningKey("P-384")), std::string("x.y.z")}) {
    const auto answer = house.call(token);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body, plain.body);
    auto headers = answer.headers;
    auto plain_headers = plain.headers;
    for (const auto* own : {"date", "x-request-id"}) headers.erase(own), plain_headers.erase(own);
    EXPECT_EQ(headers, plain_headers);
  }
}

TEST(Authentication, TheSiteHearsWhySomebodyWasRefused) {
  const House house;
  Claims late = Claims::today();
  late.exp = "1";
  Claims stranger = Claims::today();
  stranger.iss = R"("https://evil.example")";
  (void)house.call(house.token(late));
  (void)house.call(house.token(stranger));
  (void)post(house.port(), service, "{}");
  const auto metrics = ask(house.port(), "GET", "/metrics").body;
  for (const std::string reason : {"expired", "issuer", "no-token"})
    EXPECT_THAT(metrics, HasSubstr("sir_cds_refused_callers_total{reason=\"" + reason + "\"} 1\n"));
  EXPECT_THAT(house.program.log(), HasSubstr(R"("issuer":"https://ehr.example/fhir","refused":"expired")"));
  EXPECT_THAT(house.program.log(), Not(HasSubstr("evil.example")));
}

TEST(Authentication, TheLogNamesTheCaller) {
  const House house;
  Claims claims = Claims::today();
  claims.jti = R"("one-token")";
  claims.tenant = R"("ward-7")";
  ASSERT_EQ(house.call(house.token(claims)).status, 200);
  EXPECT_THAT(house.program.log(),
              HasSubstr(R"("issuer":"https://ehr.example/fhir","tenant":"ward-7","jti":"one-token")"));
}

TEST(Authentication, TheCareTierOfACardIsThatOfTheCaller) {
  const House core;
  const House hospital(R"(, care_tier = "hospital")");
  const auto detail_of = [](const House& house) { return house.call(house.token()).body; };
  const auto in_hospital = detail_of(hospital);
  EXPECT_NE(detail_of(core).substr(60), in_hospital.substr(60));
  const House site("", {"SIR_CDS_SITE_CARE_TIER=hospital"});
  const auto without_uuids = [](const std::string& text) { return text.substr(text.find("\"detail\""), 1500); };
  EXPECT_EQ(without_uuids(detail_of(site)), without_uuids(in_hospital));
}

// "1 MB token"
TEST(Authentication, AnEnormousTokenEndsInAnAnswer) {
  const House house;
  EXPECT_EQ(house.call(std::string(1'000'000, 'x')).status, 431);
  const House patient("", {"SIR_CDS_LIMITS_HEADER_BYTES=1048576"});
  EXPECT_EQ(patient.call(std::string(1'000'000, 'x')).status, 431);
  EXPECT_EQ(patient.call(std::string(60'000, 'x')).status, 401);
  EXPECT_THAT(ask(patient.port(), "GET", "/metrics").body, HasSubstr("{reason=\"too-large\"} 1\n"));
}

TEST(Authentication, CH193_AStormOfUnknownKeysReadsTheKeysOnce) {
  const House house;
  for (int i = 0; i < 50; ++i) {
    Claims claims = Claims::today();
    claims.kid = "\"storm-" + std::to_string(i) + "\"";
    EXPECT_EQ(house.call(house.token(claims)).status, 401);
  }
  EXPECT_THAT(ask(house.port(), "GET", "/metrics").body, HasSubstr("sir_cds_key_fetches_total{result=\"read\"} 2\n"));
}

TEST(Authentication, CH199_ANewKeyIsBelievedWithoutARestart) {
  const House house;
  const SigningKey next("P-384");
  Claims claims = Claims::today();
  claims.kid = R"("key-2")";
  house.keys.write(next.jwks("key-2"));
  EXPECT_EQ(house.call(claims.signed_by(next)).status, 200);
  EXPECT_EQ(house.call(house.token()).status, 200);
}

TEST(Authentication, CH200_KeysThatAreBrokenLaterLockNobodyOut) {
  const House house;
  house.keys.write("<html>");
  Claims unknown = Claims::today();
  unknown.kid = R"("other")";
  EXPECT_EQ(house.call(house.token(unknown)).status, 401);
  EXPECT_EQ(house.call(house.token()).status, 200);
  EXPECT_THAT(ask(house.port(), "GET", "/metrics").body, HasSubstr("sir_cds_key_fetches_total{result=\"failed\"} 1\n"));
}

// "auth=off (test profile) with a garbage Authorization header: 200 (sandbox always sends one)"
TEST(Authentication, CH204_WithoutIssuersWhateverTheClientSendsIsGood) {
  const int port = test::shared_program().port();
  for (const std::string authorization : {"Bearer garbage", "Basic x", "\xff"})
    EXPECT_EQ(post(port, service, test::referral_call().text(),
                   {"Content-Type: application/json", "Authorization: " + authorization})
                  .status,
              200);
}

TEST(Authentication, AKeyFileThatCannotBeReadStopsTheStart) {
  const auto started_with = [](const std::string& path) {
    return test::run({"serve", "--listen", "127.0.0.1:0"}, "",
                     {R"(SIR_CDS_TRUST_ISSUER={iss = "https://a.example", jwks_file = ")" + path + "\"}"});
  };
  const auto missing = started_with("/nowhere/keys.json");
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.errors,
              HasSubstr("sir-cds: SIR_CDS_TRUST_ISSUER[0].jwks_file: /nowhere/keys.json cannot be read\n"));
  const test::TemporaryFile broken("{}");
  EXPECT_EQ(started_with(broken.path()).status, 1);
}

// "run the whole suite, then search logs/stdout/core for any access_token or JWT"
TEST(Authentication, CH202_NothingSecretIsPrinted) {
  std::vector<std::string> secrets{"fhir-access-token-7f3a", "store-password-91c", "Bearer"};
  const House house("",
                    {"SIR_CDS_LOG_LEVEL=debug", "SIR_CDS_STORE_URL=postgresql://user:store-password-91c@nowhere/db"});
  test::Call call = test::referral_call();
  call.more = R"(,"fhirServer":"https://fhir.example","fhirAuthorization":{"access_token":"fhir-access-token-7f3a",)"
              R"("token_type":"Bearer","expires_in":300,"scope":"patient/*.read","subject":"x"})";
  const auto say = [&](const std::string& method, const std::string& target, const std::string& token) {
    std::istringstream parts(token);
    for (std::string part; std::getline(parts, part, '.');) secrets.push_back(part.substr(0, 40));
    return ask(house.port(), method, target, method == "GET" ? "" : call.text(), House::headers(token));
  };
  const auto good = house.token();
  EXPECT_EQ(say("POST", service, good).status, 200);
  EXPECT_EQ(say("POST", service, good).status, 401);
  for (const auto member : {&Claims::alg, &Claims::typ, &Claims::kid, &Claims::iss, &Claims::aud, &Claims::exp}) {
    Claims claims = Claims::today();
    claims.*member = "";
    EXPECT_EQ(say("POST", service, house.token(claims)).status, 401);
  }
  (void)say("GET", "/cds-services", good);
  (void)say("TRACE", "/cds-services", good);
  (void)say("POST", "/nowhere?token=" + good, good);
  (void)say("POST", service, std::string(20'000, 'Q') + good);
  const auto metrics = ask(house.port(), "GET", "/metrics").body;
  for (const auto& secret : secrets) {
    EXPECT_THAT(house.program.log(), Not(HasSubstr(secret)));
    EXPECT_THAT(metrics, Not(HasSubstr(secret)));
  }
  EXPECT_GE(secrets.size(), 10U);
}

namespace {

/// The server of an EHR that publishes its keys, and can be as wrong as it likes.
struct Publisher {
  SigningKey key{"P-384"};
  std::mutex mutex;
  std::string answer = test::answer_text(key.jwks(), "200 OK", "application/json");
  test::FhirServer server{[this](test::Wire& wire, const test::Asked&) {
                            const std::string text = said();
                            return text.empty() ? wire.wait(60'000) : wire.send(text);
                          },
                          {test::certificates() / "server.pem", test::certificates() / "server.key"}};

  std::string said() {
    const std::lock_guard lock(mutex);
    return answer;
  }
  /// Empty: never answers.
  void say(const std::string& text) {
    const std::lock_guard lock(mutex);
    answer = text;
  }
  [[nodiscard]] std::string jku() const { return "https://127.0.0.1:" + std::to_string(server.port()) + "/keys.json"; }
  [[nodiscard]] std::vector<std::string> environment(const std::string& ca = "ca.pem") const {
    return {"SIR_CDS_SERVER_PUBLIC_BASE_URL=" + base_url, "SIR_CDS_TRUST_CA_FILE=" + (test::certificates() / ca),
            R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jku = ")" + jku() + "\"}"};
  }
};

int status_of_call(const test::Program& program, const SigningKey& key, const Claims& claims = Claims::today()) {
  return post(program.port(), service, test::referral_call().text(), House::headers(claims.signed_by(key))).status;
}

}  // namespace

TEST(Authentication, KeysAreFetchedFromTheAddressThatTheSiteHasNamed) {
  Publisher publisher;
  const test::Program program(publisher.environment());
  Claims claims = Claims::today();
  claims.jku = "\"" + publisher.jku() + "\"";
  EXPECT_EQ(status_of_call(program, publisher.key, claims), 200);
  EXPECT_EQ(status_of_call(program, publisher.key), 200);
  ASSERT_EQ(publisher.server.asked().size(), 1U);
  EXPECT_EQ(publisher.server.asked()[0].target, "/keys.json");
  EXPECT_EQ(publisher.server.asked()[0].header("authorization"), "");
}

// "`iss` not on the allow-list", "`jku` not on the allow-list of that iss": no outbound request
TEST(Authentication, CH190_CH191_NothingIsAskedForStrangers) {
  Publisher publisher;
  Publisher evil;
  const test::Program program(publisher.environment());
  Claims stranger = Claims::today();
  stranger.iss = "\"" + evil.jku() + "\"";
  stranger.jku = "\"" + evil.jku() + "\"";
  EXPECT_EQ(status_of_call(program, evil.key, stranger), 401);
  Claims foreign = Claims::today();
  foreign.kid = R"("other")";
  foreign.jku = "\"" + evil.jku() + "\"";
  EXPECT_EQ(status_of_call(program, evil.key, foreign), 401);
  EXPECT_EQ(publisher.server.asked().size(), 1U);  // at the start
  EXPECT_EQ(evil.server.connections(), 0);
}

// "JWKS endpoint slow/huge/invalid JSON/500: 401 or 503 within deadline, cached keys continue to work"
TEST(Authentication, CH200_APublisherThatFailsLocksNobodyOut) {
  Publisher evil;
  const std::string redirect = test::answer_text("", "302 Found", "text/plain", {"Location: " + evil.jku()});
  for (const std::string& answer : {std::string(), test::answer_text("oops", "500 Internal Server Error"), redirect,
                                    test::answer_text("<html>", "200 OK", "text/html"),
                                    test::answer_text(std::string(1'000'000, ' ') + "{}"), std::string("noise")}) {
    Publisher publisher;
    const test::Program program(publisher.environment());
    publisher.say(answer);
    Claims unknown = Claims::today();
    unknown.kid = R"("other")";
    EXPECT_EQ(status_of_call(program, evil.key, unknown), 401);
    EXPECT_EQ(status_of_call(program, publisher.key), 200);
    EXPECT_THAT(program.log(), HasSubstr("keys of https://ehr.example/fhir: "));
  }
  EXPECT_EQ(evil.server.connections(), 0);
}

TEST(Authentication, APublisherThatHangsHoldsUpNobodyElse) {
  Publisher publisher;
  auto environment = publisher.environment();
  environment.emplace_back("SIR_CDS_SERVER_IO_THREADS=1");
  const test::Program program(environment);
  publisher.say("");
  Claims unknown = Claims::today();
  unknown.kid = R"("other")";
  auto stranger = std::async(std::launch::async, [&] { return status_of_call(program, publisher.key, unknown); });
  while (publisher.server.asked().size() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(ask(program.port(), "GET", "/health/live").status, 200);
  EXPECT_EQ(status_of_call(program, publisher.key), 200);
  EXPECT_EQ(stranger.wait_for(std::chrono::seconds(0)), std::future_status::timeout) << "the others had to wait for it";
  EXPECT_EQ(stranger.get(), 401);
}

TEST(Authentication, APublisherThatIsNotThereAtTheStartDoesNotPreventIt) {
  Publisher publisher;
  publisher.say("");
  const test::Program program(publisher.environment());
  EXPECT_EQ(status_of_call(program, publisher.key), 401);
  EXPECT_EQ(ask(program.port(), "GET", "/cds-services").status, 200);
}

TEST(Authentication, APublisherWhoseCertificateNobodyVouchesForIsNotBelieved) {
  Publisher publisher;
  const test::Program program(publisher.environment("clients.pem"));
  EXPECT_EQ(status_of_call(program, publisher.key), 401);
  EXPECT_TRUE(publisher.server.asked().empty());
}
