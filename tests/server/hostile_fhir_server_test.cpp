#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/fhir_server.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// FHIR servers that are broken or mean no good. Each call ends in a clear answer: 412 with the cause when data that is
// needed did not come, cards that name the gap otherwise; and the token goes nowhere else.

namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::answer_text;
using test::Asked;
using test::Call;
using test::FhirServer;
using test::Program;
using test::Wire;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view token = "secret-token-5f0c";

/// A call that brought everything but the observations, which decide.
Call lacking_observations(const FhirServer& server) {
  Call call = test::referral_call();
  call.prefetch["observations"] = call.prefetch["conditions"] = "";
  call.more = R"(,"fhirServer":")" + server.base() + R"(","fhirAuthorization":{"access_token":")" + std::string(token) +
              R"(","token_type":"Bearer"})";
  return call;
}

Answer call(const Program& program, const Call& body) {
  return test::post(program.port(), test::service, body.text());
}

/// Short of memory. Its time is long enough for what ends by itself, however busy the machine.
const Program& program() {
  static const Program one({"SIR_CDS_FHIR_BUDGET_MS=25000", "SIR_CDS_FHIR_RESPONSE_BYTES=1048576",
                            "SIR_CDS_FHIR_PAGES_MAX=5", "SIR_CDS_LOG_LEVEL=debug"});
  return one;
}

/// The same, short of time, so that waiting ends soon.
const Program& hurried() {
  static const Program one({"SIR_CDS_FHIR_BUDGET_MS=700", "SIR_CDS_LOG_LEVEL=debug"});
  return one;
}

/// The call is refused with the cause, and nothing of it is told to anybody.
void expect_cause(const FhirServer::Behaviour& behaviour, const std::string& cause, const Program& asked = program()) {
  const FhirServer server(behaviour);
  const auto answer = call(asked, lacking_observations(server));
  EXPECT_EQ(answer.status, 412) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("prefetch.observations: not sent; the FHIR server " + cause));
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
  for (const auto& text : {answer.body, asked.log()}) {
    EXPECT_THAT(text, Not(HasSubstr(token)));
    EXPECT_THAT(text, Not(HasSubstr("1288992")));
    EXPECT_THAT(text, Not(HasSubstr(":" + std::to_string(server.port()))));
  }
}

std::string nested(std::size_t depth) {
  return R"({"resourceType":"Bundle","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

/// A page that names another one.
std::string page(const std::string& next) {
  return answer_text(test::bundle({test::observation("bmi-1", "39156-5", "22.8", "kg/m2")},
                                  R"(,"link":[{"relation":"next","url":")" + next + R"("}])"));
}

}  // namespace

TEST(HostileFhirServer, CH061_ThatNeverAnswersTimesOut) {
  expect_cause([](Wire& wire, const Asked&) { return wire.wait(60'000); }, "timed out", hurried());
}

TEST(HostileFhirServer, WithAByteASecondTimesOut) {
  expect_cause(
      [](Wire& wire, const Asked&) {
        const auto text = answer_text(test::bundle({}));
        for (std::size_t i = 0; i < text.size() && wire.send(text.substr(i, 1)) && wire.wait(1000); ++i) {
        }
        return false;
      },
      "timed out", hurried());
}

TEST(HostileFhirServer, WithAGigabyteIsNotHeardToTheEnd) {
  for (const std::string head :
       {"Content-Length: 1073741824\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n40000000\r\n"})
    expect_cause(
        [&head](Wire& wire, const Asked&) {
          const std::string much(1U << 20U, ' ');
          wire.send("HTTP/1.1 200 OK\r\n" + head);
          for (int i = 0; i < 1024 && wire.send(much); ++i) {
          }
          return false;
        },
        "answered with more than is accepted");
  EXPECT_LT(program().resident_bytes(), 400U << 20U);
}

TEST(HostileFhirServer, WithAPackedBombIsNotUnpacked) {
  const test::Folder folder;
  ASSERT_EQ(test::shell("head -c 67108864 /dev/zero | gzip -9 > " + (folder / "bomb")).status, 0);
  expect_cause(test::always_answers(answer_text(test::read_file(folder / "bomb"), "200 OK", "application/fhir+json",
                                                {"Content-Encoding: gzip"})),
               "answered with more than is accepted");
}

TEST(HostileFhirServer, WithAWrongLengthIsNotBelieved) {
  const auto text = test::bundle({});
  expect_cause(
      [&](Wire& wire, const Asked&) {
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + text);
        return false;
      },
      "broke the connection");
  expect_cause(
      [&](Wire& wire, const Asked&) {
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + text);
        return false;
      },
      "did not answer with FHIR in JSON");
}

// "FHIR server answers a redirect to another host: not followed; the token is never sent to another origin"
TEST(HostileFhirServer, CH102_RedirectsAreNotFollowed) {
  const FhirServer elsewhere(test::always_answers(answer_text(test::bundle({}))));
  for (const std::string& location :
       {elsewhere.base() + "/Observation", std::string("http://169.254.169.254/latest/meta-data"),
        std::string("/fhir/Observation?x=1"), std::string("file:///etc/passwd")})
    for (const std::string status : {"301", "302", "303", "307", "308"})
      expect_cause(test::always_answers(answer_text("", status + " Moved", "text/plain", {"Location: " + location})),
                   "answered " + status + ", a redirect, which is not followed");
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(HostileFhirServer, CH061_WithAnErrorIsNamedByItsStatus) {
  const std::map<std::string, std::string> causes{
      {"400 Bad", "answered 400"},
      {"401 Unauthorised", "answered 401: it does not accept the access token"},
      {"403 Forbidden", "answered 403: the access token does not allow this"},
      {"404 Not Found", "answered 404 (not found)"},
      {"410 Gone", "answered 410 (not found)"},
      {"429 Too Many", "answered 429 (too many requests)"},
      {"500 Oh", "answered 500"},
      {"503 Busy", "answered 503"},
      {"204 No Content", "answered 204 without data"}};
  for (const auto& [status, cause] : causes)
    expect_cause(test::always_answers(answer_text(status.starts_with("204") ? "" : "{}", status)), cause);
}

TEST(HostileFhirServer, WithoutFhirIsNotUnderstood) {
  for (const std::string& body :
       {std::string("<!DOCTYPE html><html><body>Sign in</body></html>"), std::string(), std::string("{"),
        std::string("[]"), std::string("null"), std::string("{\"a\":1}"), nested(100), nested(50'000),
        std::string("\xFF\xFE{}"), std::string(R"({"resourceType":1})")})
    expect_cause(test::always_answers(answer_text(body, "200 OK", "text/html")), "did not answer with FHIR in JSON");
  expect_cause(
      test::always_answers(answer_text(R"({"resourceType":"OperationOutcome","issue":[{"severity":"error"}]})")),
      "answered with an OperationOutcome");
  expect_cause(test::always_answers(answer_text(R"({"resourceType":"CapabilityStatement"})")),
               "answered with another resource than was asked for");
  expect_cause(test::always_answers(answer_text(R"({"resourceType":"Bundle","type":"history"})")),
               "answered with what cannot be used");
}

TEST(HostileFhirServer, WithAnotherPatientsDataIsNotUsed) {
  const auto foreign = test::bundle({test::observation("bmi-1", "39156-5", "22.8", "kg/m2"),
                                     test::observation("insulin-1", "59179-2", "412", "pmol/L", "somebody-else")});
  expect_cause(test::always_answers(answer_text(foreign)), "answered with another patient's data, which is not used");

  const FhirServer server(test::always_answers(answer_text(R"({"resourceType":"Patient","id":"somebody-else"})")));
  Call without_patient = test::referral_call();
  without_patient.prefetch["patient"] = "";
  without_patient.more = R"(,"fhirServer":")" + server.base() + "\"";
  const auto answer = call(program(), without_patient);
  EXPECT_EQ(answer.status, 412);
  EXPECT_THAT(answer.body, HasSubstr("another patient's data"));
  EXPECT_THAT(answer.body, Not(HasSubstr("somebody-else")));
}

// "next link to another host, to http://169.254.169.254/…, to file: not fetched"; only the first page counts then
TEST(HostileFhirServer, CH070_NextPagesElsewhereAreNotFetched) {
  const FhirServer elsewhere(test::always_answers(answer_text(test::bundle({}))));
  for (const std::string& next :
       {elsewhere.base() + "?page=2", std::string("http://169.254.169.254/latest/meta-data"),
        std::string("file:///etc/passwd"), std::string("/other/Observation?page=2"), std::string("../secrets"),
        std::string("/fhir/../secrets"), std::string("/fhir/%2e%2E/secrets"), std::string("//evil.example/fhir/x"),
        std::string("http://user@127.0.0.1/fhir"), std::string("/fhir2"), std::string("https://127.0.0.1/fhir"),
        std::string("\\\\evil\\fhir")}) {
    std::string quoted = next;
    for (auto at = quoted.find('\\'); at != std::string::npos; at = quoted.find('\\', at + 2)) quoted.insert(at, "\\");
    const FhirServer server([&](Wire& wire, const Asked& asked) {
      return wire.send(asked.type() == "Observation" ? page(quoted) : answer_text(test::bundle({})));
    });
    const auto answer = test::post(program().port(), "/explain", lacking_observations(server).text());
    EXPECT_THAT(answer.body,
                HasSubstr("only the first pages could be fetched; the FHIR server names a next page elsewhere"))
        << next;
    EXPECT_EQ(server.asked().size(), 2U) << next;
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(HostileFhirServer, CH071_LoopsAndEndlessPagesEnd) {
  for (const bool loops : {true, false}) {
    int number = 0;
    const FhirServer server([&](Wire& wire, const Asked& asked) {
      if (asked.type() == "Condition") return wire.send(answer_text(test::bundle({})));
      return wire.send(page("/fhir/Observation?page=" + std::to_string(loops ? 1 : ++number)));
    });
    const auto answer = test::post(program().port(), "/explain", lacking_observations(server).text());
    EXPECT_THAT(answer.body,
                HasSubstr(loops ? "names a next page that was fetched already" : "has more pages than are fetched"));
    EXPECT_LE(server.asked().size(), 6U);
  }
}

TEST(HostileFhirServer, ThousandsOfCallsThatWaitForOneStopNoOthers) {
  constexpr int calls = 2000;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < calls + 200) GTEST_SKIP() << "not enough descriptors on this machine";

  const Program busy(
      {"SIR_CDS_FHIR_BUDGET_MS=60000", "SIR_CDS_FHIR_WAITING_CALLS=16", "SIR_CDS_LIMITS_CONNECTIONS=4000"});
  auto dead = std::make_unique<FhirServer>([](Wire& wire, const Asked&) { return wire.wait(120'000); });
  const FhirServer good([](Wire& wire, const Asked& asked) {
    const auto whole = test::referral_call();
    return wire.send(answer_text(whole.prefetch.at(asked.type() == "Condition" ? "conditions" : "observations")));
  });
  const auto waiting =
      test::request("POST", test::service, lacking_observations(*dead).text(), {"Content-Type: application/json"});
  std::vector<test::Socket> callers;
  for (int i = 0; i < calls; ++i) {
    callers.emplace_back(busy.port());
    ASSERT_TRUE(callers.back().send(waiting));
  }
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(test::ask(busy.port(), "GET", "/health/live").status, 200);
    EXPECT_EQ(call(busy, test::referral_call()).status, 200);
    EXPECT_EQ(call(busy, lacking_observations(good)).status, 200);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, 50s) << "while the first ones still wait";
  EXPECT_EQ(dead->asked().size(), 24U) << "two keys for each of three quarters of the places";
  dead.reset();
  int refused = 0;
  for (auto& caller : callers) {
    const auto answer = caller.receive();
    refused += answer.status == 503;
    EXPECT_TRUE(answer.status == 503 || answer.status == 412) << answer.status << answer.body;
  }
  EXPECT_EQ(refused, calls - 12);
}

TEST(HostileFhirServer, AtCapacityWhatIsNotNeededIsLeftOut) {
  const Program busy({"SIR_CDS_FHIR_BUDGET_MS=8000", "SIR_CDS_FHIR_WAITING_CALLS=1"});
  const FhirServer dead([](Wire& wire, const Asked&) { return wire.wait(120'000); });
  test::Socket waiting(busy.port());
  ASSERT_TRUE(waiting.send(
      test::request("POST", test::service, lacking_observations(dead).text(), {"Content-Type: application/json"})));
  while (dead.asked().empty()) std::this_thread::sleep_for(5ms);
  Call partial = test::referral_call();
  partial.prefetch["medications"] = "";
  partial.more = R"(,"fhirServer":")" + dead.base() + "\"";
  const auto answer = call(busy, partial);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("too many calls are waiting for it"));
  EXPECT_EQ(waiting.receive().status, 412);
}

TEST(HostileFhirServer, AProgramThatIsStoppedDoesNotWaitForOneForEver) {
  Program stopped({"SIR_CDS_FHIR_BUDGET_MS=1500"});
  const FhirServer dead([](Wire& wire, const Asked&) { return wire.wait(120'000); });
  test::Socket waiting(stopped.port());
  ASSERT_TRUE(waiting.send(
      test::request("POST", test::service, lacking_observations(dead).text(), {"Content-Type: application/json"})));
  while (dead.asked().empty()) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(stopped.stop(), 0);
  EXPECT_EQ(waiting.receive().status, 412);
}
