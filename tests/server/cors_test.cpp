#include <gtest/gtest.h>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// Group J of the conformance checklist, the part about CORS.

namespace {

using test::ask;
using test::shared_program;

const std::vector<std::string> preflight{"Origin: https://sandbox.example", "Access-Control-Request-Method: POST",
                                         "Access-Control-Request-Headers: authorization,content-type"};

}  // namespace

// CH-214: "OPTIONS preflight against the real binary: our handler answers it"
TEST(Cors, CH208_CH209_CH214_PreflightsAreAnsweredOnEveryRoute) {
  const std::string service(test::service);
  for (const std::string& target :
       {std::string("/cds-services"), service, service + "/feedback", std::string("/explain")}) {
    const auto answer = ask(shared_program().port(), "OPTIONS", target, {}, preflight);
    EXPECT_EQ(answer.status, 204) << target;
    EXPECT_EQ(answer.header("access-control-allow-origin"), "https://sandbox.example") << target;
    EXPECT_EQ(answer.header("access-control-allow-methods"), "GET, HEAD, POST, OPTIONS") << target;
    EXPECT_EQ(answer.header("access-control-allow-headers"),
              "Authorization, Content-Type, Accept, authorization,content-type")
        << target;
    EXPECT_EQ(answer.header("vary"), "Origin") << target;
  }
}

// Medplum's client sends X-Medplum, and a browser asks first.
TEST(Cors, AllowedPagesMaySendHeaderFieldsOfTheirOwn) {
  const auto allowed = [](const std::string& asked) {
    return ask(shared_program().port(), "OPTIONS", test::service, {},
               {"Origin: https://sandbox.example", "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: " + asked})
        .header("access-control-allow-headers");
  };
  EXPECT_EQ(allowed("content-type,x-medplum"), "Authorization, Content-Type, Accept, content-type,x-medplum");
  for (const auto& asked : {std::string("<b>"), std::string("a\"b"), std::string(600, 'a')})
    EXPECT_EQ(allowed(asked), "Authorization, Content-Type, Accept") << asked;
}

// "ACAO header present on every answer", also on those of the listener
TEST(Cors, CH210_EveryAnswerCanBeReadByThePage) {
  const int port = shared_program().port();
  const std::vector<std::string> origin{"Origin: https://sandbox.example"};
  const std::string head = "POST /explain HTTP/1.1\r\nHost: x\r\nOrigin: https://sandbox.example\r\n";
  for (const auto& answer :
       {ask(port, "GET", "/cds-services", {}, origin), test::post(port, test::service, test::Call().text(), origin),
        test::post(port, test::service, "{", origin), ask(port, "GET", "/nowhere", {}, origin),
        ask(port, "PUT", "/cds-services", {}, origin),
        test::post(port, test::service, R"({"hook":"patient-view"})", origin),
        test::send_raw(port, head + "Content-Length: 999999999999\r\n\r\n"),
        test::send_raw(port, head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n")})
    EXPECT_EQ(answer.header("access-control-allow-origin"), "https://sandbox.example") << answer.status;
}

TEST(Cors, CH211_AnOriginThatIsNotOnTheListIsNotAllowed) {
  test::Program program({"SIR_CDS_SERVER_CORS_ORIGINS=https://ehr.example, https://sandbox.example"});
  EXPECT_EQ(ask(program.port(), "OPTIONS", "/cds-services", {}, preflight).header("access-control-allow-origin"),
            "https://sandbox.example");
  for (const std::string origin : {"https://evil.example", "https://sandbox.example.evil.example", "null", "*"}) {
    const auto answer = ask(program.port(), "OPTIONS", "/cds-services", {},
                            {"Origin: " + origin, "Access-Control-Request-Method: POST"});
    EXPECT_EQ(answer.header("access-control-allow-origin"), "") << origin;
    EXPECT_EQ(answer.header("access-control-allow-methods"), "") << origin;
    EXPECT_EQ(answer.header("vary"), "Origin") << origin;
    EXPECT_EQ(
        ask(program.port(), "GET", "/cds-services", {}, {"Origin: " + origin}).header("access-control-allow-origin"),
        "");
  }
}

TEST(Cors, CH212_AWildcardAndCredentialsAreNeverOffered) {
  const auto answer = ask(shared_program().port(), "OPTIONS", "/cds-services", {}, preflight);
  EXPECT_NE(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.header("access-control-allow-credentials"), "");
}

TEST(Cors, CH213_APageOfThePublicNetworkMayCallTheLoopbackInTheTestProfileOnly) {
  auto headers = preflight;
  headers.emplace_back("Access-Control-Request-Private-Network: true");
  EXPECT_EQ(ask(shared_program().port(), "OPTIONS", "/cds-services", {}, headers)
                .header("access-control-allow-private-network"),
            "true");
  test::Program listed({"SIR_CDS_SERVER_CORS_ORIGINS=https://sandbox.example"});
  EXPECT_EQ(ask(listed.port(), "OPTIONS", "/cds-services", {}, headers).header("access-control-allow-private-network"),
            "");
}

// "auth=off with a garbage Authorization header: 200 (sandbox always sends one)"
TEST(Cors, CH204_AnAuthorizationHeaderThatNobodyAskedForIsIgnored) {
  EXPECT_EQ(ask(shared_program().port(), "GET", "/cds-services", {}, {"Authorization: Bearer rubbish"}).status, 200);
}
