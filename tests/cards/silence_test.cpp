#include "cards/silence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cards/digest.h"
#include "cards/english.h"
#include "tests/cards/support.h"

// "Feedback changes behaviour" (issue 4, section 3): what an answer to a card silences, for how long, and what it never
// silences. The digest of these tests shows what went into it.

namespace cards::tests {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Resources = std::vector<std::string>;

const Digest keyed = [](std::string_view text) { return keyed_digest("a key of the site", text); };

const Resources criterion_3 = {woman_of_34, bmi("22.8"), fasting_insulin("412")};

fhir::Day day(std::string_view text) {
  return *fhir::read_day(text);
}

Assessment judged(const Resources& resources, const Answers& answers = {}, fhir::Day on = today) {
  return assess(record_of(resources), shipped(), on, {}, Trail::whole, {}, answers);
}

std::vector<Basis> bases(const Resources& resources) {
  const auto record = record_of(resources);
  return bases_of(assess(record, shipped(), today).decided_by, record, shipped(), today, keyed);
}

/// The answer to the card that a record gets today.
Answers answered(const Resources& resources, const std::string& reason) {
  return {{{bases(resources), reason, today}}, keyed};
}

std::vector<std::string> criteria_of(const std::vector<Basis>& all) {
  std::vector<std::string> ids;
  for (const auto& one : all) ids.push_back(one.criterion);
  return ids;
}

Resources with(Resources resources, std::string more) {
  resources.push_back(std::move(more));
  return resources;
}

}  // namespace

TEST(Silence, WithoutAnAnswerNothingIsSilenced) {
  const auto assessment = judged(criterion_3);
  EXPECT_EQ(assessment.outcome, "nsirs-referral");
  EXPECT_THAT(assessment.silenced, IsEmpty());
}

TEST(Silence, AnAnswerSilencesTheCriterionAndTheTrailSaysWhichAndWhy) {
  const auto record = record_of(criterion_3);
  const auto assessment =
      assess(record, shipped(), today, {}, Trail::whole, {}, answered(criterion_3, "already-known"));
  EXPECT_EQ(assessment.outcome, "none");
  ASSERT_THAT(assessment.silenced, SizeIs(1));
  const auto& one = assessment.silenced.front();
  EXPECT_EQ(one.criterion, "unexplained-severe-insulin-resistance");
  EXPECT_EQ(one.outcome, "nsirs-referral");
  EXPECT_EQ(one.reason, "already-known");
  EXPECT_EQ(one.until, day("2027-06-15"));
  EXPECT_EQ(compose(assessment, record, shipped(), {}, counting_uuids()).size(), 0U);
  EXPECT_THAT(
      write_assessment(assessment, {}, shipped()),
      HasSubstr(R"("silenced":[{"criterion":"unexplained-severe-insulin-resistance","outcome":"nsirs-referral",)"
                R"("answered":"unexplained-severe-insulin-resistance","reason":"already-known",)"
                R"("since":"2026-06-15","until":"2027-06-15","endsWith":"new evidence"}])"));
  EXPECT_THAT(
      explained_as_text(assessment, {}, shipped()),
      HasSubstr("A card was answered with \"already-known\" on 15 June 2026; until 15 June 2027 or new evidence."));
}

TEST(Silence, TheThreeReasonsThatCloseTheQuestionLastTwelveMonths) {
  for (const std::string reason : {"already-known", "specialist-managing", "explained"}) {
    const auto answers = answered(criterion_3, reason);
    EXPECT_EQ(judged(criterion_3, answers, day("2027-06-14")).silenced.size(), 1U) << reason;
    EXPECT_EQ(judged(criterion_3, answers, day("2027-06-15")).silenced.size(), 0U) << reason;
  }
}

TEST(Silence, TheyEndWithNewEvidence) {
  for (const std::string reason : {"already-known", "specialist-managing", "explained"}) {
    const auto answers = answered(criterion_3, reason);
    const auto newer = with(criterion_3, fasting_insulin("500", "2026-06-01", "ins-2"));
    EXPECT_EQ(judged(newer, answers).outcome, "nsirs-referral") << reason;
    const Resources corrected = {woman_of_34, bmi("22.8"), fasting_insulin("413")};
    EXPECT_EQ(judged(corrected, answers).outcome, "nsirs-referral") << reason;
    const Resources redated = {woman_of_34, bmi("22.8"), fasting_insulin("412", "2026-05-17")};
    EXPECT_EQ(judged(redated, answers).outcome, "nsirs-referral") << reason;
    const auto beside = with(criterion_3, condition("c-1", "38341003"));  // hypertension
    EXPECT_EQ(judged(beside, answers).outcome, "none") << reason << ": what the criterion does not rest on is no news";
  }
}

TEST(Silence, LaterLastsThirtyDaysWhateverComes) {
  const auto answers = answered(criterion_3, "later");
  const auto newer = with(criterion_3, fasting_insulin("500", "2026-06-01", "ins-2"));
  EXPECT_EQ(judged(newer, answers, day("2026-07-14")).outcome, "none");
  EXPECT_EQ(judged(newer, answers, day("2026-07-15")).outcome, "nsirs-referral");
}

TEST(Silence, OtherReasonsAndNoReasonSilenceNothing) {
  for (const std::string reason : {"result-unreliable", "patient-declined", "", "of-another-world"})
    EXPECT_EQ(judged(criterion_3, answered(criterion_3, reason)).outcome, "nsirs-referral") << reason;
}

TEST(Silence, AWrongDiagnosisIsSilentUntilTheConditionChangesAndForEver) {
  const Resources wrong = {woman_of_34, condition("c-1", "75659004")};
  ASSERT_EQ(judged(wrong).decided_by, "lipodystrophy");
  const auto answers = answered(wrong, "diagnosis-wrong");
  EXPECT_EQ(judged(wrong, answers, day("2036-01-01")).outcome, "none");
  EXPECT_EQ(judged(wrong, answers).silenced.front().ends, "a change of the recorded condition");
  const Resources changed = {woman_of_34, condition("c-1", "75659004", "'recordedDate':'2026-06-14'")};
  EXPECT_EQ(judged(changed, answers).outcome, "nsirs-referral");
  const auto second = with(wrong, condition("c-2", "75659004"));
  EXPECT_EQ(judged(second, answers).outcome, "nsirs-referral") << "somebody else came to the same diagnosis";
}

TEST(Silence, AWrongDiagnosisSaysNothingAgainstTheInsulin) {
  const auto both = with(criterion_3, condition("c-1", "75659004"));
  ASSERT_EQ(judged(both).decided_by, "lipodystrophy");
  EXPECT_EQ(judged(both, answered(both, "diagnosis-wrong")).decided_by, "unexplained-severe-insulin-resistance");
}

TEST(Silence, AWeakerWayOfSayingTheSameDoesNotPopUpInstead) {
  const auto both = with(criterion_3, condition("c-1", "75659004"));
  EXPECT_THAT(criteria_of(bases(both)), ElementsAre("lipodystrophy", "unexplained-severe-insulin-resistance"));
  const auto assessment = judged(both, answered(both, "specialist-managing"));
  EXPECT_EQ(assessment.outcome, "none");
  ASSERT_THAT(assessment.silenced, SizeIs(2));
  EXPECT_EQ(assessment.silenced.back().criterion, "unexplained-severe-insulin-resistance");
  EXPECT_EQ(assessment.silenced.back().answered, "lipodystrophy");
  EXPECT_THAT(explained_as_text(assessment, {}, shipped()), HasSubstr(", that of NSIRS criterion 2"));
}

TEST(Silence, WhatBecomesTrueAfterTheAnswerWasNotAnswered) {
  const Resources before = {woman_of_34, condition("c-1", "75659004")};
  const auto answers = answered(before, "specialist-managing");
  const auto after = with(with(before, bmi("22.8")), fasting_insulin("412"));
  EXPECT_EQ(judged(after, answers).decided_by, "unexplained-severe-insulin-resistance");
}

TEST(Silence, AnInformationNeverSilencesAWarning) {
  // Provisional lipodystrophy comes first in the order, and is for information; criterion 3 is a warning behind it.
  const auto both = with(criterion_3, condition("c-1", "75659004",
                                                "'verificationStatus':{'coding':[{'system':'http://terminology.hl7.org/"
                                                "CodeSystem/condition-ver-status','code':'provisional'}]}"));
  ASSERT_EQ(judged(both).outcome, "lipodystrophy-suspected");
  EXPECT_THAT(criteria_of(bases(both)), ElementsAre("lipodystrophy"));
  EXPECT_EQ(judged(both, answered(both, "already-known")).decided_by, "unexplained-severe-insulin-resistance");
}

TEST(Silence, OfTwoCardsEachIsAnsweredForItself) {
  const auto both = with(criterion_3, condition("c-1", "75659004",
                                                "'verificationStatus':{'coding':[{'system':'http://terminology.hl7.org/"
                                                "CodeSystem/condition-ver-status','code':'provisional'}]}"));
  const auto record = record_of(both);
  const auto cards = compose(judged(both), record, shipped(), {}, counting_uuids());
  ASSERT_THAT(cards, SizeIs(2));
  EXPECT_EQ(cards.front().criterion, "lipodystrophy");
  EXPECT_EQ(cards.back().criterion, "unexplained-severe-insulin-resistance");
  const Answers second{{{bases_of(cards.back().criterion, record, shipped(), today, keyed), "already-known", today}},
                       keyed};
  const auto assessment = judged(both, second);
  EXPECT_EQ(assessment.decided_by, "lipodystrophy");
  EXPECT_EQ(assessment.also_decided_by, "");
  ASSERT_THAT(assessment.silenced, SizeIs(1));
  EXPECT_EQ(assessment.silenced.front().criterion, "unexplained-severe-insulin-resistance");
}

TEST(Silence, AnotherBranchOfTheSameCriterionWasNotAnswered) {
  auto answers = answered(criterion_3, "later");
  answers.given.front().bases.front().branch = "milder";
  EXPECT_EQ(judged(criterion_3, answers).outcome, "nsirs-referral");
}

TEST(Silence, NoReferralCriterionCoversTypeB) {
  for (const auto& criterion : shipped().content().criteria) {
    if (criterion.id.starts_with("type-b")) continue;
    EXPECT_THAT(criterion.covers, Not(::testing::Contains(HasSubstr("type-b")))) << criterion.id;
  }
}

TEST(Silence, ACardThatWasGivenAShortWhileAgoIsSilentUntilThereIsNewEvidence) {
  const auto answers = answered(criterion_3, std::string(given_before));
  const auto assessment = judged(criterion_3, answers);
  EXPECT_EQ(assessment.outcome, "none");
  EXPECT_THAT(explained_as_text(assessment, {}, shipped()), HasSubstr("Its card was given on 15 June 2026"));
  EXPECT_EQ(judged(with(criterion_3, fasting_insulin("500", "2026-06-01", "ins-2")), answers).outcome,
            "nsirs-referral");
}

TEST(Silence, WhatIsKeptHoldsNothingOfTheRecord) {
  const auto text = written(bases(with(criterion_3, condition("c-1", "75659004"))));
  EXPECT_THAT(text, ::testing::MatchesRegex("lipodystrophy refer [0-9a-f]+ [0-9a-f]+\n"
                                            "unexplained-severe-insulin-resistance refer [0-9a-f]+ \n"));
  EXPECT_NE(bases(criterion_3).front().evidence,
            bases_of("unexplained-severe-insulin-resistance", record_of(criterion_3), shipped(), today,
                     [](std::string_view all) { return keyed_digest("the key of another site", all); })
                .front()
                .evidence);
}

TEST(Silence, WhatIsKeptIsReadBackAndNonsenseIsLeftOut) {
  const auto all = bases(with(criterion_3, condition("c-1", "75659004")));
  EXPECT_EQ(read_bases(written(all)), all);
  EXPECT_THAT(read_bases(""), IsEmpty());
  EXPECT_THAT(read_bases("a b\n\n   x y\nc b e d"), ElementsAre(Basis{"c", "b", "e", "d"}));
}

TEST(Silence, TheOrderOfTheRecordDoesNotMatter) {
  const Resources turned = {fasting_insulin("412"), bmi("22.8"), woman_of_34};
  EXPECT_EQ(bases(criterion_3), bases(turned));
}

TEST(Silence, TheDigestIsHmacSha256) {
  // RFC 4231, test case 2.
  EXPECT_EQ(keyed_digest("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Silence, TheLoaderRefusesWhatItDoesNotUnderstand) {
  const auto complaint = [](const std::string& file, const std::string& from, const std::string& to) {
    Folder folder = shipped_folder();
    auto& text = folder.at(file);
    const auto at = text.find(from);
    if (at == std::string::npos) return std::string("the test is out of date");
    text.replace(at, from.size(), to);
    const auto knowledge = read_knowledge(folder);
    return knowledge ? std::string() : knowledge.error().where + " " + knowledge.error().what;
  };
  EXPECT_THAT(complaint("knowledge.json", "\"new-evidence\"", "\"whenever\""), HasSubstr("is none of new-evidence"));
  EXPECT_THAT(complaint("knowledge.json", "\"days\": 365", "\"days\": 0.5"), HasSubstr("is no number of days"));
  EXPECT_THAT(complaint("knowledge.json", "\"days\": 30,", ""), HasSubstr("is missing although nothing else ends it"));
  EXPECT_THAT(complaint("criteria/type-b-confirmed.json", "\"type-b-suspected\"", "\"already-known\""),
              HasSubstr("which is no criterion that comes later"));
}

}  // namespace cards::tests
