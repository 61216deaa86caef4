#include <gmock/gmock.h>

#include <utility>

#include "cards/digest.h"
#include "support.h"

// The hooks beside patient-view, from the body of a call to the cards. What is said when is tried by the cases of the
// knowledge (cards/knowledge/cases/order-*.json); here is how it is said, and what is refused.

namespace cards {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using tests::json;

const std::string patient = "'patient':{'resourceType':'Patient','id':'p','gender':'male','birthDate':'1976-01-01'}";

std::string entry(const std::string& resource) {
  return "{'resource':{" + resource + "}}";
}

std::string bundle_of(const std::string& entries) {
  return "{'resourceType':'Bundle','type':'collection','entry':[" + entries + "]}";
}

std::string record_bundle(const std::string& key, const std::vector<std::string>& resources) {
  std::string entries;
  for (const auto& resource : resources) entries += (entries.empty() ? "" : ",") + entry(resource);
  return "'" + key + "':" + bundle_of(entries);
}

const std::string body_of_60_kg =
    record_bundle("observations", {tests::bmi("23"), tests::observation("w", "29463-7", tests::quantity("60", "kg"))});

std::string call(const std::string& hook, const std::string& context, const std::string& more = "") {
  return json("{'hook':'" + hook + "','hookInstance':'d1577c69','context':{'userId':'Practitioner/x','patientId':'p'," +
              context + "},'prefetch':{" + patient + ",'conditions':null," + body_of_60_kg +
              (more.empty() ? "" : "," + more) + "}}");
}

std::string insulin_order(const std::string& units, const std::string& id = "o1") {
  return "'resourceType':'MedicationRequest','id':'" + id +
         "','status':'draft','intent':'order','subject':{'reference':'Patient/"
         "p'},'medicationCodeableConcept':{'coding':"
         "[{'system':'http://www.whocc.no/atc','code':'A10AB01','display':'insulin (human)'}]},'dosageInstruction':[{"
         "'timing':{'repeat':{'frequency':1,'period':1,'periodUnit':'d'}},'doseAndRate':[{'doseQuantity':{'value':" +
         units + ",'unit':'U','system':'http://unitsofmeasure.org','code':'[iU]'}}]}]";
}

std::string test_order(const std::string& code, const std::string& id = "t1") {
  return "'resourceType':'ServiceRequest','id':'" + id +
         "','status':'draft','intent':'order','subject':{'reference':'Patient/p'},'code':{'coding':[{'system':"
         "'http://loinc.org','code':'" +
         code + "'}]}";
}

struct Answer {
  Assessment assessment;
  std::vector<Card> cards;
};

Answer answer_to(const std::string& body, const std::string& service) {
  auto request = read_hook_request(body, *tests::shipped().service(service));
  EXPECT_TRUE(request) << request.error().where << " " << request.error().what;
  auto record = complete(std::move(*request));
  EXPECT_TRUE(record) << record.error().where << " " << record.error().what;
  auto assessment =
      assess(record->record, tests::shipped(), tests::today, record->missing, Trail::whole, record->service);
  auto cards = compose(assessment, record->record, tests::shipped(), {}, tests::counting_uuids());
  return {std::move(assessment), std::move(cards)};
}

fhir::Error refusal(const std::string& body, const std::string& service) {
  auto request = read_hook_request(body, *tests::shipped().service(service));
  return request ? fhir::Error{} : request.error();
}

TEST(OrderHook, RefusesAContextThatLacksWhatTheHookIsAbout) {
  struct Wrong {
    const char* hook;
    const char* context;
    const char* where;
    const char* what;
  };
  for (const auto& [hook, context, where, what] : {
           Wrong{"order-sign", "'a':1", "context.draftOrders", "is missing"},
           Wrong{"order-sign", "'draftOrders':[]", "context.draftOrders", "is not a FHIR Bundle"},
           Wrong{"order-sign", "'draftOrders':{'resourceType':'Bundle','entry':[{}]}",
                 "context.draftOrders.entry[0].resource", "is missing"},
           Wrong{"order-select", "'draftOrders':{'resourceType':'Bundle'}", "context.selections", "is missing"},
           Wrong{"order-select", "'selections':'MedicationRequest/1','draftOrders':{'resourceType':'Bundle'}",
                 "context.selections", "is not a list"},
           Wrong{"order-select", "'selections':[1],'draftOrders':{'resourceType':'Bundle'}", "context.selections[0]",
                 "is not a reference"},
           Wrong{"order-select", "'selections':[]", "context.draftOrders", "is missing"},
           Wrong{"order-select", "'selections':['MedicationRequest/1'],'draftOrders':{'resourceType':'Bundle'}",
                 "context.selections[0]", "names none of the orders"},
           Wrong{"problem-list-item-create", "'a':1", "context.conditions", "is missing"},
           Wrong{"problem-list-item-create", "'conditions':{'resourceType':'Condition'}", "context.conditions",
                 "is not a FHIR Bundle"},
       }) {
    EXPECT_EQ(refusal(call(hook, context), "sir-" + std::string(hook)),
              (fhir::Error{fhir::Kind::bad_input, where, what}))
        << context;
  }
}

TEST(OrderHook, SaysNothingToOrdersThatItDoesNotKnow) {
  const auto answer =
      answer_to(call("order-sign", "'draftOrders':" + bundle_of(entry("'resourceType':'NutritionOrder','id':'n'"))),
                "sir-order-sign");
  EXPECT_THAT(answer.cards, IsEmpty());
  EXPECT_EQ(answer.assessment.outcome, "none");
}

TEST(OrderHook, AsksOnlyTheCriteriaOfItsService) {
  const auto answer = answer_to(call("order-sign", "'draftOrders':" + bundle_of("")), "sir-order-sign");
  const auto& asked = tests::shipped().service("sir-order-sign")->criteria;
  ASSERT_EQ(answer.assessment.criteria.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) EXPECT_EQ(answer.assessment.criteria[i].id, asked[i]);
  EXPECT_EQ(tests::shipped().service("sir-patient-view")->criteria.size(), 14U);
  EXPECT_EQ(tests::shipped().service("sir-patient-view")->criteria,
            tests::shipped().service("sir-problem-list-item-create")->criteria);
}

TEST(InsulinOrderCard, ShowsTheOrderTheWeightAndWhatTheyComeTo) {
  const auto answer =
      answer_to(call("order-sign", "'draftOrders':" + bundle_of(entry(insulin_order("190")))), "sir-order-sign");
  ASSERT_EQ(answer.cards.size(), 1U);
  const auto& card = answer.cards.front();
  EXPECT_EQ(card.topic, "order-safety");
  EXPECT_EQ(card.indicator, "warning");
  EXPECT_EQ(card.summary,
            "This order is insulin 3.16 units/kg/day, BMI 23: possible severe insulin resistance. Consider NSIRS.");
  EXPECT_THAT(card.detail, HasSubstr("This order: insulin **190 units a day**"));
  EXPECT_THAT(card.detail, HasSubstr("**3.16 units/kg/day** (weight 60 kg)"));
  const auto& evidence = answer.assessment.criteria[2].because;
  EXPECT_THAT(write_assessment(answer.assessment, answer.cards, tests::shipped()), HasSubstr("MedicationRequest/o1"));
  EXPECT_EQ(evidence.verdict, Verdict::met);
}

// The draft is no evidence that a server could resolve, and its supporting information names none.
TEST(InsulinOrderCard, ProposesDraftsThatDoNotReferToTheDraft) {
  const auto answer =
      answer_to(call("order-sign", "'draftOrders':" + bundle_of(entry(insulin_order("190")))), "sir-order-sign");
  for (const auto& suggestion : answer.cards.front().suggestions) {
    for (const auto& action : suggestion.actions) {
      EXPECT_THAT(action.resource, HasSubstr("\"status\":\"draft\""));
      EXPECT_THAT(action.resource, Not(HasSubstr("MedicationRequest/o1")));
    }
  }
}

TEST(InsulinOrderCard, IsGivenForTheNextOrderWhateverWasAnsweredAboutThis) {
  const auto record_for = [](const std::string& order) {
    auto request = read_hook_request(call("order-sign", "'draftOrders':" + bundle_of(entry(order))),
                                     *tests::shipped().service("sir-order-sign"));
    return complete(std::move(request.value())).value();
  };
  const auto outcome = [](const CompleteRecord& of, const Answers& answers) {
    return assess(of.record, tests::shipped(), tests::today, {}, Trail::whole, of.service, answers).outcome;
  };
  const Digest keyed = [](std::string_view text) { return keyed_digest("a key of the site", text); };
  const auto first = record_for(insulin_order("190"));
  const auto bases = bases_of("order-insulin-dose", first.record, tests::shipped(), tests::today, keyed);
  const Answers later{{{bases, "later", tests::today}}, keyed};
  EXPECT_EQ(outcome(first, {}), "order-safety");
  EXPECT_EQ(outcome(first, later), "none");
  EXPECT_EQ(outcome(record_for(insulin_order("190", "o2")), later), "order-safety");
}

TEST(Draft, IsNeverTakenForATreatment) {
  const auto drafted = bundle_of(entry(insulin_order("30")) + "," + entry(test_order("27873-9")));
  EXPECT_THAT(answer_to(call("order-sign", "'draftOrders':" + drafted), "sir-order-sign").cards, IsEmpty());
  const auto taken = answer_to(
      call("order-sign", "'draftOrders':" + bundle_of(entry(test_order("27873-9"))),
           record_bundle("medications",
                         {insulin_order("30", "m1").replace(insulin_order("30", "m1").find("draft"), 5, "active")})),
      "sir-order-sign");
  ASSERT_EQ(taken.cards.size(), 1U);
  EXPECT_THAT(taken.cards.front().summary, HasSubstr("injected insulin is measured too"));
  ASSERT_EQ(taken.cards.front().suggestions.size(), 1U);
  EXPECT_EQ(taken.cards.front().suggestions[0].actions.size(), 2U);
  EXPECT_THAT(taken.cards.front().suggestions[0].actions[0].resource, HasSubstr("C-peptide"));
}

// An order that is signed again stands in the record too: it replaces itself.
TEST(InsulinOrderCard, CountsAnOrderThatIsSignedAgainOnce) {
  auto again = insulin_order("110", "m1");
  again.replace(again.find("draft"), 5, "active");
  const auto answer =
      answer_to(call("order-sign", "'draftOrders':" + bundle_of(entry(again)), record_bundle("medications", {again})),
                "sir-order-sign");
  EXPECT_EQ(answer.assessment.criteria[2].verdict, Verdict::not_met);
}

TEST(InsulinOrderCard, TakesANamedPriorPrescriptionForReplaced) {
  auto standing = insulin_order("110", "m1");
  standing.replace(standing.find("draft"), 5, "active");
  standing.replace(standing.find("A10AB01"), 7, "A10AE04");
  const auto criterion = [&](const std::string& prior) {
    return answer_to(call("order-sign", "'draftOrders':" + bundle_of(entry(insulin_order("110") + prior)),
                          record_bundle("medications", {standing})),
                     "sir-order-sign")
        .assessment.criteria[2]
        .verdict;
  };
  EXPECT_EQ(criterion(""), Verdict::unknown);
  EXPECT_EQ(criterion(",'priorPrescription':{'reference':'MedicationRequest/m1'}"), Verdict::not_met);
}

TEST(NewCondition, IsJudgedWithTheRecordAndReferredToByNoDraft) {
  const auto answer = answer_to(
      call("problem-list-item-create",
           "'conditions':" + bundle_of(entry(tests::condition("new", "402599005", "'category':'problem-list-item'")))),
      "sir-problem-list-item-create");
  ASSERT_EQ(answer.cards.size(), 1U);
  EXPECT_EQ(answer.cards.front().topic, "acanthosis-nigricans");
  for (const auto& suggestion : answer.cards.front().suggestions) {
    for (const auto& action : suggestion.actions) EXPECT_THAT(action.resource, Not(HasSubstr("Condition/new")));
  }
}

TEST(NewCondition, ThatChangesNothingIsMetWithSilenceAndTheExplanationSaysWhy) {
  auto body = call("problem-list-item-create", "'conditions':" + bundle_of(entry(tests::condition("new", "38341003"))));
  const std::string nothing = "\"conditions\":null";
  body.replace(body.find(nothing), nothing.size(),
               json(record_bundle("conditions", {tests::condition("an", "402599005")})));
  const auto known = answer_to(body, "sir-problem-list-item-create");
  EXPECT_THAT(known.cards, IsEmpty());
  EXPECT_EQ(known.assessment.outcome, "none");
  EXPECT_THAT(known.assessment.silence, HasSubstr("acanthosis-nigricans"));
  EXPECT_THAT(write_assessment(known.assessment, known.cards, tests::shipped()),
              HasSubstr("the new Conditions change nothing"));
}

TEST(ReadAny, ReadsACallOfEveryHook) {
  for (const auto& [hook, context] : {
           std::pair{"order-sign", "'draftOrders':{'resourceType':'Bundle'}"},
           std::pair{"order-select", "'selections':[],'draftOrders':{'resourceType':'Bundle'}"},
           std::pair{"problem-list-item-create", "'conditions':{'resourceType':'Bundle'}"},
       }) {
    const auto read = read_any(call(hook, context), tests::shipped());
    ASSERT_TRUE(read) << hook;
    EXPECT_EQ(read->service, "sir-" + std::string(hook));
  }
}

}  // namespace
}  // namespace cards
