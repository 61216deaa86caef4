#include <gtest/gtest.h>

#include <regex>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Group D of the conformance checklist: what may come as prefetch.

namespace {

using test::Answer;
using test::Call;
using test::referral_call;

Answer call(const Call& body) {
  return test::post(test::shared_program().port(), test::service, body.text());
}

bool refers(const Answer& answer) {
  return answer.body.find(R"("code":"nsirs-referral")") != std::string::npos;
}

void expect_fault(const Answer& answer, int status, const std::string& expression) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_NE(answer.body.find("\"expression\":[\"" + expression + "\"]"), std::string::npos) << answer.body;
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
}

constexpr const char* failed = R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]})";

}  // namespace

// CH-058: "all keys supplied and sufficient: 200, server makes no FHIR call at all"; this version makes none ever
TEST(Prefetch, CH058_AllKeysSuppliedIsEnough) {
  EXPECT_TRUE(refers(call(referral_call())));
}

// CH-061 with a server that cannot be asked; CH-101: "fhirServer not on the allow-list: no outbound call; 412"
TEST(Prefetch, CH059_CH061_CH101_ANeededKeyThatIsMissingIs412) {
  Call without_patient = referral_call();
  without_patient.prefetch["patient"] = "";
  expect_fault(call(without_patient), 412, "prefetch.patient");

  Call without_data = referral_call();
  without_data.prefetch["conditions"] = without_data.prefetch["observations"] = "";
  expect_fault(call(without_data), 412, "prefetch");
  for (const std::string server : {"http://127.0.0.1:9", "https://[::1]/fhir", "http://169.254.169.254/latest"}) {
    without_data.more = R"(,"fhirServer":")" + server + "\"";
    EXPECT_EQ(call(without_data).status, 412) << server;
  }
}

TEST(Prefetch, CH063_AnOptionalKeyThatIsMissingIsNoError) {
  for (const std::string key : {"conditions", "medications", "familyHistory", "referrals"}) {
    Call partial = referral_call();
    partial.prefetch[key] = "";
    EXPECT_EQ(call(partial).status, 200) << key;
  }
}

TEST(Prefetch, CH064_CH065_NullAndEmptyBundlesMeanThatNothingWasFound) {
  const auto text = [](const Answer& answer) {
    static const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    return std::regex_replace(answer.body, uuid, "*");
  };
  const auto expected = text(call(referral_call()));
  for (const std::string nothing : {"null", R"({"resourceType":"Bundle","type":"searchset"})",
                                    R"({"resourceType":"Bundle","type":"searchset","total":0,"entry":[]})"}) {
    Call empty = referral_call();
    for (const auto* key : {"conditions", "medications", "familyHistory", "referrals"}) empty.prefetch[key] = nothing;
    EXPECT_EQ(text(call(empty)), expected) << nothing;
  }
}

TEST(Prefetch, CH066_AnOperationOutcomeMeansThatItCouldNotBeFetched) {
  Call needed = referral_call();
  needed.prefetch["patient"] = failed;
  expect_fault(call(needed), 412, "prefetch.patient");
  Call optional = referral_call();
  optional.prefetch["medications"] = failed;
  EXPECT_EQ(call(optional).status, 200);
}

TEST(Prefetch, CH067_AnOutcomeAmongTheEntriesIsPassedOver) {
  Call mixed = referral_call();
  std::string& observations = mixed.prefetch["observations"];
  observations.insert(
      observations.rfind("]}"),
      R"(,{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"informational"}]},)"
      R"("search":{"mode":"outcome"}})");
  EXPECT_TRUE(refers(call(mixed)));
}

TEST(Prefetch, CH069_AFirstPageIsUsedAndTheCardSaysThatMoreIsMissing) {
  Call paged = referral_call();
  std::string& conditions = paged.prefetch["conditions"];
  conditions.insert(conditions.size() - 1, R"(,"link":[{"relation":"next","url":"https://ehr.example/fhir?page=2"}])");
  const auto answer = call(paged);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("first page"), std::string::npos) << answer.body;
}

TEST(Prefetch, CH072_CH073_CH074_OtherWrappingsOfTheSameAreRead) {
  Call single = referral_call();
  single.prefetch["conditions"] = test::condition("an-1", "402599005");
  EXPECT_TRUE(refers(call(single)));

  Call wrapped = referral_call();
  wrapped.prefetch["patient"] = test::bundle({wrapped.prefetch["patient"]});
  EXPECT_TRUE(refers(call(wrapped)));

  Call collection = referral_call();
  std::string& observations = collection.prefetch["observations"];
  observations.replace(observations.find("searchset"), 9, "collection");
  EXPECT_TRUE(refers(call(collection)));
}

// "resource of another patient inside the prefetch: ignored; never used in a decision"
TEST(Prefetch, CH075_AResourceOfAnotherPatientDecidesNothing) {
  Call foreign = referral_call();
  foreign.prefetch["observations"] =
      test::bundle({test::observation("bmi-1", "39156-5", "22.8", "kg/m2", "somebody-else"),
                    test::observation("i-1", "59179-2", "412", "pmol/L", "somebody-else")});
  const auto answer = call(foreign);
  EXPECT_EQ(answer.body, R"({"cards":[]})");
}

TEST(Prefetch, CH076_AnotherPatientAltogetherIsRefused) {
  Call other = referral_call();
  other.context = R"({"userId":"Practitioner/example","patientId":"999"})";
  const auto answer = call(other);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body.find("1288992"), std::string::npos);
  EXPECT_EQ(answer.body.find("999"), std::string::npos);
}

TEST(Prefetch, CH077_CH078_WhatIsNoResourceIsRefusedByName) {
  for (const std::string wrong : {R"("123")", "1", "true", "[]", "[{}]", R"({"id":"1288992"})",
                                  R"({"response":{"status":"200"},"resource":{"resourceType":"Patient"}})"}) {
    Call malformed = referral_call();
    malformed.prefetch["patient"] = wrong;
    const auto answer = call(malformed);
    EXPECT_TRUE(answer.status == 400 || answer.status == 412) << wrong << answer.body;
    EXPECT_NE(answer.body.find("prefetch.patient"), std::string::npos) << answer.body;
  }
  Call ignored = referral_call();
  ignored.prefetch["user"] = R"("123")";
  EXPECT_TRUE(refers(call(ignored)));
}

TEST(Prefetch, CH079_NullAndEmptyPrefetchAreLikeNone) {
  for (const std::string none : {"null", "{}"}) {
    Call empty;
    empty.whole_prefetch = none;
    EXPECT_EQ(call(empty).status, 412) << none;
  }
}

TEST(Prefetch, CH080_PrefetchThatIsNoObjectIs400) {
  for (const std::string wrong : {"[]", "\"x\"", "1"}) {
    Call malformed;
    malformed.whole_prefetch = wrong;
    expect_fault(call(malformed), 400, "prefetch");
  }
}

TEST(Prefetch, CH081_OlderShapesOfFhirAreReadOrPassedOver) {
  Call old = referral_call();
  old.prefetch["conditions"] = test::bundle(
      {R"({"resourceType":"Condition","id":"c","patient":{"reference":"Patient/1288992"},"clinicalStatus":"active",)"
       R"("verificationStatus":"confirmed","category":"problem","code":{"text":"x"}})"});
  old.prefetch["medications"] = test::bundle(
      {R"({"resourceType":"MedicationOrder","id":"m","patient":{"reference":"Patient/1288992"},"status":"active",)"
       R"("dateWritten":"2016-01-01","medicationCodeableConcept":{"text":"x"}})"});
  EXPECT_TRUE(refers(call(old)));
}
