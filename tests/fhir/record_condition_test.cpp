#include <list>

#include "record_reading.h"

namespace fhir {
namespace {

std::string condition(const std::string& members) {
  return "{'resourceType':'Condition','id':'c1','code':{'text':'Acanthosis "
         "nigricans'},'subject':{'reference':'Patient/p1'}" +
         (members.empty() ? "" : "," + members) + "}";
}

constexpr const char* born_in_april_1990 = "{'resourceType':'Patient','id':'p1','birthDate':'1990-04-03'}";

class RecordCondition : public testing::Test {
 protected:
  const Condition& read(const std::string& members) {
    records_.push_back(Reading().add(born_in_april_1990).add(condition(members)).finish());
    EXPECT_EQ(records_.back().conditions.size(), 1U) << members;
    EXPECT_EQ(unreadable_in(records_.back()), "") << members;
    if (records_.back().conditions.empty()) records_.back().conditions.emplace_back();
    return records_.back().conditions.front();
  }
  std::string onset(const std::string& members) {
    const auto time = read(members).onset;
    return time ? in_words(*time) : "none";
  }

 private:
  std::list<Record> records_;
};

TEST_F(RecordCondition, IsActiveAndConfirmedWhenNothingIsSaid) {
  const Condition& silent = read("");
  EXPECT_EQ(silent.reference, "Condition/c1");
  EXPECT_TRUE(silent.is_active());
  EXPECT_TRUE(silent.is_confirmed());
  EXPECT_TRUE(read("'clinicalStatus':null").is_active());
}

TEST_F(RecordCondition, HasAStatusAsAConceptOrAsACode) {
  EXPECT_TRUE(read("'clinicalStatus':'active'").is_active());
  EXPECT_TRUE(read("'clinicalStatus':{'coding':[{'code':'recurrence'}]}").is_active());
  EXPECT_TRUE(read("'clinicalStatus':'relapse'").is_active());
  EXPECT_FALSE(read("'clinicalStatus':'resolved'").is_active());
  EXPECT_FALSE(read("'clinicalStatus':{'coding':[{'code':'remission'}]}").is_active());
  EXPECT_FALSE(read("'clinicalStatus':{'text':'gone'}").is_active());
  EXPECT_TRUE(read("'verificationStatus':'confirmed'").is_confirmed());
  EXPECT_FALSE(read("'verificationStatus':{'coding':[{'code':'provisional'}]}").is_confirmed());
}

TEST_F(RecordCondition, IsKeptButNeverConfirmedWhenRefuted) {
  for (const char* status : {"'refuted'", "{'coding':[{'system':'s','code':'refuted'}]}"}) {
    const auto refuted = read("'verificationStatus':" + std::string(status));
    EXPECT_TRUE(refuted.is_refuted());
    EXPECT_FALSE(refuted.is_confirmed());
  }
}

TEST_F(RecordCondition, IsDroppedWhenEnteredInError) {
  for (const char* status : {"'entered-in-error'", "{'coding':[{'system':'s','code':'entered-in-error'}]}"}) {
    const Record record = record_of(condition("'verificationStatus':" + std::string(status)));
    EXPECT_EQ(record.conditions.size(), 0U);
    EXPECT_EQ(record.counts.dropped, 1U);
    EXPECT_EQ(unreadable_in(record), "");
  }
}

TEST_F(RecordCondition, IsDroppedWithANoteWhenAStatusCannotBeRead) {
  for (const char* status : {"7", "true", "{'coding':[7]}", "['']"}) {
    EXPECT_EQ(unreadable_in(record_of(condition("'clinicalStatus':" + std::string(status)))),
              "Condition/c1: clinicalStatus is not a status that is known\n");
    EXPECT_EQ(unreadable_in(record_of(condition("'verificationStatus':" + std::string(status)))),
              "Condition/c1: verificationStatus is not a status that is known\n");
  }
}

TEST_F(RecordCondition, HasAnOnset) {
  EXPECT_EQ(onset("'onsetDateTime':'2020-05'"), "May 2020");
  EXPECT_EQ(onset("'onsetPeriod':{'start':'2020-05-01','end':'2021'}"), "1 May 2020");
  EXPECT_EQ(onset("'onsetAge':{'value':30,'unit':'years','code':'a'}"), "April 2020");
  EXPECT_EQ(onset("'onsetAge':{'value':10,'unit':'months'}"), "February 1991");
  EXPECT_EQ(onset("'onsetQuantity':{'value':2.5,'code':'a'}"), "October 1992");
  EXPECT_EQ(onset("'onsetAge':{'value':3,'code':'d'}"), "April 1990");
  EXPECT_EQ(onset("'onsetAge':{'value':3,'code':'kg'}"), "none");
  EXPECT_EQ(onset("'onsetAge':{'value':-3,'code':'a'}"), "none");
  EXPECT_EQ(onset("'onsetAge':{'value':1e14,'code':'a'}"), "none");
  EXPECT_EQ(onset("'onsetString':'childhood'"), "none");
}

TEST_F(RecordCondition, IsOverWhenAnyAbatementIsGiven) {
  for (const char* abatement :
       {"'abatementDateTime':'2021'", "'abatementBoolean':true", "'abatementString':'last year'",
        "'abatementPeriod':{'end':'2021'}", "'abatementAge':{'value':3}", "'abatementRange':{}"}) {
    EXPECT_TRUE(read(abatement).abated) << abatement;
    EXPECT_FALSE(read(abatement).is_active()) << abatement;
  }
  EXPECT_FALSE(read("'abatementBoolean':false").abated);
  EXPECT_EQ(read("'abatementPeriod':{'end':'2021'}").abatement->year, 2021);
}

TEST_F(RecordCondition, ReadsTheShapesOfEveryVersion) {
  EXPECT_EQ(read("'recordedDate':'2021'").recorded->year, 2021);
  EXPECT_EQ(read("'assertedDate':'2021'").recorded->year, 2021);
  EXPECT_EQ(read("'dateRecorded':'2021'").recorded->year, 2021);
  EXPECT_EQ(read("'category':{'coding':[{'code':'problem'}]}").categories.size(), 1U);
  EXPECT_EQ(read("'category':[{'coding':[{'code':'problem'}]},{'text':'x'}]").categories.size(), 2U);
  const Record dstu2 =
      record_of("{'resourceType':'Condition','id':'c1','code':{'text':'a'},'patient':{'reference':'Patient/p1'}}");
  EXPECT_EQ(dstu2.conditions.size(), 1U);
  const Record stranger =
      record_of("{'resourceType':'Condition','id':'c1','code':{'text':'a'},'patient':{'reference':'Patient/p2'}}");
  EXPECT_EQ(unreadable_in(stranger), "Condition/c1: subject is about another patient\n");
}

}  // namespace
}  // namespace fhir
