#include "record_reading.h"

namespace fhir {
namespace {

std::string observation(const std::string& id, const std::string& members = "") {
  return "{'resourceType':'Observation','id':'" + id + "','code':{'text':'a'},'valueInteger':1" +
         (members.empty() ? "" : "," + members) + "}";
}
std::string entry(const std::string& resource) {
  return "{'resource':" + resource + "}";
}
std::string outcome(const std::string& severity) {
  return "{'resourceType':'OperationOutcome','issue':[{'severity':'" + severity + "','code':'processing'}]}";
}

Supplied supplied(const std::string& text) {
  return Reading().supply(text).value();
}

TEST(RecordBundle, SaysWhatWasSupplied) {
  EXPECT_EQ(supplied("null"), Supplied::nothing);
  EXPECT_EQ(supplied("{'resourceType':'Bundle','type':'searchset','total':0}"), Supplied::nothing);
  EXPECT_EQ(supplied("{'resourceType':'Bundle','entry':[]}"), Supplied::nothing);
  EXPECT_EQ(supplied("{'resourceType':'Bundle','entry':null}"), Supplied::nothing);
  EXPECT_EQ(supplied(bundle_of(entry(observation("o1")))), Supplied::data);
  EXPECT_EQ(supplied(observation("o1")), Supplied::data);
  EXPECT_EQ(supplied("{'resourceType':'Practitioner'}"), Supplied::data);
  EXPECT_EQ(supplied(outcome("error")), Supplied::failed);
  EXPECT_EQ(supplied(outcome("fatal")), Supplied::failed);
  EXPECT_EQ(supplied(outcome("warning")), Supplied::nothing);
  EXPECT_EQ(supplied("{'resourceType':'OperationOutcome'}"), Supplied::failed);
  EXPECT_EQ(supplied(bundle_of(entry(outcome("error")))), Supplied::failed);
  EXPECT_EQ(supplied(bundle_of(entry(outcome("information")))), Supplied::nothing);
  EXPECT_EQ(supplied("{'resourceType':'Bundle','link':[{'relation':'self'},{'relation':'next','url':'x'}],'entry':[" +
                     entry(observation("o1")) + "]}"),
            Supplied::partial);
}

TEST(RecordBundle, RefusesWhatIsNoFhir) {
  for (const char* text : {"1", "'x'", "true", "[]", "{}", "{'resourceType':7}", "{'resourceType':''}",
                           "{'response':{},'resource':{'resourceType':'Patient'}}"}) {
    const auto refused = Reading().supply(text, "prefetch.patient");
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error(), (Error{Kind::bad_input, "prefetch.patient", "is not a FHIR resource"}));
  }
}

TEST(RecordBundle, IsReadWhateverItsTypeButForTheRecordAsItIsNow) {
  for (const char* type : {"searchset", "collection", "transaction", "batch", "document", "message"}) {
    const Record record = record_of("{'resourceType':'Bundle','type':'" + std::string(type) + "','entry':[" +
                                    entry(observation("o1")) + "]}");
    EXPECT_EQ(record.observations.size(), 1U) << type;
  }
  Reading reading;
  EXPECT_EQ(
      reading.supply("{'resourceType':'Bundle','type':'history','entry':[" + entry(observation("o1")) + "]}").value(),
      Supplied::failed);
  EXPECT_EQ(
      reading.supply("{'resourceType':'Bundle','type':'batch-response','entry':[" + entry(observation("o1")) + "]}")
          .value(),
      Supplied::failed);
  const Record record = reading.finish();
  EXPECT_TRUE(record.observations.empty());
  EXPECT_EQ(
      unreadable_in(record),
      "prefetch.x: type is a history, not the record as it is now\nprefetch.x: type is an answer to another request\n");
}

TEST(RecordBundle, CountsWhereEveryResourceWent) {
  const Record record = record_of(bundle_of(
      entry(observation("o1")) + ",{'fullUrl':'x'},null,{'resource':null}," + entry("{'resourceType':'Practitioner'}") +
      "," + entry(outcome("warning")) + "," + entry(observation("o2", "'status':'cancelled'")) + "," +
      entry("{'id':'x'}") + "," + entry("'x'") + "," +
      entry("{'resourceType':'Bundle','entry':[" + entry(observation("o3")) + "]}") + "," + entry(observation("o1"))));
  EXPECT_EQ(record.counts.seen, 8U);
  EXPECT_EQ(record.counts.used, 1U);
  EXPECT_EQ(record.counts.ignored, 3U);
  EXPECT_EQ(record.counts.dropped, 4U);
  EXPECT_EQ(unreadable_in(record),
            "prefetch.x.entry[7]: resourceType is missing\nprefetch.x.entry[8]: resourceType is missing\n");
}

TEST(RecordBundle, NotesAnOutcomeWithAnErrorBesideData) {
  const Record record = record_of(
      bundle_of(entry(observation("o1")) + ",{'resource':" + outcome("error") + ",'search':{'mode':'outcome'}}"));
  EXPECT_EQ(record.observations.size(), 1U);
  EXPECT_EQ(unreadable_in(record), "prefetch.x.entry[1]: resource is an OperationOutcome with an error\n");
}

TEST(RecordBundle, SkipsWhatHasAModifierThatNobodyKnows) {
  EXPECT_EQ(unreadable_in(record_of(observation("o1", "'modifierExtension':[{'url':'x'}]"))),
            "Observation/o1: modifierExtension changes the meaning in a way that is not known\n");
  EXPECT_EQ(unreadable_in(record_of(observation("o1", "'implicitRules':'x'"))),
            "Observation/o1: implicitRules sets rules that are not known\n");
  EXPECT_EQ(unreadable_in(record_of(bundle_of("{'modifierExtension':[{}],'resource':" + observation("o1") + "}"))),
            "prefetch.x.entry[0]: modifierExtension changes the meaning in a way that is not known\n");
  const Record patient = record_of("{'resourceType':'Patient','id':'p1','modifierExtension':[{}]}");
  EXPECT_FALSE(patient.patient);
  EXPECT_EQ(record_of(observation("o1", "'modifierExtension':[],'extension':[{'url':'x'}]")).observations.size(), 1U);
}

TEST(RecordBundle, KeepsAResourceOnceHoweverOftenItIsSent) {
  const Record record = Reading()
                            .add(bundle_of(entry(observation("o1"))))
                            .add(bundle_of(entry(observation("o1")) + "," + entry(observation("o2"))))
                            .finish();
  EXPECT_EQ(record.observations.size(), 2U);
  EXPECT_EQ(record.counts.dropped, 1U);
  EXPECT_EQ(unreadable_in(record), "");
}

TEST(RecordBundle, KeepsTheNewerOfTwoVersions) {
  const auto version = [](const std::string& day, const std::string& status) {
    return entry(observation("o1", "'status':'" + status + "','meta':{'lastUpdated':'" + day + "T00:00:00Z'}"));
  };
  EXPECT_EQ(record_of(bundle_of(version("2026-01-01", "final") + "," + version("2026-01-02", "entered-in-error")))
                .observations.size(),
            0U);
  EXPECT_EQ(record_of(bundle_of(version("2026-01-02", "final") + "," + version("2026-01-01", "entered-in-error")))
                .observations.size(),
            1U);
}

TEST(RecordBundle, KeepsTheSameIdFromTwoServers) {
  const auto from = [](const std::string& server) {
    return "{'fullUrl':'" + server + "/Observation/o1','resource':" + observation("o1") + "}";
  };
  EXPECT_EQ(record_of(bundle_of(from("https://a") + "," + from("https://b"))).observations.size(), 2U);
  EXPECT_EQ(record_of(bundle_of(from("https://a") + "," + from("https://a"))).observations.size(), 1U);
}

TEST(RecordBundle, NamesAResourceByItsPlaceWhenItHasNoId) {
  const Record record = record_of(bundle_of(entry("{'resourceType':'Observation','status':'x','code':{'text':'a'}}")));
  EXPECT_EQ(unreadable_in(record), "prefetch.x.entry[0].resource: status is not a status that is known\n");
}

TEST(RecordBundle, NamesAResourceByItsFullUrlWhenItHasNoId) {
  const Record record =
      record_of(bundle_of("{'fullUrl':'urn:uuid:77aa','resource':{'resourceType':'Observation','code':{'text':'a'}}}"));
  EXPECT_EQ(record.observations.at(0).reference, "Observation/77aa");
}

TEST(RecordBundle, KeepsTheOrderInWhichResourcesWereSent) {
  const Record record =
      record_of(bundle_of(entry(observation("b")) + "," + entry(observation("a")) + "," + entry(observation("c"))));
  std::string order;
  for (const Observation& read : record.observations) order += read.reference.back();
  EXPECT_EQ(order, "bac");
}

TEST(RecordBundle, ReadsTheOtherTypes) {
  const Record record = record_of(
      bundle_of(entry("{'resourceType':'FamilyMemberHistory','id':'f1','patient':{'reference':'Patient/"
                      "p1'},'relationship':{'text':'mother'},"
                      "'condition':[{'code':{'text':'diabetes'}},{'modifierExtension':[{}],'code':{'text':'x'}}]}") +
                "," + entry("{'resourceType':'FamilyMemberHistory','id':'f2','status':'entered-in-error'}") + "," +
                entry("{'resourceType':'Encounter','id':'e1','status':'finished','class':{'code':'IMP'},'period':{'"
                      "start':'2026-01-01','end':'2026-01-03'}}") +
                "," + entry("{'resourceType':'Encounter','id':'e2','class':'inpatient'}") + "," +
                entry("{'resourceType':'Encounter','id':'e3','class':[{'coding':[{'code':'EMER'}]}],'actualPeriod':{'"
                      "start':'2026'}}") +
                "," +
                entry("{'resourceType':'Specimen','id':'s1','condition':[{'coding':[{'code':'HEM'}]}],'collection':{'"
                      "collectedPeriod':{'end':'2026-01-02'},"
                      "'fastingStatusCodeableConcept':{'text':'F'}}}")));
  ASSERT_EQ(record.family.size(), 1U);
  EXPECT_EQ(record.family[0].relationship.text, "mother");
  EXPECT_EQ(record.family[0].conditions.size(), 1U);
  EXPECT_EQ(unreadable_in(record),
            "FamilyMemberHistory/f1: condition.modifierExtension changes the meaning in a way that is not known\n");
  EXPECT_EQ(record.encounter("Encounter/e1")->class_code, "IMP");
  EXPECT_EQ(record.encounter("Encounter/e1")->end->written, "2026-01-03");
  EXPECT_EQ(record.encounter("Encounter/e2")->class_code, "IMP");
  EXPECT_EQ(record.encounter("Encounter/e3")->class_code, "EMER");
  EXPECT_EQ(record.encounter("Encounter/e3")->start->year, 2026);
  EXPECT_EQ(record.encounter("Encounter/e9"), nullptr);
  EXPECT_TRUE(record.specimen("Specimen/s1")->conditions.at(0).has_code("HEM"));
  EXPECT_EQ(record.specimen("Specimen/s1")->fasting_status.text, "F");
}

TEST(RecordBundle, ReadsAReferralInTheShapeOfEveryVersion) {
  for (const char* referral : {"'ServiceRequest','authoredOn':'2026','code':{'text':'refer'},'performer':[{'display':'"
                               "NSIRS','identifier':{'system':'s','value':'v'}}]",
                               "'ServiceRequest','authoredOn':'2026','code':{'concept':{'text':'refer'}},'performer':[{"
                               "'display':'NSIRS','identifier':{'system':'s','value':'v'}}]",
                               "'ServiceRequest','authoredOn':'2026','code':{'text':'refer'},'performer':[{'reference':"
                               "'#n','identifier':{'system':'s','value':'v'}}],"
                               "'contained':[{'resourceType':'Organization','id':'n','name':'NSIRS'}]",
                               "'ProcedureRequest','authoredOn':'2026','code':{'text':'refer'},'performer':{'display':'"
                               "NSIRS','identifier':{'system':'s','value':'v'}}",
                               "'ReferralRequest','authoredOn':'2026','serviceRequested':[{'text':'refer'}],'recipient'"
                               ":[{'display':'NSIRS','identifier':{'system':'s','value':'v'}}]",
                               "'ReferralRequest','date':'2026','type':{'text':'refer'},'recipient':[{'display':'NSIRS'"
                               ",'identifier':{'system':'s','value':'v'}}]"}) {
    Reading reading;
    const Record record =
        reading.add("{'id':'r1','status':'active','intent':'order','resourceType':" + std::string(referral) + "}")
            .finish();
    ASSERT_EQ(record.service_requests.size(), 1U) << referral;
    const ServiceRequest& request = record.service_requests[0];
    EXPECT_EQ(request.status, "active");
    EXPECT_EQ(request.intent, "order");
    EXPECT_EQ(request.code.text, "refer") << referral;
    EXPECT_EQ(request.performer_displays, std::vector<std::string_view>{"NSIRS"}) << referral;
    EXPECT_EQ(request.performer_identifiers.at(0).code, "v") << referral;
    EXPECT_EQ(request.authored->year, 2026) << referral;
  }
  EXPECT_TRUE(record_of("{'resourceType':'ServiceRequest','status':'entered-in-error'}").service_requests.empty());
  EXPECT_TRUE(record_of("{'resourceType':'ServiceRequest','doNotPerform':true}").service_requests.empty());
}

TEST(RecordReference, IsNormalised) {
  EXPECT_EQ(normalised_reference("Observation/17"), "Observation/17");
  EXPECT_EQ(normalised_reference("Observation/17/_history/2"), "Observation/17");
  EXPECT_EQ(normalised_reference("https://ehr.example/fhir/Observation/17"), "Observation/17");
  EXPECT_EQ(normalised_reference("https://ehr.example/fhir/Observation/17/_history/2"), "Observation/17");
  EXPECT_EQ(normalised_reference("urn:uuid:77aa-1"), "77aa-1");
  EXPECT_EQ(normalised_reference("#s1"), "#s1");
  for (const char* text : {"", "#", "17", "Patient?identifier=x", "Patient/", "/17", "patient/17", "https://x",
                           "urn:uuid:", "_history/1"}) {
    EXPECT_EQ(normalised_reference(text), "") << text;
  }
}

}  // namespace
}  // namespace fhir
