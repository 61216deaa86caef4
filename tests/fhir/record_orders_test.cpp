#include <gtest/gtest.h>

#include "tests/fhir/record_reading.h"

// Orders and Conditions that are only about to be written: read strictly, and never mixed up with the record.

namespace fhir {
namespace {

const std::string insulin =
    "'resourceType':'MedicationRequest','id':'m1','status':'draft','intent':'order',"
    "'medicationCodeableConcept':{'text':'insulin'},'subject':{'reference':'Patient/p1'}";

/// A record with proposed orders or Conditions beside whatever was sent.
class Proposing {
 public:
  Proposing() : reader_("p1") {}

  Proposing& record(const std::string& text) {
    const auto json = parsed(text);
    EXPECT_TRUE(reader_.add(json, "prefetch.x"));
    return *this;
  }
  Result<void> orders(const std::string& bundle, const std::optional<std::vector<std::string>>& selected = {}) {
    if (!selected) return reader_.add_orders(parsed(bundle), "context.draftOrders", std::nullopt);
    std::vector<Selection> selections;
    for (const auto& one : *selected) {
      names_.push_back(std::make_unique<std::string>(one));
      selections.push_back({*names_.back(), "context.selections[" + std::to_string(selections.size()) + "]"});
    }
    return reader_.add_orders(parsed(bundle), "context.draftOrders", selections);
  }
  Result<void> conditions(const std::string& bundle) {
    return reader_.add_new_conditions(parsed(bundle), "context.conditions");
  }
  Result<Record> try_finish() { return reader_.finish(); }
  Record finish() {
    auto record = reader_.finish();
    EXPECT_TRUE(record);
    if (!record) return {};
    EXPECT_EQ(record->counts.seen, record->counts.used + record->counts.ignored + record->counts.dropped);
    return std::move(*record);
  }

 private:
  Json parsed(const std::string& text) {
    auto document = read_document(json_of(text));
    EXPECT_TRUE(document) << text;
    const Json root = document->root();
    reader_.keep(std::move(*document));
    return root;
  }
  RecordReader reader_;
  std::vector<std::unique_ptr<std::string>> names_;
};

std::string order(const std::string& members) {
  return "{'resource':{" + members + "}}";
}

Record with_orders(const std::string& entries) {
  Proposing one;
  EXPECT_TRUE(one.orders(bundle_of(entries)));
  return one.finish();
}

}  // namespace

TEST(RecordOrders, AreNoPartOfTheRecord) {
  const Record record = with_orders(
      order(insulin) + "," +
      order("'resourceType':'ServiceRequest','id':'s1','status':'draft','intent':'order','code':{'text':'x'}"));
  EXPECT_TRUE(record.medications.empty());
  EXPECT_TRUE(record.service_requests.empty());
  ASSERT_EQ(record.orders.medications.size(), 1U);
  EXPECT_EQ(record.orders.medications[0].order.reference, "MedicationRequest/m1");
  ASSERT_EQ(record.orders.requests.size(), 1U);
  EXPECT_EQ(record.orders.requests[0].order.reference, "ServiceRequest/s1");
}

TEST(RecordOrders, AreReadInWhateverStateTheyAreSigned) {
  for (const std::string status : {"draft", "active", "on-hold", "unknown"}) {
    const Record record = with_orders(
        order("'resourceType':'MedicationRequest','status':'" + status + "','medicationCodeableConcept':{'text':'x'}"));
    EXPECT_EQ(record.orders.medications.size(), 1U) << status;
  }
  for (const std::string status : {"stopped", "cancelled", "completed", "entered-in-error"}) {
    const Record record = with_orders(
        order("'resourceType':'MedicationRequest','status':'" + status + "','medicationCodeableConcept':{'text':'x'}"));
    EXPECT_TRUE(record.orders.medications.empty()) << status;
  }
  for (const std::string status : {"revoked", "completed", "entered-in-error"}) {
    const Record record =
        with_orders(order("'resourceType':'ServiceRequest','status':'" + status + "','code':{'text':'x'}"));
    EXPECT_TRUE(record.orders.requests.empty()) << status;
  }
}

TEST(RecordOrders, HaveTheNamesOfOlderVersions) {
  const Record record = with_orders(
      order("'resourceType':'MedicationOrder','id':'a','status':'draft','medicationCodeableConcept':{'text':'x'},"
            "'patient':{'reference':'Patient/p1'}") +
      "," +
      order("'resourceType':'ProcedureRequest','id':'b','status':'draft','code':{'text':'y'},"
            "'subject':{'reference':'Patient/p1'}"));
  EXPECT_EQ(record.orders.medications.size(), 1U);
  EXPECT_EQ(record.orders.requests.size(), 1U);
}

TEST(RecordOrders, OfOtherKindsArePassedOver) {
  const Record record = with_orders(order("'resourceType':'NutritionOrder','id':'n'") + "," +
                                    order("'resourceType':'DeviceRequest','id':'d'"));
  EXPECT_TRUE(record.orders.medications.empty());
  EXPECT_TRUE(record.orders.requests.empty());
  EXPECT_EQ(record.counts.ignored, 2U);
}

TEST(RecordOrders, FindTheirMedicationBesideThemInTheRecordOrInside) {
  const std::string referring =
      "'resourceType':'MedicationRequest','id':'m1','status':'draft','medicationReference':{'reference':";
  const std::string medication = "'resourceType':'Medication','id':'x','code':{'text':'insulin'}";
  const Record beside = with_orders(order(referring + "'Medication/x'}") + "," + order(medication));
  const Record inside = with_orders(order(referring + "'#x'},'contained':[{" + medication + "}]"));
  Proposing in_record;
  in_record.record(bundle_of(order(medication)));
  ASSERT_TRUE(in_record.orders(bundle_of(order(referring + "'Medication/x'}"))));
  const Record recorded = in_record.finish();
  for (const auto* record : {&beside, &inside, &recorded}) {
    ASSERT_EQ(record->orders.medications.size(), 1U);
    EXPECT_EQ(record->orders.medications[0].order.medication.text, "insulin");
  }
}

TEST(RecordOrders, NameThePriorPrescriptionThatTheyReplace) {
  const Record record = with_orders(
      order(insulin + ",'priorPrescription':{'reference':'https://x/fhir/MedicationRequest/m0/_history/2'}"));
  EXPECT_EQ(record.orders.medications[0].order.prior, "MedicationRequest/m0");
}

TEST(RecordOrders, KeepTheWordsOfATest) {
  const Record record = with_orders(
      order("'resourceType':'ServiceRequest','code':{'text':'x'},'patientInstruction':'a','note':[{'text':'b'}],"
            "'orderDetail':[{'text':'c'}]"));
  ASSERT_EQ(record.orders.requests.size(), 1U);
  EXPECT_EQ(record.orders.requests[0].order.words, (std::vector<std::string_view>{"a", "c", "b"}));
}

TEST(RecordOrders, AreSelectedByReferenceInAnyStyle) {
  const std::string entries = order(insulin) +
                              ",{'fullUrl':'urn:uuid:5f0c','resource':{'resourceType':'ServiceRequest','id':'s1',"
                              "'code':{'text':'x'}}}";
  for (const std::string name : {"MedicationRequest/m1", "https://ehr.example/MedicationRequest/m1"}) {
    Proposing one;
    ASSERT_TRUE(one.orders(bundle_of(entries), std::vector{name})) << name;
    const Record record = one.finish();
    EXPECT_TRUE(record.orders.medications[0].is_selected) << name;
    EXPECT_FALSE(record.orders.requests[0].is_selected) << name;
  }
  for (const std::string name : {"ServiceRequest/s1", "urn:uuid:5f0c"}) {
    Proposing one;
    ASSERT_TRUE(one.orders(bundle_of(entries), std::vector{name})) << name;
    EXPECT_TRUE(one.finish().orders.requests[0].is_selected) << name;
  }
  Proposing none;
  ASSERT_TRUE(none.orders(bundle_of(entries), std::vector<std::string>{}));
  EXPECT_FALSE(none.finish().orders.medications[0].is_selected);
}

TEST(RecordOrders, ThatAreNoneAreRefusedWithTheirPlace) {
  struct Wrong {
    std::string bundle;
    Error error;
  };
  const auto bad = Kind::bad_input;
  for (const auto& [bundle, error] : {
           Wrong{"null", {bad, "context.draftOrders", "is missing"}},
           Wrong{"[]", {bad, "context.draftOrders", "is not a FHIR Bundle"}},
           Wrong{"{'resourceType':'MedicationRequest'}", {bad, "context.draftOrders", "is not a FHIR Bundle"}},
           Wrong{"{'resourceType':'Bundle','entry':{}}", {bad, "context.draftOrders.entry", "is not a list"}},
           Wrong{"{'resourceType':'Bundle','entry':[7]}", {bad, "context.draftOrders.entry[0]", "is not an object"}},
           Wrong{"{'resourceType':'Bundle','entry':[{}]}",
                 {bad, "context.draftOrders.entry[0].resource", "is missing"}},
           Wrong{"{'resourceType':'Bundle','entry':[{'resource':{'id':'x'}}]}",
                 {bad, "context.draftOrders.entry[0].resource", "is not a FHIR resource"}},
       }) {
    Proposing one;
    const auto read = one.orders(bundle);
    ASSERT_FALSE(read) << bundle;
    EXPECT_EQ(read.error(), error);
  }
  Proposing one;
  const auto read = one.orders(bundle_of(order(insulin)), std::vector<std::string>{"MedicationRequest/other"});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), (Error{bad, "context.selections[0]", "names none of the orders"}));
}

TEST(RecordOrders, OfAnotherPatientAreRefused) {
  Proposing one;
  ASSERT_TRUE(one.orders(
      bundle_of(order("'resourceType':'ServiceRequest','code':{'text':'x'},'subject':{'reference':'Patient/other'}"))));
  const auto record = one.try_finish();
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error(), (Error{Kind::bad_input, "context.draftOrders.entry[0].resource.subject",
                                   "is not the patient whose record this is"}));
}

TEST(NewConditions, StandAtTheEndAndAreCounted) {
  Proposing one;
  one.record(bundle_of(order("'resourceType':'Condition','id':'c1','code':{'text':'old'}")));
  ASSERT_TRUE(one.conditions(bundle_of(order("'resourceType':'Condition','id':'c2','code':{'text':'new'}"))));
  const Record record = one.finish();
  ASSERT_EQ(record.conditions.size(), 2U);
  EXPECT_EQ(record.new_conditions, 1U);
  EXPECT_EQ(record.conditions[1].code.text, "new");
}

TEST(NewConditions, ThatWereStoredAlreadyAreNewAllTheSame) {
  const std::string condition = order("'resourceType':'Condition','id':'c1','code':{'text':'new'}");
  Proposing one;
  one.record(bundle_of(condition));
  ASSERT_TRUE(one.conditions(bundle_of(condition)));
  const Record record = one.finish();
  EXPECT_EQ(record.conditions.size(), 1U);
  EXPECT_EQ(record.new_conditions, 1U);
}

TEST(NewConditions, MayHaveAPlainCategory) {
  Proposing one;
  ASSERT_TRUE(one.conditions(
      bundle_of(order("'resourceType':'Condition','id':'c','category':'problem-list-item','code':{'text':'new'}"))));
  EXPECT_EQ(one.finish().new_conditions, 1U);
}

}  // namespace fhir
