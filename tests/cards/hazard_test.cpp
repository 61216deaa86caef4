#include <algorithm>

#include "support.h"

// Controls of deploy/safety/hazard-log.md that no other test proves.

namespace cards {
namespace {

using tests::bmi;
using tests::cards_for;
using tests::condition;
using tests::fasting_insulin;
using tests::observation;
using tests::outcome_of;
using tests::quantity;
using tests::record_of;
using tests::shipped;
using tests::today;
using tests::woman_of_34;

bool says(const Card& card, std::string_view words) {
  return card.detail.find(words) != std::string::npos;
}

std::string verified(const std::string& status, const std::string& recorded) {
  return "'verificationStatus':{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/"
         "condition-ver-status','code':'" +
         status + "'}]},'recordedDate':'" + recorded + "'";
}

std::vector<std::string> suspected_type_b() {
  return {
      woman_of_34,
      bmi("21"),
      "'resourceType':'MedicationRequest','id':'m','status':'active','intent':'order','subject':{'reference':'Patient/"
      "p'},"
      "'medicationCodeableConcept':{'coding':[{'system':'http://www.whocc.no/atc','code':'A10AB05'}]},"
      "'authoredOn':'2026-04-01','dosageInstruction':[{'timing':{'repeat':{'frequency':1,'period':1,'periodUnit':'d'}},"
      "'doseAndRate':[{'doseQuantity':{'value':600,'unit':'units','system':'http://"
      "unitsofmeasure.org','code':'[iU]'}}]}]",
      observation("w", "29463-7", quantity("66", "kg"), "2026-06-01"),
      condition("sle", "55464009"),
      condition("an", "402599005"),
      condition("dm", "73211009", "'onsetDateTime':'2026-03-01'")};
}

Card type_b_card() {
  return cards_for(suspected_type_b()).front();
}

TEST(TypeBCard, AsksForAntibodiesAgainstTheReceptorAndForTheOtherTestUnderAnotherName) {
  const auto card = type_b_card();
  EXPECT_NE(card.summary.find("anti-insulin-receptor antibodies"), std::string::npos) << card.summary;
  std::vector<std::string> asked;
  for (const auto& suggestion : card.suggestions) {
    for (const auto& action : suggestion.actions) {
      const auto document = fhir::read_document(action.resource);
      ASSERT_TRUE(document);
      asked.emplace_back(document->root()["code"]["text"].string());
    }
  }
  EXPECT_EQ(std::count(asked.begin(), asked.end(),
                       "Insulin receptor antibodies (serum) - specialist assay; discuss with NSIRS"),
            1);
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "Insulin antibodies"), 1);
}

TEST(TypeBCard, WarnsThatInsulinNeedsCanFallAndThatNobodyShouldGoOnRaisingTheDoseAlone) {
  EXPECT_TRUE(says(type_b_card(), "Insulin needs can fall abruptly as antibodies fall: have a plan for hypoglycaemia"));
  EXPECT_TRUE(says(type_b_card(), "do not keep raising the dose without supervision"));
}

TEST(TypeBCard, SaysThatANegativeResultDoesNotExcludeIt) {
  EXPECT_TRUE(says(type_b_card(), "A negative result does not exclude Type B"));
}

TEST(TypeBCard, GivesNoAdviceOnSteroidsOrImmunosuppression) {
  EXPECT_TRUE(says(type_b_card(), "This software gives no advice on steroids or immunosuppression"));
}

TEST(TypeBCard, AsksForMalignancyTechniqueAndInfectionToBeConsidered) {
  EXPECT_TRUE(says(type_b_card(), "also needs malignancy considered"));
  EXPECT_TRUE(says(type_b_card(), "Check injection technique, adherence and infection first."));
}

TEST(TypeBCard, TellsWhatWasNotRecordedFromWhatWasNotFound) {
  EXPECT_TRUE(says(type_b_card(), "- Not found: BMI of at least 35"));
  EXPECT_TRUE(says(type_b_card(), "- Not recorded: weight loss of at least 5 %"));
}

TEST(AcanthosisCard, NamesMalignancyAndDrugsAsOtherCauses) {
  const auto card = cards_for({woman_of_34, bmi("24"), condition("an", "402599005")}).front();
  EXPECT_TRUE(says(card,
                   "Acanthosis nigricans has other causes, drugs among them; sudden, widespread or mucosal forms "
                   "need a search for malignancy."));
}

TEST(CriterionOneCard, SaysToCallWithoutWaitingForTheResult) {
  const auto card = cards_for({woman_of_34, condition("rm", "33559001")}).front();
  EXPECT_EQ(card.indicator, "warning");
  EXPECT_NE(card.summary.find("contact NSIRS without waiting"), std::string::npos) << card.summary;
  EXPECT_TRUE(says(card, "infants and children need paediatric endocrinology the same day"));
}

TEST(AnyCard, SaysThatItIsNoDiagnosisAndThatSilenceExcludesNothing) {
  for (const auto& card : {type_b_card(), cards_for({woman_of_34, bmi("24"), fasting_insulin("412")}).front()}) {
    EXPECT_TRUE(says(card, "Decision support from the data supplied, not a diagnosis; clinical judgement decides."));
    EXPECT_TRUE(says(card, "Absence of a card does not exclude severe insulin resistance."));
    EXPECT_TRUE(says(card, "Rule set " + shipped().version()));
  }
}

TEST(AnyCard, NamesThePublishedThresholdNextToTheContactThatWasLastVerified) {
  const auto card = cards_for({woman_of_34, bmi("24"), fasting_insulin("412")}).front();
  EXPECT_TRUE(says(card, "service threshold above 150 pmol/L"));
  EXPECT_TRUE(says(card, "(last verified February 2019)"));
}

TEST(AnyCard, IsTheSameWithAndWithoutASensitiveDiagnosisThatDoesNotMatter) {
  const std::vector<std::string> patient = {woman_of_34, bmi("24"), fasting_insulin("412")};
  auto with_hiv = patient;
  with_hiv.push_back(condition("hiv", "86406008"));
  EXPECT_EQ(cards_for(with_hiv).front().detail, cards_for(patient).front().detail);
  EXPECT_EQ(cards_for(with_hiv).front().summary, cards_for(patient).front().summary);
}

TEST(Cards, AreAtMostTwoAndOnlyOneOfThemIsUrgentHoweverMuchIsRecorded) {
  auto patient = suspected_type_b();
  patient.push_back(fasting_insulin("1412"));
  patient.push_back(condition("agl", "86907008"));
  patient.push_back(condition("donohue", "111307005"));
  patient.push_back(condition("type-a", "237651005"));
  const auto cards = cards_for(patient);
  EXPECT_GE(cards.size(), 1U);
  EXPECT_LE(cards.size(), 2U);
  EXPECT_LE(std::count_if(cards.begin(), cards.end(), [](const auto& card) { return card.indicator != "info"; }), 1);
}

TEST(Outcome, KnowsNothingOfEthnicityPostcodeOrName) {
  const std::string shared = "'resourceType':'Patient','id':'p','birthDate':'1992-02-01','gender':'female'";
  const auto described =
      shared +
      ",'name':[{'family':'Invented'}],'address':[{'postalCode':'AB1 2CD','country':'England'}],"
      "'extension':[{'url':'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory',"
      "'valueCodeableConcept':{'coding':[{'system':"
      "'https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland','code':'N'}]}}]";
  for (auto patient :
       {suspected_type_b(), {shared, bmi("24"), fasting_insulin("412")}, {shared, bmi("31"), fasting_insulin("412")}}) {
    patient.front() = shared;
    const auto expected = outcome_of(patient);
    patient.front() = described;
    EXPECT_EQ(outcome_of(patient), expected);
  }
}

TEST(Outcome, OfSuspectedTypeBDoesNotDependOnSex) {
  auto man = suspected_type_b();
  man.front() = "'resourceType':'Patient','id':'p','gender':'male','birthDate':'1992-02-01'";
  EXPECT_EQ(outcome_of(man), "type-b-suspected");
  EXPECT_EQ(outcome_of(suspected_type_b()), "type-b-suspected");
}

TEST(DiagnosisRecordedTwice, CountsAsItWasRecordedLast) {
  const auto confirmed = [](const std::string& day) { return condition("a", "86907008", verified("confirmed", day)); };
  const auto refuted = [](const std::string& day) { return condition("b", "86907008", verified("refuted", day)); };
  EXPECT_EQ(outcome_of({woman_of_34, confirmed("2024-01-01"), refuted("2020-01-01")}), "nsirs-referral");
  EXPECT_EQ(outcome_of({woman_of_34, confirmed("2020-01-01"), refuted("2024-01-01")}), "none");
}

TEST(DiagnosisRecordedTwice, OnOneDayIsASuspicionOnly) {
  EXPECT_EQ(outcome_of({woman_of_34, condition("a", "86907008", verified("confirmed", "2024-01-01")),
                        condition("b", "86907008", verified("refuted", "2024-01-01"))}),
            "lipodystrophy-suspected");
}

TEST(BmiCentile, IsNeverTakenForABmi) {
  EXPECT_EQ(outcome_of({woman_of_34, observation("c", "59576-9", quantity("24", "%")), fasting_insulin("412")}),
            "missing-measurement");
}

TEST(DroppedValue, IsNamedInTheAssessmentWithItsReason) {
  const auto record = record_of({woman_of_34, bmi("24"), observation("i", "59179-2", "'valueQuantity':{'value':412}")});
  const auto assessment = assess(record, shipped(), today);
  EXPECT_EQ(assessment.outcome, "none");
  ASSERT_EQ(assessment.unreadable.size(), 1U);
  EXPECT_EQ(assessment.unreadable.front().reference, "Observation/i");
}

TEST(FamilyHistory, IsNoDiagnosisOfThePatient) {
  EXPECT_EQ(
      outcome_of(
          {woman_of_34,
           "'resourceType':'FamilyMemberHistory','id':'f','status':'completed','patient':{'reference':'Patient/p'},"
           "'relationship':{'text':'mother'},'condition':[{'code':{'coding':[{'system':'http://snomed.info/sct',"
           "'code':'86907008'}]}}]"}),
      "none");
}

TEST(StartUp, WarnsOfAContactThatNobodyHasVerifiedForAYear) {
  const auto warnings = shipped().warnings(today);
  EXPECT_TRUE(std::any_of(warnings.begin(), warnings.end(), [](const auto& sentence) {
    return sentence.find("last verified in February 2019") != std::string::npos;
  }));
}

}  // namespace
}  // namespace cards
