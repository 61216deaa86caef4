#include <gtest/gtest.h>

#include <regex>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Groups F and K of the conformance checklist: methods, paths, framing.

namespace {

using test::ask;
using test::send_raw;
using test::shared_program;

const std::string call_head = "POST " + std::string(test::service) + " HTTP/1.1\r\nHost: x\r\n";

}  // namespace

TEST(Http, CH123_CH124_CH174_OtherMethodsOnPostAddressesAre405) {
  for (const std::string& target :
       {std::string(test::service), std::string(test::service) + "/feedback", std::string("/explain")})
    for (const std::string method : {"GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"}) {
      const auto answer = ask(shared_program().port(), method, target);
      EXPECT_EQ(answer.status, 405) << method << target;
      EXPECT_EQ(answer.header("allow"), "POST, OPTIONS") << method << target;
    }
}

TEST(Http, CH125_CH126_CH175_UnknownServicesAndAddressesAre404) {
  for (const std::string target :
       {"/cds-services/unknown", "/cds-services/unknown/feedback", "/cds-services/sir-patient-view/foo",
        "/cds-services/sir-patient-view/feedback/x", "/cds-services/%73ir-patient-vie", "/explain/", "/explain/x"}) {
    const auto answer = test::post(shared_program().port(), target, test::Call().text());
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "") << target;
  }
}

TEST(Http, CH127_StrangersLearnNothingAboutTheProgram) {
  for (const std::string target : {"/favicon.ico", "/metadata", "/.git/config", "/health", "/health/other"}) {
    const auto answer = ask(shared_program().port(), "GET", target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.header("server"), "") << target;
    EXPECT_EQ(answer.header("x-powered-by"), "") << target;
  }
  EXPECT_EQ(ask(shared_program().port(), "GET", "/").status, 200);
}

TEST(Http, CH128_CH129_EveryErrorIsAnOperationOutcome) {
  const int port = shared_program().port();
  const std::vector<std::pair<int, test::Answer>> answers{
      {400, test::post(port, test::service, "{")},
      {404, ask(port, "GET", "/nowhere")},
      {405, ask(port, "GET", test::service)},
      {412,
       test::post(port, test::service, R"({"hook":"patient-view","hookInstance":"a","context":{"patientId":"1"}})")},
      {413, send_raw(port, call_head + "Content-Length: 999999999999\r\n\r\n")},
      {415, test::post(port, test::service, "{}", {"Content-Type: text/plain"})},
      {417, send_raw(port, call_head + "Expect: the-unexpected\r\nContent-Length: 2\r\n\r\n{}")},
      {431, send_raw(port, call_head + "X: " + std::string(20'000, 'a') + "\r\n\r\n")},
      {501, send_raw(port, call_head + "Transfer-Encoding: gzip\r\n\r\n")}};
  for (const auto& [status, answer] : answers) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
  }
}

// "any non-2xx: no stack trace, no request data, no token, no file path in the body"
TEST(Http, CH130_ErrorsRepeatNothingOfTheRequest) {
  const auto answer = test::post(shared_program().port(), "/cds-services/sir-patient-view?secret-query",
                                 R"({"hook":"secret-hook","secret-member":"secret-value"})",
                                 {"Authorization: Bearer secret-token", "Content-Type: application/json"});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos) << answer.body;
  EXPECT_EQ(answer.body.find(".cpp"), std::string::npos) << answer.body;
}

TEST(Http, CH133_EveryAnswerHasDateLengthAndIsNotStored) {
  const std::regex date(
      "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT");
  for (const auto& answer :
       {test::post(shared_program().port(), test::service, test::Call().text()),
        ask(shared_program().port(), "GET", "/metrics"), ask(shared_program().port(), "GET", "/nowhere"),
        ask(shared_program().port(), "GET", "/criteria")}) {
    EXPECT_TRUE(std::regex_match(answer.header("date"), date)) << answer.header("date");
    EXPECT_EQ(answer.header("content-length"), std::to_string(answer.body.size()));
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_EQ(answer.header("server"), "");
  }
}

// "TRACE /cds-services with an Authorization header: 405; no echo"
TEST(Http, CH215_TraceIsNeverEchoed) {
  for (const std::string target : {"/cds-services", "/", "/nowhere"}) {
    const auto answer = ask(shared_program().port(), "TRACE", target, {}, {"Authorization: Bearer secret-token"});
    EXPECT_EQ(answer.status, target == "/nowhere" ? 404 : 405);
    EXPECT_EQ(answer.body.find("secret-token"), std::string::npos);
  }
}

// CH-218 as well: "Transfer-Encoding + Content-Length; Content-Length: abc; two Content-Length; chunk size zz: 400"
TEST(Http, CH118_CH218_CH219_FramingThatCanBeReadInTwoWaysIs400AndTheEnd) {
  const std::string smuggled = "GET /cds-services HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string& rest :
       {"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + smuggled,
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + smuggled,
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + smuggled, "Content-Length: 2, 2\r\n\r\n{}" + smuggled,
        std::string("Content-Length: abc\r\n\r\n{}"), std::string("Content-Length: -5\r\n\r\n{}"),
        std::string("Content-Length: +2\r\n\r\n{}"), std::string("Content-Length: 0x2\r\n\r\n{}"),
        std::string("Content-Length: 99999999999999999999999\r\n\r\n{}"),
        std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + smuggled,
        "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n" + smuggled,
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}X0\r\n\r\n" + smuggled,
        "Transfer-Encoding: chunked\r\n\r\n2;" + std::string(100'000, 'a')}) {
    test::Socket socket(shared_program().port());
    socket.send(call_head + rest);
    const auto answer = socket.receive();
    EXPECT_EQ(answer.status, 400) << rest.substr(0, 80);
    EXPECT_EQ(answer.header("connection"), "close") << rest.substr(0, 80);
    EXPECT_EQ(socket.receive_rest(), "") << rest.substr(0, 80);
  }
}

TEST(Http, CH219_AHugeChunkSizeIs413) {
  EXPECT_EQ(
      send_raw(shared_program().port(), call_head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}").status,
      413);
}

TEST(Http, CH219_ABodyThatEndsTooSoonIs400) {
  test::Socket socket(shared_program().port());
  socket.send(call_head + "Content-Length: 100\r\n\r\n{");
  socket.finish_sending();
  EXPECT_EQ(socket.receive().status, 400);
}

TEST(Http, CH119_CH217_HeadersThatAreTooMuchAre431) {
  std::string many = call_head;
  for (int i = 0; i < 1000; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
  for (const std::string& head : {call_head + "X: " + std::string(65'536, 'a') + "\r\n\r\n",
                                  call_head + "X: " + std::string(1 << 20, 'a') + "\r\n\r\n", many + "\r\n",
                                  "GET /" + std::string(65'536, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    test::Socket socket(shared_program().port());
    socket.send(head);
    EXPECT_EQ(socket.receive().status, 431) << head.substr(0, 60);
    EXPECT_EQ(socket.receive_rest(), "");
  }
}

TEST(Http, CH119_MalformedHeadsAre400) {
  using namespace std::string_literals;
  for (const std::string& head :
       {"GET /cds-services HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"s,
        "GET /cds-services HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n"s,
        "GET /cds-services HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"s,
        "GET /cds-services HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n"s, "GET /cds-services HTTP/1.1\r\n\r\n"s,
        "GET /cds-services HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"s, "GET /cds-services HTTP/2.0\r\nHost: x\r\n\r\n"s,
        "GET /cds-services\r\nHost: x\r\n\r\n"s, "GET  HTTP/1.1\r\nHost: x\r\n\r\n"s,
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello TLS\r\n\r\n"s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s,
        "GET /cds-services HTTP/1.1\nHost: x\n\n\r\n\r\n"s}) {
    test::Socket socket(shared_program().port());
    socket.send(head);
    const auto answer = socket.receive();
    EXPECT_EQ(answer.status, 400) << head.substr(0, 60);
    EXPECT_EQ(answer.header("connection"), "close") << head.substr(0, 60);
  }
}

TEST(Http, TheAbsoluteFormAndTheAsteriskAreUnderstood) {
  EXPECT_EQ(ask(shared_program().port(), "GET", "http://elsewhere.example/cds-services?x").status, 200);
  const auto answer = ask(shared_program().port(), "OPTIONS", "*");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, POST, OPTIONS");
}

TEST(Http, AConnectionIsKeptForTheNextRequest) {
  test::Socket socket(shared_program().port());
  for (int i = 0; i < 3; ++i) {
    socket.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = socket.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("connection"), "keep-alive");
  }
  socket.send("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(socket.receive().header("connection"), "close");
  EXPECT_TRUE(socket.closes_within(std::chrono::seconds(5)));
}

TEST(Http, ClientsThatVanishDoNoHarm) {
  for (int i = 0; i < 100; ++i) {
    test::Socket socket(shared_program().port());
    socket.send(call_head + "Content-Length: 100000\r\n\r\n{");
    socket.reset();
  }
  EXPECT_EQ(ask(shared_program().port(), "GET", "/health/live").body, R"({"status":"alive"})");
}

TEST(Http, ReadinessNamesTheKnowledgeInForce) {
  const auto answer = ask(shared_program().port(), "GET", "/health/ready");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(std::regex_match(
      answer.body, std::regex(R"re(\{"status":"ready","version":"[0-9.]+","knowledge":\{"version":"[0-9.]+",)re"
                              R"re("digest":"sha256:[0-9a-f]{64}","approved":(true|false)\},"store":"available"\})re")))
      << answer.body;
}

TEST(Http, PagesForPeopleRunNothingButOurFiles) {
  static const std::regex script(R"re(<script([^>]*)>)re");
  static const std::regex own_file(R"re( src="web/[a-z.]+"( type="module"| defer))re");
  for (const std::string target : {"/", "/criteria"}) {
    const auto answer = ask(shared_program().port(), "GET", target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8") << target;
    EXPECT_NE(answer.header("content-security-policy").find("default-src 'none'"), std::string::npos) << target;
    for (std::sregex_iterator tag(answer.body.begin(), answer.body.end(), script), end; tag != end; ++tag)
      EXPECT_TRUE(std::regex_match((*tag)[1].str(), own_file)) << target << ": " << tag->str();
  }
}

TEST(Http, TheLogHasOneLinePerRequestAndNothingOfTheRequest) {
  test::Program program;
  const auto before = program.log().size();
  (void)test::post(program.port(), std::string(test::service) + "?secret-query=1", test::referral_call().text(),
                   {"Authorization: Bearer secret-token", "X-Request-Id: secret-id"});
  const auto line = program.log().substr(before);
  EXPECT_TRUE(std::regex_match(
      line, std::regex(R"re(\{"time":"[-0-9T:.]+Z","level":"info","route":"/cds-services/\{id\}","method":"POST",)re"
                       R"re("status":200,"duration_ms":[0-9.e-]+,"bytes_in":[0-9]+,"bytes_out":[0-9]+,)re"
                       R"re("topics":\["nsirs-referral"\],"request_id":"[-0-9a-f]{36}",)re"
                       R"re("trace_id":"[0-9a-f]{32}","span_id":"[0-9a-f]{16}"\}\n)re")))
      << line;
  EXPECT_EQ(line.find("1288992"), std::string::npos);
}
