#include "cards/card.h"

#include "support.h"

namespace cards {
namespace {

using tests::bmi;
using tests::cards_for;
using tests::condition;
using tests::fasting_insulin;
using tests::observation;
using tests::quantity;
using tests::woman_of_34;

bool says(const Card& card, std::string_view words) {
  return card.detail.find(words) != std::string::npos;
}

Card referral_card() {
  return cards_for({woman_of_34, bmi("22.8"),
                    observation("ins", "59179-2", quantity("412", "pmol/L"), "2026-05-14",
                                "'referenceRange':[{'low':{'value':18},'high':{'value':173,'unit':'pmol/L'}}]"),
                    condition("an", "402599005", "'onsetDateTime':'2019'")})
      .front();
}

TEST(ReferralCard, SaysInOneLineWhatIsAdvisedAndWhy) {
  EXPECT_EQ(referral_card().summary,
            "Fasting insulin 412 pmol/L with BMI 22.8: meets NSIRS criterion for severe insulin resistance.");
  EXPECT_EQ(referral_card().indicator, "warning");
  EXPECT_EQ(referral_card().topic, "nsirs-referral");
}

TEST(ReferralCard, ShowsTheValueAsWrittenItsDateAndTheLaboratorysRange) {
  EXPECT_TRUE(says(referral_card(),
                   "Fasting insulin **412 pmol/L** (14 May 2026; laboratory's range 18–173 pmol/L; service "
                   "threshold above 150 pmol/L)"));
  EXPECT_TRUE(says(referral_card(), "BMI **22.8 kg/m2** (16 May 2026)"));
  EXPECT_TRUE(says(referral_card(), "(coded 2019)"));
}

TEST(ReferralCard, ShowsTheOriginalBesideAConvertedValue) {
  const auto card =
      cards_for({woman_of_34, bmi("22.8"), observation("i", "27873-9", quantity("68.7", "m[IU]/L"))}).front();
  EXPECT_EQ(card.summary,
            "Fasting insulin 412.2 pmol/L with BMI 22.8: meets NSIRS criterion for severe insulin resistance.");
  EXPECT_TRUE(says(card, "converted from 68.7 m\\[IU\\]/L × 6"));
}

TEST(ReferralCard, QuotesTheCriterionAndSaysThatItIsADraft) {
  EXPECT_TRUE(says(referral_card(), "BMI<30kg/m2 (BMI Z score <=+3 in children) and acanthosis nigricans and/or"));
  EXPECT_TRUE(referral_card().detail.starts_with("**DRAFT"));
  EXPECT_TRUE(referral_card().source_label.starts_with("DRAFT"));
}

TEST(ReferralCard, NamesWhatWasLookedForAndNotFound) {
  EXPECT_TRUE(
      says(referral_card(),
           "No record in the data sent to us of: pregnancy or a birth in the last 13 weeks; systemic glucocorticoid"));
  EXPECT_TRUE(says(referral_card(), "**Not recorded, or too old** – C-peptide, HbA1c and triglyceride."));
}

TEST(ReferralCard, LinksToTheRuleThatFired) {
  EXPECT_EQ(referral_card().links.back().url, "http://127.0.0.1:8080/criteria#unexplained-severe-insulin-resistance");
}

TEST(ReferralCard, DraftsAReferralWithTheVeryEvidence) {
  const auto card = referral_card();
  const auto& draft = card.suggestions.front();
  EXPECT_TRUE(draft.is_recommended);
  const auto document = fhir::read_document(draft.actions.front().resource);
  ASSERT_TRUE(document);
  const auto order = document->root();
  EXPECT_EQ(order["resourceType"].string(), "ServiceRequest");
  EXPECT_EQ(order["status"].string(), "draft");
  EXPECT_EQ(order["subject"]["reference"].string(), "Patient/p");
  std::vector<std::string> references;
  for (const auto& info : order["supportingInfo"]) references.emplace_back(info["reference"].string());
  EXPECT_EQ(references, (std::vector<std::string>{"Observation/ins", "Observation/bmi", "Condition/an"}));
  EXPECT_EQ((*order["code"]["coding"].begin())["code"].string(), "306118006");
  EXPECT_NE((*order["note"].begin())["text"].string().find("412 pmol/L"), std::string_view::npos);
}

TEST(AnyCard, NamesTheTierOfTheSite) {
  Site hospital;
  hospital.care_tier = "hospital";
  const auto card = cards_for({woman_of_34, bmi("22.8"), fasting_insulin("412")}, hospital).front();
  EXPECT_TRUE(says(card, "**Who does what** – Hospital diabetes"));
}

TEST(AnyCard, TellsAnotherCountryToAskFirst) {
  Site wales;
  wales.jurisdiction = "Wales";
  const auto card = cards_for({woman_of_34, bmi("22.8"), fasting_insulin("412")}, wales).front();
  EXPECT_TRUE(says(card, "in Wales discuss with the service"));
}

TEST(AnyCard, GoesByTheAddressOfThePatientBeforeThatOfTheSite) {
  const auto living_in = [](const std::string& address) {
    return cards_for({woman_of_34 + ",'address':[{" + address + "}]", bmi("22.8"), fasting_insulin("412")}).front();
  };
  EXPECT_TRUE(says(living_in("'state':'Scotland','country':'GB'"), "in Scotland discuss with the service"));
  EXPECT_TRUE(says(living_in("'country':'GBR'"), "Commissioned for England, adults and children"));
  EXPECT_TRUE(says(living_in("'country':'FR'"), "elsewhere discuss with the service first"));
}

TEST(AnyCard, ShowsRecordTextAsText) {
  const auto hostile =
      "'resourceType':'Condition','id':'c','subject':{'reference':'Patient/p'},'code':{'coding':[{"
      "'system':'http://snomed.info/sct','code':'86907008','display':'<script>alert(1)</script> "
      "[x](https://evil.example)'}]}";
  const auto card = cards_for({woman_of_34, hostile}).front();
  EXPECT_EQ(card.summary,
            "Acquired generalized lipodystrophy recorded: meets an NSIRS referral criterion. No NSIRS referral "
            "found.");
  EXPECT_FALSE(says(card, "<script>"));
  EXPECT_FALSE(says(card, "[x]("));
  EXPECT_TRUE(says(card, "&lt;script&gt;"));
}

TEST(AnyCard, OfTheShippedAdviceHasASummaryThatFitsWithoutAnyFact) {
  for (const auto& advice : tests::shipped().content().advice) {
    EXPECT_LT(advice.summaries.back().size(), 140u) << advice.id;
  }
}

TEST(AnyCard, StaysUnder140CharactersWithEndlessNumbers) {
  const auto card =
      cards_for({woman_of_34, bmi("22.812345678901234567"), fasting_insulin("412.12345678901234567")}).front();
  EXPECT_LT(card.summary.size(), 140u);
  EXPECT_EQ(card.summary.find("…"), std::string::npos);
}

TEST(AnyCard, PrintsNeitherNameNorAddressNorIdentifier) {
  const auto named =
      woman_of_34 +
      ",'name':[{'family':'Canaryfamily','given':['Canarygiven']}],'identifier':[{'value':'9434765919'}],"
      "'address':[{'line':['Canarystreet 1'],'postalCode':'CB2 0QQ'}],'telecom':[{'value':'07700900123'}]";
  for (const auto& resources : {std::vector<std::string>{named, bmi("22.8"), fasting_insulin("412")},
                                std::vector<std::string>{named, condition("c", "86907008")}}) {
    const auto body = write_cards(cards_for(resources));
    for (const auto* secret : {"Canary", "9434765919", "CB2", "07700900123"}) {
      EXPECT_EQ(body.find(secret), std::string::npos) << secret;
    }
  }
}

TEST(ExplainedCard, IsShownOnlyWhereTheSiteWantsIt) {
  const std::vector<std::string> pregnant = {woman_of_34, bmi("27"), fasting_insulin("210"),
                                             condition("c", "77386006", "'onsetDateTime':'2025-12-01'")};
  EXPECT_TRUE(cards_for(pregnant).empty());
  Site site;
  site.show_explained = true;
  ASSERT_EQ(cards_for(pregnant, site).size(), 1u);
  EXPECT_EQ(cards_for(pregnant, site).front().topic, "explained");
}

std::vector<std::string> type_b_and_criterion_3() {
  return {woman_of_34, bmi("22"), fasting_insulin("800"), condition("v", "56727007"),
          condition("d", "73211009", "'onsetDateTime':'2026-01-15'")};
}

TEST(SecondCard, OffersTheReferralBesideASuspicionOfTypeB) {
  const auto cards = cards_for(type_b_and_criterion_3());
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0].topic, "type-b-suspected");
  EXPECT_EQ(cards[0].indicator, "warning");
  EXPECT_EQ(cards[1].topic, "nsirs-referral");
  EXPECT_EQ(cards[1].indicator, "info");  // of two cards one interrupts
  EXPECT_NE(cards[0].uuid, cards[1].uuid);
  EXPECT_EQ(cards[1].links.back().url, Site{}.base_url + "/criteria#unexplained-severe-insulin-resistance");
  EXPECT_NE(cards[1].detail.find("/criteria#unexplained-severe-insulin-resistance"), std::string::npos);
}

TEST(SecondCard, IsNotGivenForPositiveAntibodiesWhoseCardHasTheReferral) {
  auto patient = type_b_and_criterion_3();
  patient.push_back(
      "'resourceType':'Observation','id':'ab','status':'final','subject':{'reference':'Patient/p'},'code':{'text':"
      "'insulin receptor antibodies'},'effectiveDateTime':'2026-05-16','valueCodeableConcept':{'coding':[{'system':"
      "'http://snomed.info/sct','code':'10828004'}]}");
  const auto cards = cards_for(patient);
  ASSERT_EQ(cards.size(), 1u);
  EXPECT_EQ(cards[0].topic, "type-b-confirmed");
}

TEST(SecondCard, KeepsItsIndicatorBesideACardThatDoesNotInterrupt) {
  const auto cards =
      cards_for({woman_of_34, bmi("22"), fasting_insulin("800"),
                 condition("l", "71325002", "'verificationStatus':{'coding':[{'code':'provisional'}]}")});
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0].topic, "lipodystrophy-suspected");
  EXPECT_EQ(cards[0].indicator, "info");
  EXPECT_EQ(cards[1].topic, "nsirs-referral");
  EXPECT_EQ(cards[1].indicator, "warning");
}

TEST(Contact, IsThatOfTheSiteWithItsDate) {
  Site site;
  site.contact = SiteContact{"01223 000000", "", "2026-05"};
  const auto card = cards_for({woman_of_34, bmi("22"), fasting_insulin("800")}, site).front();
  EXPECT_NE(card.detail.find(": 01223 000000 (last verified May 2026)."), std::string::npos) << card.detail;
  EXPECT_EQ(card.detail.find("01223 768455"), std::string::npos);
  EXPECT_TRUE(tests::shipped().warnings(tests::today, "2026-05").empty());
  ASSERT_EQ(tests::shipped().warnings(tests::today, "2025-05").size(), 1u);
  EXPECT_NE(tests::shipped().warnings(tests::today, "2025-05").front().find("May 2025"), std::string::npos);
}

TEST(NoCard, ForTheDead) {
  EXPECT_TRUE(cards_for({woman_of_34 + ",'deceasedBoolean':true", condition("c", "86907008")}).empty());
}

TEST(Answer, HasNoNullsAndNothingEmptyButCards) {
  EXPECT_EQ(write_cards({}), R"({"cards":[]})");
  const auto body = write_cards({referral_card()});
  for (const auto* empty : {"null", "\"\"", "[]", "{}"}) EXPECT_EQ(body.find(empty), std::string::npos) << empty;
}

TEST(ReceptorAntibodies, AreOrderedByTextOnly) {
  for (const auto& advice : tests::shipped().content().advice) {
    for (const auto& suggestion : advice.suggestions) {
      for (const auto& order : suggestion.orders) {
        if (order.text.find("receptor antibodies") == std::string::npos) continue;
        EXPECT_TRUE(order.codings.empty())
            << advice.id;  // no code is verified: 13926-1, 60463-7 and 8072-1 are other tests
      }
    }
  }
}

TEST(MissingPart, IsNamedInTheFirstLines) {
  const auto record = tests::record_of({woman_of_34, bmi("22.8"), fasting_insulin("412")});
  const auto assessment = assess(record, tests::shipped(), tests::today,
                                 {{"conditions", "the client could not fetch it"}}, Trail::verdicts_only);
  const auto card = compose(assessment, record, tests::shipped(), {}, tests::counting_uuids()).front();
  EXPECT_LT(card.detail.find("The problem list was not available (the client could not fetch it)."),
            card.detail.find("**From the record**"));
}

}  // namespace
}  // namespace cards
