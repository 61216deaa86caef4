#include <algorithm>
#include <random>

#include "support.h"

// What must not change the outcome: order, style of references, an accepted unit for another, a code system for
// another, unrelated resources, the door by which a record comes in.

namespace cards {
namespace {

using tests::bmi;
using tests::condition;
using tests::fasting_insulin;
using tests::observation;
using tests::outcome_of;
using tests::quantity;
using tests::woman_of_34;

std::vector<std::string> suspected_type_b() {
  const auto medicine =
      "'resourceType':'MedicationRequest','id':'m','status':'active','intent':'order','subject':{'reference':'Patient/"
      "p'},"
      "'medicationCodeableConcept':{'coding':[{'system':'http://www.whocc.no/atc','code':'A10AB05'}]},"
      "'authoredOn':'2026-04-01','dosageInstruction':[{'timing':{'repeat':{'frequency':1,'period':1,'periodUnit':'d'}},"
      "'doseAndRate':[{'doseQuantity':{'value':600,'unit':'units','system':'http://"
      "unitsofmeasure.org','code':'[iU]'}}]}]";
  return {woman_of_34,
          bmi("21"),
          medicine,
          observation("w", "29463-7", quantity("66", "kg"), "2026-06-01"),
          condition("sle", "55464009"),
          condition("an", "402599005"),
          condition("dm", "73211009", "'onsetDateTime':'2026-03-01'")};
}

std::vector<std::vector<std::string>> patients() {
  return {{woman_of_34, bmi("24"), fasting_insulin("412")},
          {woman_of_34, bmi("24"), condition("an", "402599005"), fasting_insulin("90", "2026-05-16", "late"),
           fasting_insulin("300", "2025-12-17", "early")},
          {woman_of_34, condition("agl", "86907008"), bmi("33")},
          suspected_type_b(),
          {woman_of_34, fasting_insulin("412")}};
}

TEST(Outcome, DoesNotDependOnTheOrderOfResources) {
  std::mt19937 random(20261120);
  for (auto patient : patients()) {
    const auto expected = outcome_of(patient);
    EXPECT_NE(expected, "none");
    for (int i = 0; i < 50; ++i) {
      std::shuffle(patient.begin(), patient.end(), random);
      EXPECT_EQ(outcome_of(patient), expected);
    }
  }
}

TEST(Outcome, DoesNotChangeWithUnrelatedResources) {
  for (auto patient : patients()) {
    const auto expected = outcome_of(patient);
    patient.push_back(observation("na", "2951-2", quantity("140", "mmol/L")));
    patient.push_back(condition("asthma", "195967001"));
    patient.push_back("'resourceType':'AllergyIntolerance','id':'a','patient':{'reference':'Patient/p'}");
    EXPECT_EQ(outcome_of(patient), expected);
  }
}

TEST(Outcome, RestsOnNoInsulinResultBesideInsulinThatEndsBeforeItBegins) {
  std::vector<std::string> resources = {woman_of_34, bmi("24"), fasting_insulin("412")};
  const auto without = outcome_of(resources);
  resources.push_back(
      "'resourceType':'MedicationStatement','id':'m','status':'completed','subject':{'reference':'Patient/p'},"
      "'medicationCodeableConcept':{'coding':[{'system':'http://www.whocc.no/atc','code':'A10AB05'}]},"
      "'effectivePeriod':{'start':'2026-05-15','end':'2026-05-14'}");
  EXPECT_EQ(without, "nsirs-referral");
  EXPECT_NE(outcome_of(resources), "nsirs-referral");
}

TEST(Outcome, DoesNotDependOnTheStyleOfReferences) {
  for (const auto* style : {"https://ehr.example/fhir/Patient/p", "Patient/p/_history/3", "urn:uuid:p"}) {
    for (auto patient : patients()) {
      const auto expected = outcome_of(patient);
      for (auto& resource : patient) {
        const std::string plain = "'reference':'Patient/p'";
        if (const auto at = resource.find(plain); at != std::string::npos) {
          resource.replace(at, plain.size(), "'reference':'" + std::string(style) + "'");
        }
      }
      EXPECT_EQ(outcome_of(patient), expected) << style;
    }
  }
}

TEST(Outcome, IsTheSameInEveryAcceptedUnitOfInsulin) {
  struct Written {
    const char* loinc;
    const char* value;
    const char* unit;
  };
  for (const auto& [loinc, value, unit] :
       {Written{"59179-2", "412", "pmol/L"}, Written{"59179-2", "0.412", "nmol/L"},
        Written{"27873-9", "68.7", "m[IU]/L"}, Written{"27873-9", "68.7", "u[IU]/mL"},
        Written{"27873-9", "2.4", "ng/mL"}}) {
    EXPECT_EQ(outcome_of({woman_of_34, bmi("24"), observation("i", loinc, quantity(value, unit))}), "nsirs-referral")
        << unit;
  }
}

TEST(Outcome, IsTheSameByEveryCodeSystemOfADiagnosis) {
  const auto coded = [](const std::string& system, const std::string& code) {
    return "'resourceType':'Condition','id':'c','subject':{'reference':'Patient/p'},'code':{'coding':[{'system':'" +
           system + "','code':'" + code + "'}]}";
  };
  for (const auto& an : {coded("http://snomed.info/sct", "402599005"), coded("http://hl7.org/fhir/sid/icd-10", "L83"),
                         coded("http://hl7.org/fhir/sid/icd-10", "L83X"),
                         coded("http://hl7.org/fhir/sid/icd-10-cm", "L83"), coded("http://www.orpha.net", "924")}) {
    EXPECT_EQ(outcome_of({woman_of_34, bmi("24"), an}), "acanthosis-nigricans") << an;
  }
}

TEST(Outcome, IsTheSameByPrefetchAndByBundle) {
  for (const auto& patient : patients()) {
    std::string body =
        R"({"hook":"patient-view","hookInstance":"1","context":{"userId":"Practitioner/x","patientId":"p"},"prefetch":{"patient":{)" +
        tests::json(patient.front()) +
        R"(},"conditions":{"resourceType":"Bundle","type":"searchset"},"observations":)" +
        tests::bundle({patient.begin() + 1, patient.end()}) + "}}";
    auto request = read_hook_request(body, *tests::shipped().service("sir-patient-view"));
    ASSERT_TRUE(request) << request.error().where << request.error().what;
    auto complete_record = complete(std::move(*request));
    ASSERT_TRUE(complete_record);
    EXPECT_EQ(assess(complete_record->record, tests::shipped(), tests::today).outcome, outcome_of(patient));
  }
}

TEST(Outcome, OfVerdictsAloneIsThatOfTheWholeTrail) {
  for (const auto& patient : patients()) {
    const auto record = tests::record_of(patient);
    const auto whole = assess(record, tests::shipped(), tests::today, {}, Trail::whole);
    const auto quick = assess(record, tests::shipped(), tests::today, {}, Trail::verdicts_only);
    EXPECT_EQ(whole.outcome, quick.outcome);
    EXPECT_EQ(whole.decided_by, quick.decided_by);
    EXPECT_EQ(whole.advice, quick.advice);
  }
}

TEST(Outcome, IsTheSameTwiceAndSoAreTheCards) {
  for (const auto& patient : patients()) {
    EXPECT_EQ(write_cards(tests::cards_for(patient)), write_cards(tests::cards_for(patient)));
  }
}

}  // namespace
}  // namespace cards
