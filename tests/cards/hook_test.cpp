#include "cards/hook.h"

#include "support.h"

namespace cards {
namespace {

using tests::json;

const Service& patient_view() {
  return *tests::shipped().service("sir-patient-view");
}

std::string call(const std::string& more = "") {
  return json("{'hook':'patient-view','hookInstance':'d1577c69','context':{'userId':'Practitioner/x','patientId':'p'}" +
              (more.empty() ? "" : "," + more) + "}");
}

const std::string patient = "'patient':{'resourceType':'Patient','id':'p','gender':'female','birthDate':'1990-01-01'}";
const std::string nothing_found = "'conditions':{'resourceType':'Bundle','type':'searchset'}";

fhir::Error refusal(std::string body) {
  auto read = read_hook_request(std::move(body), patient_view());
  return read ? fhir::Error{} : read.error();
}

fhir::Error incomplete(std::string body) {
  auto read = read_hook_request(std::move(body), patient_view());
  if (!read) return read.error();
  auto record = complete(std::move(*read));
  return record ? fhir::Error{} : record.error();
}

TEST(HookRequest, ReadsTheContext) {
  const auto request = read_hook_request(call("'prefetch':{" + patient + "}"), patient_view());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->hook_instance, "d1577c69");
  EXPECT_EQ(request->patient_id, "p");
  EXPECT_EQ(request->user_id, "Practitioner/x");
  EXPECT_EQ(request->prefetch.size(), 6u);
  EXPECT_EQ(request->prefetch[0].arrival, Arrival::data);
  EXPECT_EQ(request->prefetch[1].arrival, Arrival::missing);
}

TEST(HookRequest, StripsTheTypeFromAPatientReference) {
  const auto request = read_hook_request(
      json("{'hook':'patient-view','hookInstance':'1','context':{'patientId':'Patient/p'}}"), patient_view());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->patient_id, "p");
}

TEST(HookRequest, NamesTheMemberThatIsMissingOrWrong) {
  struct Wrong {
    const char* body;
    fhir::Error error;
  };
  const auto bad = fhir::Kind::bad_input;
  for (const auto& [body, error] : {
           Wrong{"[]", {bad, "body", "is not a JSON object"}},
           Wrong{"{}", {bad, "hook", "is missing"}},
           Wrong{"{'hook':7}", {bad, "hook", "is not a string"}},
           Wrong{"{'hook':' '}", {bad, "hook", "is empty"}},
           Wrong{"{'hook':'order-sign'}", {bad, "hook", "is not the hook of this service, which is patient-view"}},
           Wrong{"{'hook':'patient-view'}", {bad, "hookInstance", "is missing"}},
           Wrong{"{'hook':'patient-view','hookInstance':'1'}", {bad, "context", "is missing"}},
           Wrong{"{'hook':'patient-view','hookInstance':'1','context':[]}", {bad, "context", "is not an object"}},
           Wrong{"{'hook':'patient-view','hookInstance':'1','context':{}}", {bad, "context.patientId", "is missing"}},
           Wrong{"{'hook':'patient-view','hookInstance':'1','context':{'patientId':'../x'}}",
                 {bad, "context.patientId", "is not a FHIR id"}},
           Wrong{"{'hook':'patient-view','hookInstance':'1','context':{'patientId':'a\\u0000'}}",
                 {bad, "context.patientId", "is not a FHIR id"}},
       }) {
    EXPECT_EQ(refusal(json(body)), error) << body;
  }
}

TEST(HookRequest, RefusesAServerThatIsNoPlainAddress) {
  for (const auto* url :
       {"ftp://x", "javascript:alert(1)", "https://user:pw@h/", "relative", "https://h/#f", "https://"}) {
    EXPECT_EQ(refusal(call("'fhirServer':'" + std::string(url) + "'")),
              (fhir::Error{fhir::Kind::bad_input, "fhirServer", "is not an absolute http or https URL"}))
        << url;
  }
}

TEST(HookRequest, RefusesAnAuthorizationWithoutAServer) {
  EXPECT_EQ(refusal(call("'fhirAuthorization':{'access_token':'secret'}")),
            (fhir::Error{fhir::Kind::bad_input, "fhirServer", "is missing although fhirAuthorization was sent"}));
}

TEST(HookRequest, TakesBearerInAnyCaseAndNothingElse) {
  const auto with = [](const std::string& type) {
    return refusal(call("'fhirServer':'https://h/fhir','fhirAuthorization':{'token_type':'" + type + "'}"));
  };
  EXPECT_EQ(with("Bearer"), fhir::Error{});
  EXPECT_EQ(with("bearer"), fhir::Error{});
  EXPECT_EQ(with("MAC"), (fhir::Error{fhir::Kind::bad_input, "fhirAuthorization.token_type", "is not Bearer"}));
}

TEST(HookRequest, RefusesPrefetchThatIsNoObject) {
  EXPECT_EQ(refusal(call("'prefetch':[]")), (fhir::Error{fhir::Kind::bad_input, "prefetch", "is not an object"}));
  EXPECT_EQ(refusal(call("'prefetch':'x'")), (fhir::Error{fhir::Kind::bad_input, "prefetch", "is not an object"}));
  EXPECT_EQ(refusal(call("'prefetch':null")), fhir::Error{});
}

TEST(HookRequest, IgnoresWhatItDoesNotKnow) {
  EXPECT_EQ(refusal(call("'foo':1,'extension':{'x':[1]},'prefetch':{'user':'123'}")), fhir::Error{});
}

TEST(CompleteRecord, NeedsThePatient) {
  EXPECT_EQ(incomplete(call("'prefetch':{" + nothing_found + "}")),
            (fhir::Error{fhir::Kind::incomplete, "prefetch.patient",
                         "is needed and could not be had (prefetch.patient: not sent)"}));
}

TEST(CompleteRecord, NeedsConditionsOrObservationsAndSaysWhyNeitherCame) {
  const std::string failed =
      "'observations':{'resourceType':'OperationOutcome','issue':[{'severity':'error','code':'forbidden'}]}";
  EXPECT_EQ(incomplete(call("'prefetch':{" + patient + "," + failed + "}")),
            (fhir::Error{fhir::Kind::incomplete, "prefetch",
                         "needs conditions or observations, and neither could be had (prefetch.conditions: not sent; "
                         "prefetch.observations: the client could not fetch it)"}));
}

TEST(CompleteRecord, TakesNullForNothingFound) {
  EXPECT_EQ(incomplete(call("'prefetch':{" + patient + ",'conditions':null}")), fhir::Error{});
}

TEST(CompleteRecord, NamesEachPartThatIsMissing) {
  auto request = read_hook_request(
      call("'prefetch':{" + patient + "," + nothing_found +
           ",'observations':{'resourceType':'Bundle','type':'searchset','link':[{'relation':'next','url':'x'}],'entry':"
           "[{"
           "'resource':{'resourceType':'Observation','id':'o','status':'final','subject':{'reference':'Patient/p'},"
           "'code':{'text':'x'}}}]}}"),
      patient_view());
  ASSERT_TRUE(request);
  const auto record = complete(std::move(*request));
  ASSERT_TRUE(record);
  ASSERT_EQ(record->missing.size(), 4u);
  EXPECT_EQ(record->missing[0].key, "observations");
  EXPECT_EQ(record->missing[0].cause, "only the first page was sent");
  EXPECT_EQ(record->missing[1].key, "medications");
  EXPECT_EQ(record->missing[1].cause, "not sent");
}

TEST(CompleteRecord, IsRefusedForAnotherPatient) {
  const auto error =
      incomplete(call("'prefetch':{'patient':{'resourceType':'Patient','id':'other'}," + nothing_found + "}"));
  EXPECT_EQ(error.kind, fhir::Kind::bad_input);
  EXPECT_EQ(error.where, "prefetch.patient.id");
}

TEST(ReadAny, TakesARequestABundleAndASingleResource) {
  EXPECT_TRUE(read_any(call("'prefetch':{" + patient + "}"), tests::shipped()));
  EXPECT_TRUE(read_any(tests::bundle({tests::woman_of_34}), tests::shipped()));
  EXPECT_TRUE(read_any(json("{" + tests::woman_of_34 + "}"), tests::shipped()));
}

TEST(ReadAny, SaysWhatItWouldHaveRead) {
  const auto read = read_any("{}", tests::shipped());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(),
            (fhir::Error{fhir::Kind::bad_input, "hook", "is missing, and the body is no FHIR resource either"}));
}

TEST(Feedback, IsReadWithSeveralItems) {
  const auto read = read_feedback(
      json("{'feedback':[{'card':'c1','outcome':'accepted','acceptedSuggestions':[{'id':'s1'}],'outcomeTimestamp':'"
           "2026-06-15T10:00:00Z'},"
           "{'card':'c2','outcome':'overridden','overrideReason':{'reason':{'code':'later'},'userComment':'x'},"
           "'outcomeTimestamp':'2026-06-15T10:00:00.52+01:00'}]}"));
  ASSERT_TRUE(read) << read.error().where;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].accepted_suggestions, std::vector<std::string>{"s1"});
  EXPECT_EQ((*read)[1].reason->code, "later");
  EXPECT_EQ((*read)[1].user_comment, "x");
}

TEST(Feedback, IsRefusedWithThePlaceOfTheFault) {
  struct Wrong {
    const char* item;
    const char* where;
  };
  for (const auto& [item, where] :
       {Wrong{"{'outcome':'accepted'}", "feedback[0].card"},
        Wrong{"{'card':'c','outcome':'ignored'}", "feedback[0].outcome"},
        Wrong{"{'card':'c','outcome':'ACCEPTED'}", "feedback[0].outcome"},
        Wrong{"{'card':'c','outcome':'overridden'}", "feedback[0].outcomeTimestamp"},
        Wrong{"{'card':'c','outcome':'overridden','outcomeTimestamp':'2020-12-11T00:00:00Z UTC'}",
              "feedback[0].outcomeTimestamp"},
        Wrong{"{'card':'c','outcome':'overridden','outcomeTimestamp':'yesterday'}", "feedback[0].outcomeTimestamp"},
        Wrong{"{'card':'c','outcome':'accepted','outcomeTimestamp':'2026-06-15T10:00:00Z'}",
              "feedback[0].acceptedSuggestions"},
        Wrong{"{'card':'c','outcome':'overridden','overrideReason':{},'outcomeTimestamp':'2026-06-15T10:00:00Z'}",
              "feedback[0].overrideReason"}}) {
    const auto read = read_feedback(json("{'feedback':[" + std::string(item) + "]}"));
    ASSERT_FALSE(read) << item;
    EXPECT_EQ(read.error().where, where);
  }
}

TEST(Discovery, AsksOnlyForThePatientOfTheContext) {
  for (const auto& [key, query] : tests::shipped().prefetch()) {
    const auto first = query.find("{{");
    ASSERT_NE(first, std::string::npos) << key;
    EXPECT_EQ(query.substr(first, 21), "{{context.patientId}}");
    EXPECT_EQ(query.find("{{", first + 1), std::string::npos);
  }
}

}  // namespace
}  // namespace cards
