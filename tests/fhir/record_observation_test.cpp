#include <list>

#include "record_reading.h"

namespace fhir {
namespace {

/// An Observation of the person with these members besides id, code and subject.
std::string observation(const std::string& members) {
  return "{'resourceType':'Observation','id':'o1','code':{'text':'Insulin'},'subject':{'reference':'Patient/p1'}" +
         (members.empty() ? "" : "," + members) + "}";
}

class RecordObservation : public testing::Test {
 protected:
  /// The only Observation read from these members; its record lives as long as the test.
  const Observation& read(const std::string& members) {
    records_.push_back(record_of(observation(members)));
    EXPECT_EQ(records_.back().observations.size(), 1U) << members << unreadable_in(records_.back());
    EXPECT_EQ(unreadable_in(records_.back()), "") << members;
    if (records_.back().observations.empty()) records_.back().observations.emplace_back();
    return records_.back().observations.front();
  }

 private:
  std::list<Record> records_;
};

std::string fault_of(const std::string& members) {
  const Record record = record_of(observation(members));
  return std::to_string(record.observations.size()) + " " + unreadable_in(record);
}

TEST_F(RecordObservation, IsReadWithItsQuantity) {
  Reading reading;
  const Record record = reading
                            .add(observation("'status':'final','effectiveDateTime':'2026-05-14T08:00:00Z','"
                                             "valueQuantity':{'value':412.0,'comparator':'>',"
                                             "'unit':'pmol/L','system':'http://unitsofmeasure.org','code':'pmol/"
                                             "L'},'encounter':{'reference':'Encounter/e1'}"))
                            .finish();
  ASSERT_EQ(record.observations.size(), 1U);
  const Observation& read = record.observations.front();
  EXPECT_EQ(read.reference, "Observation/o1");
  EXPECT_EQ(read.status, ResultStatus::final_result);
  EXPECT_EQ(read.code.text, "Insulin");
  EXPECT_EQ(read.encounter, "Encounter/e1");
  EXPECT_EQ(read.specimen, "");
  EXPECT_EQ(read.when->written, "2026-05-14T08:00:00Z");
  const auto& quantity = std::get<Quantity>(read.value);
  EXPECT_EQ(quantity.written, "412.0");
  EXPECT_EQ(quantity.value, 412);
  EXPECT_EQ(quantity.comparator, Comparator::greater);
  EXPECT_EQ(quantity.unit, "pmol/L");
  EXPECT_EQ(quantity.system, "http://unitsofmeasure.org");
  EXPECT_EQ(quantity.code, "pmol/L");
}

TEST_F(RecordObservation, CountsByItsStatus) {
  EXPECT_EQ(read("'status':'final'").status, ResultStatus::final_result);
  EXPECT_EQ(read("'status':'amended'").status, ResultStatus::final_result);
  EXPECT_EQ(read("'status':'corrected'").status, ResultStatus::final_result);
  EXPECT_EQ(read("'status':'preliminary'").status, ResultStatus::preliminary);
  EXPECT_EQ(read("'status':'unknown'").status, ResultStatus::unknown);
  EXPECT_EQ(read("'status':null").status, ResultStatus::unknown);
  EXPECT_EQ(read("").status, ResultStatus::unknown);
}

TEST_F(RecordObservation, IsDroppedByItsStatus) {
  for (const char* status : {"registered", "cancelled", "entered-in-error"}) {
    EXPECT_EQ(fault_of("'status':'" + std::string(status) + "'"), "0 ") << status;
  }
  for (const char* status : {"'Final'", "'done'", "''", "7", "['final']", "{}"}) {
    EXPECT_EQ(fault_of("'status':" + std::string(status)), "0 Observation/o1: status is not a status that is known\n")
        << status;
  }
}

TEST_F(RecordObservation, KeepsEveryKindOfValueItCanUse) {
  EXPECT_EQ(std::get<bool>(read("'valueBoolean':false").value), false);
  EXPECT_EQ(std::get<Concept>(read("'valueCodeableConcept':{'coding':[{'system':'s','code':'c'}]}").value)
                .codings.front()
                .code,
            "c");
  EXPECT_EQ(std::get<Quantity>(read("'valueInteger':7").value).value, 7);
  EXPECT_EQ(std::get<Quantity>(read("'valueQuantity':{'value':0.0}").value).value, 0);
  Reading reading;
  const Record record = reading.add(observation("'valueString':'positive'")).finish();
  EXPECT_EQ(std::get<std::string_view>(record.observations[0].value), "positive");
  EXPECT_EQ(read("'dataAbsentReason':{'text':'haemolysed'}").value.index(), 0U);
  EXPECT_EQ(read("'_valueQuantity':{'extension':[]},'valueQuantity':null").value.index(), 0U);
}

TEST_F(RecordObservation, ReadsEveryComparator) {
  const auto comparator = [this](const std::string& text) {
    return std::get<Quantity>(read("'valueQuantity':{'value':1,'comparator':'" + text + "'}").value).comparator;
  };
  EXPECT_EQ(comparator("<"), Comparator::less);
  EXPECT_EQ(comparator("<="), Comparator::less_or_equal);
  EXPECT_EQ(comparator(">="), Comparator::greater_or_equal);
  EXPECT_EQ(comparator(">"), Comparator::greater);
  EXPECT_EQ(comparator("ad"), Comparator::sufficient);
}

TEST_F(RecordObservation, IsDroppedWithANoteWhenItsOnlyValueCannotBeRead) {
  const std::string begin = "0 Observation/o1: ";
  EXPECT_EQ(fault_of("'valueQuantity':{'value':'4.8'}"), begin + "valueQuantity.value is not a number\n");
  EXPECT_EQ(fault_of("'valueQuantity':{'unit':'kg'}"), begin + "valueQuantity.value is missing\n");
  EXPECT_EQ(fault_of("'valueQuantity':{'value':1,'comparator':'~'}"),
            begin + "valueQuantity.comparator is not a comparator that is known\n");
  EXPECT_EQ(fault_of("'valueQuantity':{'value':1e300}"),
            begin + "valueQuantity.value is too large a number to be a measurement\n");
  EXPECT_EQ(fault_of("'valueQuantity':{'value':1e-400}"),
            begin + "valueQuantity.value is too small a number to be a measurement\n");
  EXPECT_EQ(fault_of("'valueQuantity':5"), begin + "valueQuantity is not a quantity\n");
  EXPECT_EQ(fault_of("'valueInteger':'5'"), begin + "valueInteger is not a number\n");
  EXPECT_EQ(fault_of("'valueRange':{'low':{'value':1}}"), begin + "valueRange is a kind of value that is not read\n");
  EXPECT_EQ(fault_of("'valueBoolean':'true'"), begin + "valueBoolean is not what its name says\n");
  EXPECT_EQ(fault_of("'valueCodeableConcept':{}"), begin + "valueCodeableConcept is not what its name says\n");
  EXPECT_EQ(fault_of("'valueJohnSmith':{}"), begin + "value is a kind of value that is not read\n");
  EXPECT_EQ(fault_of("'value':{}"), begin + "value is a kind of value that is not read\n");
  EXPECT_EQ(fault_of("'valueInteger':1,'valueString':'a'"), begin + "value is given more than once\n");
}

TEST_F(RecordObservation, IsKeptWhenSomethingElseInItCanBeRead) {
  EXPECT_EQ(fault_of("'valueQuantity':{'unit':'kg'},'interpretation':[{'coding':[{'code':'H'}]}]"),
            "1 Observation/o1: valueQuantity.value is missing\n");
  EXPECT_EQ(fault_of("'valueQuantity':{'unit':'kg'},'component':[{'code':{'text':'a'},'valueInteger':1}]"),
            "1 Observation/o1: valueQuantity.value is missing\n");
}

TEST_F(RecordObservation, IsDroppedWithoutACode) {
  const Record record = record_of("{'resourceType':'Observation','id':'o1','subject':{'reference':'Patient/p1'}}");
  EXPECT_EQ(unreadable_in(record), "Observation/o1: code is missing\n");
  EXPECT_EQ(record.counts.dropped, 1U);
}

TEST_F(RecordObservation, IsDatedByTheFirstTimeThatIsGiven) {
  const auto date = [this](const std::string& members) {
    const auto when = read(members).when;
    return when ? iso_date(when->earliest_day()) : "undated";
  };
  EXPECT_EQ(date("'issued':'2026-05-04T00:00:00Z','effectiveDateTime':'2026-05-01'"), "2026-05-01");
  EXPECT_EQ(date("'issued':'2026-05-04T00:00:00Z','effectiveInstant':'2026-05-02T00:00:00Z'"), "2026-05-02");
  EXPECT_EQ(date("'issued':'2026-05-04T00:00:00Z','effectivePeriod':{'start':'2026-04-01','end':'2026-05-03'}"),
            "2026-05-03");
  EXPECT_EQ(date("'issued':'2026-05-04T00:00:00Z','effectivePeriod':{'start':'2026-04-01'}"), "2026-05-04");
  EXPECT_EQ(date("'effectiveTiming':{'event':['2026-04-01']}"), "undated");
}

TEST_F(RecordObservation, IsUndatedWhenItsTimeIsNone) {
  const Record record =
      record_of(observation("'effectiveDateTime':'1961-04-93','issued':'2026-05-04T00:00:00Z','valueInteger':1"));
  EXPECT_EQ(unreadable_in(record), "Observation/o1: effectiveDateTime is not a date or time\n");
  ASSERT_EQ(record.observations.size(), 1U);
  EXPECT_EQ(record.observations[0].when, std::nullopt);
}

TEST_F(RecordObservation, HasComponents) {
  const Observation& panel = read(
      "'component':[{'code':{'coding':[{'system':'http://snomed.info/sct','code':'118578006'}]},'valueQuantity':"
      "{'value':120,'unit':'min'},'referenceRange':[{'low':{'value':1},'high':{'value':2},'text':'x'}],"
      "'interpretation':[{'text':'H'}]},{'code':{'text':'b'},'dataAbsentReason':{'coding':[{'code':'error'}]}},null]");
  ASSERT_EQ(panel.components.size(), 2U);
  EXPECT_EQ(std::get<Quantity>(panel.components[0].value).value, 120);
  EXPECT_EQ(panel.components[0].ranges[0].high->value, 2);
  EXPECT_EQ(panel.components[0].interpretations.size(), 1U);
  EXPECT_TRUE(panel.components[1].absent_reason.has_code("error"));
}

TEST_F(RecordObservation, NotesTheComponentThatCannotBeRead) {
  EXPECT_EQ(fault_of("'component':[null,{'code':{'text':'a'},'valueInteger':1},{'code':{'text':'b'},'valueQuantity':{'"
                     "value':'x'}}]"),
            "1 Observation/o1: component[2].valueQuantity.value is not a number\n");
  EXPECT_EQ(
      fault_of(
          "'valueInteger':1,'component':[{'modifierExtension':[{'url':'x'}],'code':{'text':'a'},'valueInteger':1}]"),
      "1 Observation/o1: component[0].modifierExtension changes the meaning in a way that is not known\n");
}

TEST_F(RecordObservation, ReadsTheShapesOfOlderVersions) {
  const Observation& stu3 = read(
      "'context':{'reference':'Encounter/"
      "e1'},'interpretation':{'coding':[{'code':'H'}]},'related':[{'type':'has-member',"
      "'target':{'reference':'Observation/o2'}},{'type':'derived-from','target':{'reference':'Observation/o3'}}]");
  EXPECT_EQ(stu3.encounter, "Encounter/e1");
  EXPECT_TRUE(stu3.interpretations.at(0).has_code("H"));
  EXPECT_EQ(stu3.members, std::vector<std::string>{"Observation/o2"});
  const Observation& r4 = read(
      "'encounter':{'reference':'Encounter/e1'},'interpretation':[{'coding':[{'code':'H'}]}],'hasMember':"
      "[{'reference':'https://x/fhir/Observation/o2/_history/1'}]");
  EXPECT_EQ(r4.encounter, stu3.encounter);
  EXPECT_EQ(r4.members, stu3.members);
  EXPECT_TRUE(r4.interpretations.at(0).has_code("H"));
}

TEST_F(RecordObservation, FindsItsSpecimenWhereverItIs) {
  const std::string fasting =
      "'collection':{'collectedDateTime':'2026-05-14','fastingStatusDuration':{'value':9,'unit':'h','code':'h'}}";
  const Record contained = record_of(observation("'contained':[{'resourceType':'Specimen','id':'s1'," + fasting +
                                                 "}],'specimen':{'reference':'#s1'}"));
  const Record beside = record_of(bundle_of(
      "{'resource':" + observation("'specimen':{'reference':'Specimen/s1'}") +
      "},{'fullUrl':'https://x/fhir/Specimen/s1','resource':{'resourceType':'Specimen','id':'s1'," + fasting + "}}"));
  const Record by_uuid = record_of(
      bundle_of("{'resource':" + observation("'specimen':{'reference':'urn:uuid:5ec1'}") +
                "},{'fullUrl':'urn:uuid:5ec1','resource':{'resourceType':'Specimen','id':'s9'," + fasting + "}}"));
  for (const Record* record : {&contained, &beside, &by_uuid}) {
    const Specimen* specimen = record->specimen(record->observations.at(0).specimen);
    ASSERT_NE(specimen, nullptr);
    EXPECT_EQ(specimen->fasting_duration->value, 9);
    EXPECT_EQ(iso_date(specimen->collected->earliest_day()), "2026-05-14");
  }
}

TEST_F(RecordObservation, DoesNotTakeTheContainedSpecimenOfAnother) {
  const auto nameless = [](const std::string& hours) {
    return "{'resource':{'resourceType':'Observation','code':{'text':'a'},'subject':{'reference':'Patient/"
           "p1'},'specimen':"
           "{'reference':'#s'},'contained':[{'resourceType':'Specimen','id':'s','collection':{'fastingStatusDuration':{"
           "'value':" +
           hours + "}}}]}}";
  };
  const Record record = record_of(bundle_of(nameless("1") + "," + nameless("9")));
  ASSERT_EQ(record.observations.size(), 2U);
  EXPECT_EQ(record.observations[1].reference, "#");
  EXPECT_EQ(record.specimen(record.observations[0].specimen)->fasting_duration->value, 1);
  EXPECT_EQ(record.specimen(record.observations[1].specimen)->fasting_duration->value, 9);
}

TEST_F(RecordObservation, BringsTheMembersThatItContains) {
  const Record record = record_of(observation(
      "'hasMember':[{'reference':'#m'}],'contained':[{'resourceType':'Observation','id':'m','code':{'text':'0 min'},"
      "'valueInteger':7},{'resourceType':'Observation','id':'n','code':{'text':'unrelated'},'valueInteger':8}]"));
  ASSERT_EQ(record.observations.size(), 2U);
  EXPECT_EQ(record.observations[0].members, std::vector<std::string>{"Observation/o1#m"});
  EXPECT_EQ(record.observation("Observation/o1#m")->code.text, "0 min");
  EXPECT_EQ(record.counts.seen, 1U);
}

}  // namespace
}  // namespace fhir
