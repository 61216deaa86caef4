#include <gtest/gtest.h>

#include <future>
#include <regex>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Group C of the conformance checklist: service calls that are right, in all the ways that clients write them.

namespace {

using test::Answer;
using test::Call;
using test::post;
using test::shared_program;

Answer call(const Call& body) {
  return post(shared_program().port(), test::service, body.text());
}

/// The same cards whatever uuids they got.
std::string without_uuids(const std::string& text) {
  static const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  return std::regex_replace(text, uuid, "*");
}

void expect_referral(const Answer& answer) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find(R"("code":"nsirs-referral")"), std::string::npos) << answer.body;
}

}  // namespace

TEST(Call, CH034_CH036_WithoutACriterionMetTheAnswerIsAnEmptyListOfCards) {
  const auto answer = call(Call());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"cards":[]})");
  EXPECT_EQ(answer.header("content-type"), "application/json");
}

TEST(Call, CH035_WithACriterionMetThereIsACardThatFitsTheSchema) {
  const auto answer = call(test::referral_call());
  expect_referral(answer);
  EXPECT_EQ(test::schema_faults("response", answer.body), "");
  EXPECT_EQ(test::schema_faults("request", test::referral_call().text()), "");
}

TEST(Call, CH037_WithoutAnyDataIs412) {
  Call bare;
  bare.whole_prefetch = "-";
  const auto answer = call(bare);
  EXPECT_EQ(answer.status, 412);
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
}

// "add unknown members: root foo, context bar, prefetch key other, fhirAuthorization need_patient_banner";
// CH-040: "extension object at root (any content, nested)"
TEST(Call, CH039_CH040_UnknownMembersChangeNothing) {
  Call more = test::referral_call();
  more.context = R"({"userId":"Practitioner/example","patientId":"1288992","bar":{"a":[1]}})";
  more.prefetch["other"] = R"({"resourceType":"Observation","id":"x"})";
  more.more =
      R"(,"foo":[{}],"extension":{"org.example.x":{"deep":[{"er":null}]}},"fhirServer":"https://ehr.example/fhir",)"
      R"("fhirAuthorization":{"access_token":"t","token_type":"Bearer","expires_in":300,"scope":"a","subject":"s",)"
      R"("need_patient_banner":true})";
  const auto answer = call(more);
  expect_referral(answer);
  EXPECT_EQ(without_uuids(answer.body), without_uuids(call(test::referral_call()).body));
}

// CH-091: "context.userId missing: 200 lenient"; CH-092: userId without a type
TEST(Call, CH041_CH042_CH091_CH092_TheUserMayBeAnybodyOrUnsaid) {
  for (const std::string user :
       {"Practitioner/x", "PractitionerRole/x", "Patient/x", "RelatedPerson/x", "abc", "Practitioner/", "Foo/1"}) {
    Call other = test::referral_call();
    other.context = R"({"userId":")" + user + R"(","patientId":"1288992"})";
    expect_referral(call(other));
  }
  Call old = test::referral_call();
  old.context = R"({"patientId":"1288992"})";
  old.more = R"(,"user":"Practitioner/example")";
  expect_referral(call(old));
}

TEST(Call, CH043_AnEncounterChangesNothing) {
  Call visit = test::referral_call();
  visit.context = R"({"userId":"Practitioner/example","patientId":"1288992","encounterId":"89284"})";
  EXPECT_EQ(without_uuids(call(visit).body), without_uuids(call(test::referral_call()).body));
}

TEST(Call, CH044_PatientIdAsAReferenceIsTheSamePatient) {
  Call reference = test::referral_call();
  reference.context = R"({"userId":"Practitioner/example","patientId":"Patient/1288992"})";
  expect_referral(call(reference));
}

// CH-156: "same input, same clock: byte-identical response except uuids"
TEST(Call, CH045_CH156_TheSameCallTwiceGetsTheSameCardsWithFreshUuids) {
  const auto first = call(test::referral_call());
  const auto second = call(test::referral_call());
  EXPECT_NE(first.body, second.body);
  EXPECT_EQ(without_uuids(first.body), without_uuids(second.body));
}

TEST(Call, CH046_AHundredPatientsAtOnceAreKeptApart) {
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(std::async(std::launch::async, [i] {
      return call(test::referral_call(std::to_string(400 + i), "p-" + std::to_string(i)));
    }));
  static const std::regex insulin("\\b(4[0-9][0-9]) pmol/L");
  for (int i = 0; i < 100; ++i) {
    const auto answer = answers[static_cast<std::size_t>(i)].get();
    expect_referral(answer);
    std::sregex_iterator match(answer.body.begin(), answer.body.end(), insulin);
    EXPECT_NE(match, std::sregex_iterator());
    for (; match != std::sregex_iterator(); ++match) EXPECT_EQ((*match)[1], std::to_string(400 + i));
  }
}

TEST(Call, CH048_AFinalSlashChangesNothing) {
  EXPECT_EQ(post(shared_program().port(), std::string(test::service) + "/", Call().text()).body, R"({"cards":[]})");
}

TEST(Call, CH049_CH050_AnyJsonMediaTypeIsRead) {
  for (const std::string type :
       {"application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=\"UTF-8\"",
        "application/fhir+json", "application/json+fhir", "application/json; a=b"})
    EXPECT_EQ(post(shared_program().port(), test::service, Call().text(), {"Content-Type: " + type}).status, 200)
        << type;
}

TEST(Call, CH051_AnyAcceptHeaderGetsJson) {
  for (const std::string accept : {"text/html", "application/xml"}) {
    const auto answer = post(shared_program().port(), test::service, Call().text(), {"Accept: " + accept});
    EXPECT_EQ(answer.status, 200) << accept;
    EXPECT_EQ(answer.header("content-type"), "application/json") << accept;
  }
}

// "Transfer-Encoding: chunked, many 1-byte chunks, chunk extensions, trailers"
TEST(Call, CH052_AChunkedBodyIsReadHoweverItIsCut) {
  std::string text = "POST " + std::string(test::service) +
                     " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char letter : test::referral_call().text()) text += "1;name=value\r\n" + std::string(1, letter) + "\r\n";
  test::Socket socket(shared_program().port());
  socket.send(text + "0\r\nX-Trailer: yes\r\n\r\n" + test::request("GET", "/health/live"));
  expect_referral(socket.receive());
  EXPECT_EQ(socket.receive().status, 200);
}

TEST(Call, CH053_ExpectContinueIsEncouragedBeforeTheBody) {
  const std::string body = Call().text();
  test::Socket socket(shared_program().port());
  const auto whole = test::request("POST", test::service, body, {"Expect: 100-continue"});
  socket.send(whole.substr(0, whole.size() - body.size()));
  ASSERT_TRUE(socket.receive_continue());
  socket.send(body);
  EXPECT_EQ(socket.receive().status, 200);
}

TEST(Call, CH053_ExpectContinueOfATooLargeBodyIsRefusedAtOnce) {
  const auto answer = test::send_raw(shared_program().port(),
                                     "POST /explain HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                     "Content-Length: 99999999999\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
}

TEST(Call, CH054_ACompressedBodyIs415) {
  const auto answer = post(shared_program().port(), test::service, Call().text(), {"Content-Encoding: gzip"});
  EXPECT_EQ(answer.status, 415);
  EXPECT_EQ(answer.header("accept-encoding"), "identity");
  EXPECT_EQ(post(shared_program().port(), test::service, Call().text(), {"Content-Encoding: identity"}).status, 200);
}

TEST(Call, CH055_Http10IsAnsweredAndClosed) {
  const std::string body = Call().text();
  test::Socket socket(shared_program().port());
  socket.send("POST " + std::string(test::service) + " HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  const auto answer = socket.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(socket.closes_within(std::chrono::seconds(5)));
}

// CH-222: "two pipelined requests on one connection: both answered"
TEST(Call, CH055_CH222_PipelinedCallsAreAnsweredInOrder) {
  const std::string none = Call().text();
  const std::string some = test::referral_call().text();
  const auto keep_alive = [](const std::string& body) {
    return "POST " + std::string(test::service) +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  test::Socket socket(shared_program().port());
  socket.send(keep_alive(none) + keep_alive(some) + "\r\n" + keep_alive("{") + keep_alive(none));
  EXPECT_EQ(socket.receive().body, R"({"cards":[]})");
  expect_referral(socket.receive());
  EXPECT_EQ(socket.receive().status, 400);
  EXPECT_EQ(socket.receive().body, R"({"cards":[]})");
}

TEST(Call, CH056_AByteOrderMarkIsPassedOver) {
  expect_referral(post(shared_program().port(), test::service, "\xEF\xBB\xBF" + test::referral_call().text()));
}

// "1 MiB of whitespace around tokens; \u0050atient escapes in keys; member order permuted"
TEST(Call, CH057_TheSpellingOfJsonChangesNothing) {
  Call call_with = test::referral_call();
  std::string& patient = call_with.prefetch["patient"];
  patient = R"({"birth\u0044ate":"1992-03-01",   "gender":"\u0066emale","id":"1288992","resourceType":"\u0050atient"})";
  const std::string spaced = std::string(1 << 20, ' ') + call_with.text() + std::string(1 << 20, '\n');
  EXPECT_EQ(without_uuids(post(shared_program().port(), test::service, spaced).body),
            without_uuids(call(test::referral_call()).body));
}
