#include "record_reading.h"

namespace fhir {
namespace {

std::string patient(const std::string& members, const std::string& id = "p1") {
  return "{'resourceType':'Patient','id':'" + id + "'" + (members.empty() ? "" : "," + members) + "}";
}

std::string about(const std::string& subject) {
  return "{'resourceType':'Observation','id':'o1','code':{'text':'a'},'valueInteger':1" +
         (subject.empty() ? "" : ",'subject':" + subject) + "}";
}

Patient patient_of(const std::string& members) {
  Patient read = record_of(patient(members)).patient.value_or(Patient{});
  read.countries.clear();
  read.districts.clear();
  return read;
}

TEST(RecordPerson, IsThePatient) {
  Reading reading;
  const Record record = reading
                            .add(patient("'gender':'female','birthDate':'1990-04-03','address':[{'country':'GB','state'"
                                         ":'Devon','district':'Exeter'},{'city':'x'}]"))
                            .finish();
  ASSERT_TRUE(record.patient);
  EXPECT_EQ(record.patient->id, "p1");
  EXPECT_EQ(record.patient->birth->written, "1990-04-03");
  EXPECT_EQ(record.patient->sex, Sex::female);
  EXPECT_FALSE(record.patient->sex_from_birth_sex);
  EXPECT_FALSE(record.patient->deceased);
  EXPECT_EQ(record.patient->countries, std::vector<std::string_view>{"GB"});
  EXPECT_EQ(record.patient->districts, (std::vector<std::string_view>{"Devon", "Exeter"}));
}

TEST(RecordPerson, HasNoBirthDateAndNoSexWhereTwoCopiesDisagree) {
  const auto copies = [](const std::string& one, const std::string& other) {
    return record_of(bundle_of("{'resource':" + patient(one) + "},{'resource':" + patient(other) + "}"));
  };
  const Record torn = copies("'gender':'female','birthDate':'1990-04-03'", "'gender':'male','birthDate':'2016-04-03'");
  ASSERT_TRUE(torn.patient);
  EXPECT_EQ(torn.patient->sex, Sex::unknown);
  EXPECT_FALSE(torn.patient->birth);
  EXPECT_EQ(unreadable_in(torn),
            "Patient/p1: birthDate contradicts another copy of the patient\n"
            "Patient/p1: gender contradicts another copy of the patient\n");
  // Found by fuzzing: what cannot be read in the second copy was noted under a name that was gone.
  const Record torn_copy = copies("'gender':'female','birthDate':'1990-04-03'", "'gender':'female','birthDate':'soon'");
  EXPECT_TRUE(torn_copy.patient->birth);
  const Record whole = copies("'gender':'female','birthDate':'1990-04-03'", "'gender':'female'");
  EXPECT_EQ(whole.patient->sex, Sex::female);
  EXPECT_TRUE(whole.patient->birth);
}

TEST(RecordPerson, HasTheSexRecordedAtBirthBeforeTheAdministrativeGender) {
  const std::string uk =
      "'extension':[{'url':'https://fhir.hl7.org.uk/StructureDefinition/"
      "Extension-UKCore-BirthSex','valueCodeableConcept':{'coding':[{'code':'female'}]}}]";
  const std::string us =
      "'extension':[{'url':'x'},{'url':'http://hl7.org/fhir/us/core/StructureDefinition/"
      "us-core-birthsex','valueCode':'M'}]";
  EXPECT_EQ(patient_of(uk).sex, Sex::female);
  EXPECT_TRUE(patient_of(uk).sex_from_birth_sex);
  EXPECT_FALSE(patient_of(uk).sex_contradicts_gender);
  EXPECT_EQ(patient_of(us + ",'gender':'female'").sex, Sex::male);
  EXPECT_TRUE(patient_of(us + ",'gender':'female'").sex_contradicts_gender);
  EXPECT_FALSE(patient_of(us + ",'gender':'other'").sex_contradicts_gender);
  EXPECT_EQ(patient_of("'gender':'other'").sex, Sex::unknown);
  EXPECT_EQ(patient_of("'gender':null").sex, Sex::unknown);
  EXPECT_EQ(patient_of("").sex, Sex::unknown);
}

TEST(RecordPerson, IsDeceased) {
  EXPECT_TRUE(patient_of("'deceasedBoolean':true").deceased);
  EXPECT_TRUE(patient_of("'deceasedDateTime':'2020'").deceased);
  EXPECT_FALSE(patient_of("'deceasedBoolean':false").deceased);
}

TEST(RecordPerson, HasNoBirthDateWhenItIsNone) {
  const Record record = record_of(patient("'birthDate':'1961-04-93','_birthDate':{'extension':[]}"));
  EXPECT_EQ(unreadable_in(record), "Patient/p1: birthDate is not a date or time\n");
  EXPECT_EQ(record.patient->birth, std::nullopt);
  EXPECT_EQ(unreadable_in(record_of(patient("'_birthDate':{'extension':[]}"))), "");
}

TEST(RecordPerson, IsMeantByEveryStyleOfReference) {
  const std::string identified = patient("'identifier':[{'system':'nhs','value':'943'}]");
  for (const char* subject :
       {"{'reference':'Patient/p1'}", "{'reference':'Patient/p1/_history/2'}",
        "{'reference':'https://ehr.example/fhir/Patient/p1'}",
        "{'reference':'https://ehr.example/fhir/Patient/p1/_history/2'}", "{'reference':'urn:uuid:p1'}",
        "{'reference':'urn:uuid:f00d'}", "{'identifier':{'system':'nhs','value':'943'}}",
        "{'reference':'Patient?identifier=nhs|943'}", "{'display':'Somebody'}", "", "[{'reference':'Patient/p1'}]",
        "null"}) {
    const Record record = record_of(
        bundle_of("{'fullUrl':'urn:uuid:f00d','resource':" + identified + "},{'resource':" + about(subject) + "}"));
    EXPECT_EQ(record.observations.size(), 1U) << subject;
    EXPECT_EQ(unreadable_in(record), "") << subject;
    EXPECT_EQ(record.counts.used, 2U) << subject;
  }
}

TEST(RecordPerson, IsNotMeantByAReferenceToAnother) {
  const std::string identified = patient("'identifier':[{'system':'nhs','value':'943'}]");
  for (const char* subject : {"{'reference':'Patient/p2'}", "{'reference':'https://ehr.example/fhir/Patient/p11'}",
                              "{'reference':'urn:uuid:beef'}", "{'identifier':{'system':'nhs','value':'944'}}",
                              "{'reference':'Patient?identifier=nhs|944'}"}) {
    const Record record = Reading().add(identified).add(about(subject)).finish();
    EXPECT_EQ(record.observations.size(), 0U) << subject;
    EXPECT_EQ(unreadable_in(record), "Observation/o1: subject is about another patient\n") << subject;
  }
  for (const char* subject : {"{'reference':'Group/p1'}", "{'reference':'Location/p1'}"}) {
    EXPECT_EQ(unreadable_in(record_of(about(subject))), "Observation/o1: subject is not about a patient\n") << subject;
  }
}

TEST(RecordPerson, MayBeContainedInWhatIsAboutThem) {
  const auto with_contained = [](const std::string& value) {
    return "{'resourceType':'Observation','id':'o1','code':{'text':'a'},'contained':[{'resourceType':'Patient','id':'x'"
           ",'identifier':"
           "[{'system':'nhs','value':'" +
           value + "'}]}],'subject':{'reference':'#x'}}";
  };
  const std::string identified = patient("'identifier':[{'system':'nhs','value':'943'}]");
  EXPECT_EQ(Reading().add(identified).add(with_contained("943")).finish().observations.size(), 1U);
  EXPECT_EQ(unreadable_in(Reading().add(identified).add(with_contained("944")).finish()),
            "Observation/o1: subject is about another patient\n");
}

TEST(RecordPerson, IsNotTakenForTheSubjectWhenAnotherPatientWasSent) {
  const Record record = record_of(bundle_of("{'resource':" + patient("") + "},{'resource':" + patient("", "p2") +
                                            "},{'resource':" + about("") + "}"));
  EXPECT_EQ(unreadable_in(record),
            "Patient/p2: id is another patient\nObservation/o1: subject is about another patient\n");
  EXPECT_EQ(record.patient->id, "p1");
}

TEST(RecordPerson, IsRefusedWhenThePatientIsAnother) {
  Reading alone("p1");
  alone.add(patient("", "p2"), "prefetch.patient");
  EXPECT_EQ(alone.try_finish().error(),
            (Error{Kind::bad_input, "prefetch.patient.id", "is not the patient whose record this is"}));
  Reading bundle("p1");
  bundle.add(bundle_of("{'resource':" + patient("", "p2") + "}"), "prefetch.patient");
  EXPECT_EQ(bundle.try_finish().error().where, "prefetch.patient.entry[0].resource.id");
  Reading beside("p1");
  beside.add(patient(""), "prefetch.patient").add(patient("", "p2"), "prefetch.other");
  EXPECT_EQ(beside.try_finish().error().where, "prefetch.other.id");
}

TEST(RecordPerson, MayBeGivenAsABundleOrAsAReference) {
  Reading bundle("Patient/p1");
  EXPECT_TRUE(bundle.add(bundle_of("{'resource':" + patient("") + "}")).finish().patient);
  Reading nameless("p1");
  const Record record = nameless.add("{'resourceType':'Patient','gender':'male'}").finish();
  EXPECT_EQ(record.patient->id, "p1");
}

TEST(RecordPerson, IsThePatientThatWasSentWhenNobodySaysWhoItIs) {
  EXPECT_EQ(Reading("").add(patient("", "p7")).finish().patient->id, "p7");
  Reading several("");
  several.add(bundle_of("{'resource':" + patient("") + "},{'resource':" + patient("", "p2") + "}"), "record.json");
  EXPECT_EQ(several.try_finish().error(), (Error{Kind::bad_input, "record.json.entry[1].resource.id",
                                                 "is a second patient, and nothing says whose record this is"}));
}

TEST(RecordPerson, IsTheFirstSubjectWhenThereIsNoPatientAtAll) {
  const Record record =
      Reading("")
          .add(about("{'reference':'Patient/a'}"))
          .add("{'resourceType':'Condition','id':'c1','code':{'text':'b'},'subject':{'reference':'Patient/b'}}")
          .finish();
  EXPECT_EQ(record.observations.size(), 1U);
  EXPECT_EQ(unreadable_in(record), "Condition/c1: subject is about another patient\n");
}

}  // namespace
}  // namespace fhir
