#include <gtest/gtest.h>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Group E of the conformance checklist: bodies that are wrong. A clear error, and the process goes on.

namespace {

using test::Answer;
using test::Call;
using test::post;
using test::referral_call;
using test::shared_program;

Answer send(const std::string& body) {
  return post(shared_program().port(), test::service, body);
}
Answer call(const Call& body) {
  return send(body.text());
}

void expect_400(const Answer& answer, const std::string& where, const std::string& what_was_sent) {
  EXPECT_EQ(answer.status, 400) << what_was_sent.substr(0, 80) << answer.body;
  EXPECT_NE(answer.body.find("\"diagnostics\":\"" + where), std::string::npos) << answer.body;
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST(Malformed, CH082_AnEmptyBodyIs400) {
  expect_400(send(""), "body", "");
  expect_400(send(" \n\t "), "body", "blanks");
}

TEST(Malformed, CH083_CH084_CH085_WhatIsNoJsonObjectIs400) {
  const std::string good = Call().text();
  for (const std::string& body :
       {std::string("{"), std::string(R"({"a":1,})"), std::string("{'a':1}"), std::string(R"({"a":1}//x)"),
        std::string("NaN"), std::string("+1"), std::string("01"), std::string("\\x41"), good + " trailing", good + good,
        std::string("[]"), std::string("\"x\""), std::string("1"), std::string("true"), std::string("null"),
        good.substr(0, good.size() - 1), good.substr(0, good.size() / 2)})
    expect_400(send(body), "body", body);
}

TEST(Malformed, CH086_CH087_CH089_RequiredMembersAreNamed) {
  const auto bent = [](std::string Call::*member, const std::string& value) {
    Call call_;
    call_.*member = value;
    return call_;
  };
  for (const std::string value : {"", "null", "1", "\"\"", "\"  \""}) {
    expect_400(call(bent(&Call::hook, value)), "hook ", value);
    expect_400(call(bent(&Call::instance, value)), "hookInstance ", value);
  }
  for (const std::string value : {"", "null", "[]", "\"x\""})
    expect_400(call(bent(&Call::context, value)), "context ", value);
}

TEST(Malformed, CH088_AHookInstanceThatIsNoUuidIsTolerated) {
  for (const std::string value :
       {"\"abc\"", "\"D1577C69-DFBE-44AD-BA6D-3E05E953B2EA\"", "\"urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea\""}) {
    Call odd;
    odd.instance = value;
    EXPECT_EQ(call(odd).status, 200) << value;
  }
}

TEST(Malformed, CH090_APatientIdThatIsNoFhirIdIs400) {
  for (const std::string& value : {std::string(""), std::string("1288992"), std::string("\"\""), std::string("null"),
                                   "\"" + std::string(10'000, 'a') + "\"", std::string("\"a/../b\""),
                                   std::string("\"1?x=1\""), std::string("\"a\\u0000b\"")}) {
    Call wrong;
    wrong.context = value.empty() ? R"({"userId":"Practitioner/x"})" : R"({"patientId":)" + value + "}";
    expect_400(call(wrong), "context.patientId", value);
  }
}

TEST(Malformed, CH093_CH094_AHookOfAnotherServiceIs400) {
  for (const std::string hook : {"order-sign", "foo-bar", "org.example.x", "PATIENT-VIEW"}) {
    Call wrong;
    wrong.hook = "\"" + hook + "\"";
    const auto answer = call(wrong);
    expect_400(answer, "hook ", hook);
    EXPECT_EQ(answer.body.find(hook), std::string::npos);
  }
}

TEST(Malformed, CH095_CH097_AuthorizationThatCannotBeUsedIs400) {
  Call alone;
  alone.more =
      R"(,"fhirAuthorization":{"access_token":"t","token_type":"Bearer","expires_in":300,"scope":"a","subject":"s"})";
  expect_400(call(alone), "fhirServer", "no server");
  Call strange;
  strange.more =
      R"(,"fhirServer":"https://ehr.example/fhir","fhirAuthorization":{"access_token":"secret-token","token_type":"MAC"})";
  const auto answer = call(strange);
  expect_400(answer, "fhirAuthorization.token_type", "MAC");
  EXPECT_EQ(answer.body.find("secret-token"), std::string::npos);
}

// "lacks access_token …: 400 if a FHIR call would be needed, else 200"; CH-098: odd values of expires_in
TEST(Malformed, CH096_CH097_CH098_AuthorizationThatNobodyNeedsMayBeIncomplete) {
  for (const std::string authorization :
       {R"({})", R"({"token_type":"bearer"})", R"({"expires_in":0})", R"({"expires_in":-1})", R"({"expires_in":"300"})",
        R"({"expires_in":1e30})"}) {
    Call partial;
    partial.more = R"(,"fhirServer":"https://ehr.example/fhir","fhirAuthorization":)" + authorization;
    EXPECT_EQ(call(partial).status, 200) << authorization;
  }
}

TEST(Malformed, CH100_AServerThatIsNoHttpUrlIs400) {
  for (const std::string& url :
       {std::string("ftp://x"), std::string("javascript:alert(1)"), std::string("https://user:pw@h/"),
        std::string("/fhir"), "https://h/" + std::string(100'000, 'a'), std::string("https://h/#frag")}) {
    Call wrong;
    wrong.more = R"(,"fhirServer":")" + url + "\"";
    expect_400(call(wrong), "fhirServer", url);
  }
}

TEST(Malformed, CH103_DuplicateMembersAre400) {
  Call twice;
  twice.more = R"(,"hook":"x")";
  expect_400(call(twice), "body", "two hooks");
  Call nested_twice;
  nested_twice.context = R"({"patientId":"1288992","patientId":"1"})";
  expect_400(call(nested_twice), "body", "two patients");
  Call escaped;
  escaped.context = R"({"patientId":"1288992","patient\u0049d":"1"})";
  expect_400(call(escaped), "body", "two spellings");
}

// CH-223: "parse 2·10⁵ nested arrays …: never reached, depth limit first"
TEST(Malformed, CH104_CH105_CH223_NestingBeyondTheLimitIs400) {
  expect_400(send(std::string(1'000'000, '[')), "body", "a million brackets");
  expect_400(send(nested(200'000)), "body", "balanced");
  // The object around it is the first of the 64 levels.
  Call deep;
  deep.more = R"(,"extension":)" + nested(63);
  EXPECT_EQ(call(deep).status, 200);
  deep.more = R"(,"extension":)" + nested(64);
  expect_400(call(deep), "body", "one too deep");
}

TEST(Malformed, CH106_NumbersThatNothingCanHoldNeverDecide) {
  for (const std::string& number :
       {std::string("-0"), std::string("1E-400"), std::string("0.1e+1"), std::string(1'000'000, '9')}) {
    const auto answer = call(referral_call(number));
    EXPECT_TRUE(answer.status == 200 || answer.status == 400) << number.substr(0, 20);
    EXPECT_EQ(answer.body.find(R"("code":"nsirs-referral")"), std::string::npos) << number.substr(0, 20);
  }
  expect_400(call(referral_call("1e400")), "body", "1e400");
}

TEST(Malformed, CH107_CH108_CH109_CH111_BytesThatAreNoTextAre400) {
  using namespace std::string_literals;
  for (const std::string& bytes : {"\xff"s, "\xc0\xaf"s, "\xed\xa0\x80"s, "\xe2\x82"s, "\\ud800"s, "\0"s, "\x01"s}) {
    Call wrong;
    wrong.more = R"(,"extension":{"x":")" + bytes + "\"}";
    expect_400(call(wrong), "body", bytes);
  }
  expect_400(send(Call().text() + "\0junk"s), "body", "NUL behind");
  std::string wide = "\xff\xfe";
  for (const char letter : Call().text()) wide += std::string(1, letter) + '\0';
  expect_400(send(wide), "body", "UTF-16");
}

TEST(Malformed, CH110_AnEscapedNulIsKeptOrPassedOverButNeverCutsText) {
  Call odd = referral_call();
  std::string& observations = odd.prefetch["observations"];
  observations.insert(observations.find(R"("coding")"), R"("text":"a\u0000b",)");
  EXPECT_EQ(call(odd).status, 200);
}

TEST(Malformed, CH112_CH114_OtherMediaTypesAndCharsetsAre415) {
  for (const std::string type :
       {"text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1", "text/json"}) {
    const auto answer = post(shared_program().port(), test::service, Call().text(), {"Content-Type: " + type});
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "") << type;
  }
}

// CH-221: "request without Content-Type, JSON body: body is really parsed"
TEST(Malformed, CH113_CH221_WithoutAMediaTypeTheBodyIsReadAllTheSame) {
  EXPECT_EQ(post(shared_program().port(), test::service, Call().text(), {}).status, 200);
  EXPECT_EQ(post(shared_program().port(), test::service, "{", {}).status, 400);
}

// "50,000 entries in a Bundle; 1,000 prefetch keys; one 5 MB string: 200/413 within deadline, memory bounded"
TEST(Malformed, CH120_VeryLargeRecordsAreAnswered) {
  Call many = referral_call();
  std::vector<std::string> resources(50'000, R"({"resourceType":"Observation","status":"final","code":{"text":"x"}})");
  many.prefetch["observations"] = test::bundle(resources);
  EXPECT_EQ(call(many).status, 200);
  Call wide = referral_call();
  for (int i = 0; i < 1000; ++i) wide.prefetch["key" + std::to_string(i)] = "null";
  EXPECT_EQ(call(wide).status, 200);
  Call long_text = referral_call();
  long_text.more = R"(,"extension":{"x":")" + std::string(5'000'000, 'a') + "\"}";
  EXPECT_EQ(call(long_text).status, 200);
}

// "patient name / Observation display containing <script>, ](javascript:…), \u202e, 10 kB: escaped or omitted"
TEST(Malformed, CH121_WhatTheRecordSaysCannotBecomeMarkup) {
  Call hostile = referral_call();
  std::string& observations = hostile.prefetch["observations"];
  const std::string text = R"(<script>alert(1)</script>](javascript:alert(1))\u202e)" + std::string(10'000, 'x');
  std::size_t place = 0;
  while ((place = observations.find(R"("coding":[{)", place)) != std::string::npos)
    observations.insert(place += 11, R"("display":")" + text + R"(",)");
  hostile.prefetch["patient"].insert(1, R"("name":[{"text":"<script>x</script>"}],)");
  const auto answer = call(hostile);
  EXPECT_EQ(answer.status, 200);
  for (const std::string wrong : {"<script", "](javascript:", "\u202e", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
    EXPECT_EQ(answer.body.find(wrong), std::string::npos) << wrong;
}

TEST(Malformed, CH122_LoopsAndPrimitiveExtensionsDoNoHarm) {
  Call odd = referral_call();
  std::string& observations = odd.prefetch["observations"];
  observations.insert(observations.find(R"("status")"),
                      R"("contained":[{"resourceType":"Observation","id":"a","hasMember":[{"reference":"#a"}]}],)"
                      R"("hasMember":[{"reference":"Observation/bmi-1"},null],"_status":{"extension":[{"url":"x"}]},)"
                      R"("extension":[null],)");
  EXPECT_EQ(call(odd).status, 200);
}

TEST(Malformed, TheProgramIsStillThereAfterAllOfIt) {
  EXPECT_TRUE(shared_program().alive());
  EXPECT_EQ(call(Call()).status, 200);
}
