#include <gtest/gtest.h>

#include "fhir/json.h"
#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// The hooks beside patient-view over real sockets: what is answered, what is refused, and how it is explained.

namespace {

using test::Answer;
using test::Call;
using test::post;
using test::shared_program;

Answer call(const Call& body, const std::string& service) {
  return post(shared_program().port(), "/cds-services/" + service, body.text());
}

Answer explained(const Call& body) {
  return post(shared_program().port(), "/explain", body.text());
}

void expect_card(const Answer& answer, const std::string& topic, const std::string& words) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(test::schema_faults("response", answer.body), "");
  EXPECT_NE(answer.body.find("\"code\":\"" + topic + "\""), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(words), std::string::npos) << answer.body;
}

void expect_refusal(const Answer& answer, const std::string& path) {
  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
  EXPECT_NE(answer.body.find("\"" + path + "\""), std::string::npos) << answer.body;
}

}  // namespace

TEST(OrderSign, WarnsOfAnInsulinOrderAboveThreeUnitsPerKilogram) {
  expect_card(call(test::order_call("order-sign", test::insulin_order("190")), "sir-order-sign"), "order-safety",
              "insulin 3.16 units/kg/day");
}

TEST(OrderSign, IsSilentAboutAnOrdinaryOrder) {
  EXPECT_EQ(call(test::order_call("order-sign", test::insulin_order("40")), "sir-order-sign").body, R"({"cards":[]})");
  EXPECT_EQ(call(test::order_call("order-sign", R"({"resourceType":"DeviceRequest","id":"d"})"), "sir-order-sign").body,
            R"({"cards":[]})");
}

TEST(OrderSelect, JudgesOnlyWhatIsSelected) {
  const std::string two = test::insulin_order("190") + "},{\"resource\":" + test::lab_order("4548-4", "t1");
  expect_card(call(test::order_call("order-select", two, R"(["MedicationRequest/o1"])"), "sir-order-select"),
              "order-safety", "This order");
  EXPECT_EQ(call(test::order_call("order-select", two, R"(["ServiceRequest/t1"])"), "sir-order-select").body,
            R"({"cards":[]})");
}

TEST(OrderSelect, ProposesTheTestThatAnswersTheQuestion) {
  const auto answer =
      call(test::order_call("order-select", test::lab_order("20448-7", "t1"), R"(["ServiceRequest/t1"])"),
           "sir-order-select");
  expect_card(answer, "order-safety", "not ordered as fasting");
  EXPECT_NE(answer.body.find("42180-0"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("type":"create")"), std::string::npos);
  EXPECT_EQ(answer.body.find("systemActions"), std::string::npos);
}

TEST(ProblemListItemCreate, JudgesTheNewConditionWithTheRecord) {
  expect_card(call(test::new_condition_call("402599005"), "sir-problem-list-item-create"), "acanthosis-nigricans",
              "Acanthosis nigricans");
}

TEST(ProblemListItemCreate, IsSilentWhereTheNewConditionChangesNothing) {
  Call body = test::new_condition_call("38341003");
  body.prefetch["conditions"] = test::bundle({test::condition("an-1", "402599005")});
  EXPECT_EQ(call(body, "sir-problem-list-item-create").body, R"({"cards":[]})");
  const auto why = explained(body);
  EXPECT_EQ(test::schema_faults("assessment", why.body), "");
  EXPECT_NE(why.body.find("the new Conditions change nothing"), std::string::npos) << why.body;
}

TEST(HookContext, IsRefusedWithThePathOfWhatIsMissingOrWrong) {
  Call sign = test::order_call("order-sign", test::insulin_order("40"));
  sign.context = R"({"userId":"Practitioner/x","patientId":"1288992"})";
  expect_refusal(call(sign, "sir-order-sign"), "context.draftOrders");
  sign.context =
      R"({"userId":"Practitioner/x","patientId":"1288992","draftOrders":{"resourceType":"Bundle","entry":[{}]}})";
  expect_refusal(call(sign, "sir-order-sign"), "context.draftOrders.entry[0].resource");
  expect_refusal(explained(sign), "context.draftOrders.entry[0].resource");

  Call select = test::order_call("order-select", test::insulin_order("40"), R"(["MedicationRequest/none"])");
  expect_refusal(call(select, "sir-order-select"), "context.selections[0]");
  Call unselected = test::order_call("order-select", test::insulin_order("40"), "7");
  expect_refusal(call(unselected, "sir-order-select"), "context.selections");

  Call create = test::new_condition_call("402599005");
  create.context = R"({"userId":"Practitioner/x","patientId":"1288992","conditions":[]})";
  expect_refusal(call(create, "sir-problem-list-item-create"), "context.conditions");
}

TEST(HookContext, OfAnotherPatientIsRefused) {
  auto order = test::insulin_order("190");
  order.replace(order.find("1288992"), 7, "somebody");
  expect_refusal(call(test::order_call("order-sign", order), "sir-order-sign"),
                 "context.draftOrders.entry[0].resource.subject");
}

TEST(HookContext, OfAnotherHookIsRefused) {
  expect_refusal(call(test::order_call("order-sign", test::insulin_order("40")), "sir-order-select"), "hook");
  expect_refusal(call(test::referral_call(), "sir-order-sign"), "hook");
}

TEST(Explanation, OfACallOfAnOrderHookListsItsOwnCriteria) {
  const auto answer = explained(test::order_call("order-sign", test::insulin_order("130")));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(test::schema_faults("assessment", answer.body), "");
  const auto document = fhir::read_document(answer.body);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root()["outcome"].string(), "order-safety");
  EXPECT_EQ(document->root()["criteria"].size(), 6U);
  EXPECT_NE(answer.body.find("MedicationRequest/o1"), std::string::npos);
  EXPECT_NE(answer.body.find("insulin ordered per kilogram 2.16 units/kg/day is above 2"), std::string::npos)
      << answer.body;
}

TEST(Explanation, GroupsInWordsWhatWasIgnored) {
  Call body;
  std::vector<std::string> results;
  for (int i = 17; i < 29; ++i)
    results.push_back(R"({"resourceType":"Observation","id":")" + std::to_string(i) +
                      R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"59179-2"}]},)"
                      R"("effectiveDateTime":"2026-05-14","valueQuantity":{"value":30,"unit":"mU/mL"}})");
  body.prefetch["observations"] = test::bundle(results);
  const auto answer = explained(body);
  EXPECT_EQ(test::schema_faults("assessment", answer.body), "");
  EXPECT_NE(answer.body.find("12 Observations have a unit text that is not known for insulin: 'mU/mL' (Observation/17, "
                             "Observation/18, Observation/19 and 9 more)"),
            std::string::npos)
      << answer.body;
  EXPECT_EQ(shared_program().log().find("mU/mL"), std::string::npos);
  EXPECT_EQ(test::ask(shared_program().port(), "GET", "/metrics").body.find("mU/mL"), std::string::npos);
}
