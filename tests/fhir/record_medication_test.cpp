#include <list>

#include "record_reading.h"

namespace fhir {
namespace {

std::string medicine(const std::string& type, const std::string& members) {
  return "{'resourceType':'" + type + "','id':'m1','subject':{'reference':'Patient/p1'}," + members + "}";
}

constexpr const char* insulin = "'medicationCodeableConcept':{'coding':[{'system':'s','code':'insulin'}]}";

class RecordMedication : public testing::Test {
 protected:
  const MedicationUse& read(const std::string& resource) {
    records_.push_back(record_of(resource));
    EXPECT_EQ(records_.back().medications.size(), 1U) << resource;
    EXPECT_EQ(unreadable_in(records_.back()), "") << resource;
    if (records_.back().medications.empty()) records_.back().medications.emplace_back();
    return records_.back().medications.front();
  }
  const MedicationUse& read(const std::string& type, const std::string& members) {
    return read(medicine(type, std::string(insulin) + "," + members));
  }
  const Dosage& dosage(const std::string& members) {
    return read("MedicationRequest", "'dosageInstruction':[{" + members + "}]").dosages.at(0);
  }

 private:
  std::list<Record> records_;
};

TEST_F(RecordMedication, IsARequest) {
  const MedicationUse& use = read(
      "MedicationRequest", "'status':'active','intent':'order','authoredOn':'2026-01-02','category':[{'text':'x'}]");
  EXPECT_EQ(use.reference, "MedicationRequest/m1");
  EXPECT_EQ(use.source, MedicationSource::request);
  EXPECT_EQ(use.status, "active");
  EXPECT_EQ(use.intent, "order");
  EXPECT_TRUE(use.medication.has_code("insulin"));
  EXPECT_EQ(use.start->written, "2026-01-02");
  EXPECT_EQ(use.end, std::nullopt);
  EXPECT_EQ(use.categories.size(), 1U);
}

TEST_F(RecordMedication, IsReadFromEveryTypeThatMeansOne) {
  EXPECT_EQ(read("MedicationOrder", "'dateWritten':'2026-01-02','dateEnded':'2026-02-02'").start->written,
            "2026-01-02");
  EXPECT_EQ(read("MedicationOrder", "'dateWritten':'2026-01-02','dateEnded':'2026-02-02'").end->written, "2026-02-02");
  const MedicationUse& statement = read("MedicationStatement", "'effectivePeriod':{'start':'2025','end':'2026'}");
  EXPECT_EQ(statement.source, MedicationSource::statement);
  EXPECT_EQ(statement.start->written, "2025");
  EXPECT_EQ(statement.end->written, "2026");
  const MedicationUse& given = read("MedicationAdministration", "'effectiveDateTime':'2026-01-02'");
  EXPECT_EQ(given.source, MedicationSource::administration);
  EXPECT_EQ(given.end->written, "2026-01-02");
  EXPECT_EQ(read("MedicationAdministration", "'effectiveTimeDateTime':'2026-01-02'").start->written, "2026-01-02");
  EXPECT_EQ(read("MedicationAdministration", "'occurencePeriod':{'start':'2026-01-02'}").start->written, "2026-01-02");
}

TEST_F(RecordMedication, IsDroppedWhenItWasNotTakenOrNotMeant) {
  for (const char* denial : {"'status':'entered-in-error'", "'status':'cancelled'", "'status':'draft'",
                             "'status':'not-done'", "'status':'not-taken'", "'status':['entered-in-error']",
                             "'doNotPerform':true", "'wasNotTaken':true", "'wasNotGiven':true", "'notGiven':true",
                             "'taken':'n'", "'adherence':{'code':{'coding':[{'code':'not-taking'}]}}"}) {
    const Record record = record_of(medicine("MedicationStatement", std::string(insulin) + "," + denial));
    EXPECT_EQ(record.medications.size(), 0U) << denial;
    EXPECT_EQ(record.counts.dropped, 1U) << denial;
    EXPECT_EQ(unreadable_in(record), "") << denial;
  }
}

TEST_F(RecordMedication, IsDroppedWithANoteWhenADenialCannotBeRead) {
  EXPECT_EQ(unreadable_in(record_of(medicine("MedicationRequest", std::string(insulin) + ",'doNotPerform':'yes'"))),
            "MedicationRequest/m1: doNotPerform is not true or false\n");
  EXPECT_EQ(unreadable_in(record_of(medicine("MedicationRequest", std::string(insulin) + ",'status':5"))),
            "MedicationRequest/m1: status is not a code\n");
}

TEST_F(RecordMedication, IsKeptWhenNothingDeniesIt) {
  for (const char* members :
       {"'doNotPerform':false", "'wasNotTaken':false", "'taken':'y'", "'status':'completed'", "'status':'on-hold'",
        "'status':'stopped'", "'status':'unknown'", "'status':'intended'"}) {
    EXPECT_EQ(record_of(medicine("MedicationStatement", std::string(insulin) + "," + members)).medications.size(), 1U)
        << members;
  }
  EXPECT_EQ(
      read("MedicationStatement", "'status':'recorded','adherence':{'code':{'coding':[{'code':'stopped'}]}}").status,
      "stopped");
}

TEST_F(RecordMedication, FindsTheMedicationInEveryStyle) {
  const std::string medication =
      "'code':{'coding':[{'code':'insulin'}]},'ingredient':[{'itemCodeableConcept':{'coding':[{'code':'glargine'}]}},"
      "{'isActive':false,'itemCodeableConcept':{'text':'water'}}]";
  const std::string beside =
      ",{'fullUrl':'urn:uuid:77aa','resource':{'resourceType':'Medication','id':'d1'," + medication + "}}";
  const std::vector<std::string> styles = {
      bundle_of("{'resource':" + medicine("MedicationRequest", "'medicationReference':{'reference':'Medication/d1'}") +
                "}" + beside),
      bundle_of("{'resource':" + medicine("MedicationRequest", "'medicationReference':{'reference':'urn:uuid:77aa'}") +
                "}" + beside),
      bundle_of("{'resource':" + medicine("MedicationRequest", "'medicationReference':{'reference':'urn:uuid:d1'}") +
                "}" + beside),
      bundle_of(
          "{'resource':" +
          medicine("MedicationRequest", "'medicationReference':{'reference':'https://x/Medication/d1/_history/3'}") +
          "}" + beside),
      bundle_of(
          "{'resource':" + medicine("MedicationRequest", "'medication':{'reference':{'reference':'Medication/d1'}}") +
          "}" + beside),
      medicine("MedicationRequest", "'contained':[{'resourceType':'Medication','id':'d1'," + medication +
                                        "}],'medicationReference':{'reference':'#d1'}"),
      medicine("MedicationRequest", "'contained':[{'resourceType':'Medication','id':'d1'," + medication +
                                        "}],'medication':{'reference':{'reference':'#d1'}}"),
  };
  for (const std::string& style : styles) {
    const MedicationUse& use = read(style);
    EXPECT_TRUE(use.medication.has_code("insulin")) << style;
    ASSERT_EQ(use.ingredients.size(), 1U) << style;
    EXPECT_TRUE(use.ingredients[0].has_code("glargine")) << style;
  }
}

TEST_F(RecordMedication, ReadsTheIngredientsOfEveryVersion) {
  const auto ingredients = [this](const std::string& members) {
    return read(medicine("MedicationRequest",
                         "'contained':[{'resourceType':'Medication','id':'d1','code':{'text':'a'}," + members +
                             "},{'resourceType':'Substance','id':'s1','code':{'coding':[{'code':'glargine'}]}}],"
                             "'medicationReference':{'reference':'#d1'}"))
        .ingredients;
  };
  for (const char* members : {"'ingredient':[{'itemCodeableConcept':{'coding':[{'code':'glargine'}]}}]",
                              "'ingredient':[{'itemReference':{'reference':'#s1'}}]",
                              "'ingredient':[{'item':{'concept':{'coding':[{'code':'glargine'}]}}}]",
                              "'ingredient':[{'item':{'reference':{'reference':'#s1'}}}]",
                              "'product':{'ingredient':[{'item':{'reference':'#s1'}}]}"}) {
    const auto found = ingredients(members);
    ASSERT_EQ(found.size(), 1U) << members;
    EXPECT_TRUE(found[0].has_code("glargine")) << members;
  }
}

TEST_F(RecordMedication, NotesAMedicationThatWasNotSent) {
  const std::string note =
      "MedicationRequest/m1: medicationReference points to a Medication that was not sent or cannot be read\n";
  const Record named = record_of(
      medicine("MedicationRequest", "'medicationReference':{'reference':'Medication/d9','display':'Lantus'}"));
  EXPECT_EQ(unreadable_in(named), note);
  EXPECT_EQ(named.medications.at(0).medication.text, "Lantus");
  const Record nameless =
      record_of(medicine("MedicationRequest", "'medicationReference':{'reference':'Medication/d9'}"));
  EXPECT_EQ(unreadable_in(nameless), note + "MedicationRequest/m1: medication is missing\n");
  EXPECT_EQ(nameless.counts.dropped, 1U);
}

TEST_F(RecordMedication, ComesBackFromAMedicationThatContainsItself) {
  const Record record =
      record_of(medicine("MedicationRequest",
                         "'contained':[{'resourceType':'Medication','id':'d1','ingredient':[{'itemReference':{'"
                         "reference':'#d1'}}]}],'medicationReference':{'reference':'#d1'}"));
  EXPECT_EQ(record.medications.size(), 0U);
}

TEST_F(RecordMedication, HasADoseInTheShapeOfEveryVersion) {
  for (const char* members :
       {"'doseAndRate':[{'doseQuantity':{'value':20,'unit':'U'}}]", "'doseQuantity':{'value':20,'unit':'U'}",
        "'quantityQuantity':{'value':20,'unit':'U'}", "'dose':{'value':20,'unit':'U'}",
        "'doseAndRate':[{'type':{'coding':[{'code':'calculated'}]},'doseQuantity':{'value':3}},"
        "{'type':{'coding':[{'code':'ordered'}]},'doseQuantity':{'value':20,'unit':'U'}}]",
        "'doseRange':{'low':{'value':20,'unit':'U'},'high':{'value':20,'unit':'U'}}"}) {
    const auto dose = dosage(members).dose;
    ASSERT_TRUE(dose) << members;
    EXPECT_EQ(dose->value, 20) << members;
    EXPECT_EQ(dose->unit, "U") << members;
  }
  const MedicationUse& given = read("MedicationAdministration", "'dosage':{'dose':{'value':20},'text':'x'}");
  EXPECT_EQ(given.dosages.at(0).dose->value, 20);
  EXPECT_EQ(read("MedicationStatement", "'dosage':[{'text':'a'},{'text':'b'}]").dosages.size(), 2U);
}

TEST_F(RecordMedication, HasADoseRangeARateAndALimit) {
  const Dosage& line = dosage(
      "'text':'t','route':{'text':'sc'},'doseAndRate':[{'doseRange':{'low':{'value':4},'high':{'value':8}},'rateRatio':"
      "{'numerator':{'value':1,'unit':'U'},'denominator':{'value':2,'unit':'h'}}}],"
      "'maxDosePerPeriod':{'numerator':{'value':50},'denominator':{'value':1,'code':'d'}}");
  EXPECT_EQ(line.dose, std::nullopt);
  EXPECT_EQ(line.dose_low->value, 4);
  EXPECT_EQ(line.dose_high->value, 8);
  EXPECT_EQ(line.rate->unit, "U");
  EXPECT_EQ(line.rate_per->value, 2);
  EXPECT_EQ(line.max_per_period->value, 50);
  EXPECT_EQ(line.max_period->code, "d");
  EXPECT_EQ(line.text, "t");
  EXPECT_EQ(line.route.text, "sc");
  EXPECT_EQ(dosage("'maxDosePerPeriod':[{'numerator':{'value':50}}]").max_per_period->value, 50);
}

TEST_F(RecordMedication, IsTakenAsOftenAsTheTimingSays) {
  const Dosage& line = dosage(
      "'timing':{'repeat':{'frequency':2,'frequencyMax':3,'period':1,'periodUnit':'d','timeOfDay':['08:00:00'],"
      "'when':['AC','HS'],'dayOfWeek':['mon'],'boundsPeriod':{'start':'2026-01-01','end':'2026-02-01'}},'code':{'"
      "coding':[{'code':'BID'}]}}");
  EXPECT_EQ(line.frequency, 2);
  EXPECT_EQ(line.frequency_max, 3);
  EXPECT_EQ(line.period, 1);
  EXPECT_EQ(line.period_unit, "d");
  EXPECT_EQ(line.times_of_day.size(), 1U);
  EXPECT_EQ(line.when, (std::vector<std::string_view>{"AC", "HS"}));
  EXPECT_EQ(line.days_of_week.size(), 1U);
  EXPECT_TRUE(line.timing_code.has_code("BID"));
  EXPECT_EQ(line.bounds_start->written, "2026-01-01");
  EXPECT_EQ(line.bounds_end->written, "2026-02-01");
  const Dosage& dstu2 = dosage("'timing':{'repeat':{'period':8,'periodUnits':'h','when':'HS'}}");
  EXPECT_EQ(dstu2.frequency, 1);
  EXPECT_EQ(dstu2.period_unit, "h");
  EXPECT_EQ(dstu2.when.size(), 1U);
  EXPECT_EQ(dosage("'timing':{'repeat':{'frequency':'2'}}").frequency, std::nullopt);
}

TEST_F(RecordMedication, IsTakenAsNeeded) {
  EXPECT_TRUE(dosage("'asNeededBoolean':true").as_needed);
  EXPECT_TRUE(dosage("'asNeededCodeableConcept':{'text':'pain'}").as_needed);
  EXPECT_TRUE(dosage("'asNeeded':true").as_needed);
  EXPECT_TRUE(dosage("'asNeededFor':[{'text':'pain'}]").as_needed);
  EXPECT_FALSE(dosage("'asNeededBoolean':false").as_needed);
  EXPECT_FALSE(dosage("'text':'x'").as_needed);
}

TEST_F(RecordMedication, StartsAndEndsWithTheBoundsOfItsDosagesWhenNothingElseIsSaid) {
  const auto line = [](const std::string& bounds) { return "{'timing':{'repeat':{'boundsPeriod':{" + bounds + "}}}}"; };
  const MedicationUse& both =
      read("MedicationRequest", "'dosageInstruction':[" + line("'start':'2026-01-01','end':'2026-02-01'") + "," +
                                    line("'end':'2026-03-01'") + "]");
  EXPECT_EQ(both.start->written, "2026-01-01");
  EXPECT_EQ(both.end->written, "2026-03-01");
  EXPECT_EQ(read("MedicationRequest", "'dosageInstruction':[" + line("'end':'2026-02-01'") + ",{'text':'on'}]").end,
            std::nullopt);
}

TEST_F(RecordMedication, NotesADosageThatCannotBeRead) {
  EXPECT_EQ(unreadable_in(record_of(medicine(
                "MedicationRequest", std::string(insulin) + ",'dosageInstruction':[{'doseQuantity':{'value':'20'}}]"))),
            "MedicationRequest/m1: doseQuantity.value is not a number\n");
  EXPECT_EQ(unreadable_in(record_of(medicine(
                "MedicationRequest", std::string(insulin) + ",'dosageInstruction':[{'modifierExtension':[{}]}]"))),
            "MedicationRequest/m1: dosage.modifierExtension changes the meaning in a way that is not known\n");
}

}  // namespace
}  // namespace fhir
