#include "cards/site_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cards/version_comparison.h"
#include "tests/cards/support.h"

// What a site may add to the knowledge, and what it may not.

namespace {

using cards::Folder;
using cards::tests::bmi;
using cards::tests::json;
using cards::tests::shipped_folder;
using cards::tests::woman_of_34;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string laboratory = "https://hospital.example/laboratory";

cards::Knowledge knowledge_with(const Folder& site) {
  auto read = cards::read_knowledge(shipped_folder(), {}, site);
  if (!read) throw std::runtime_error(read.error().where + " " + read.error().what);
  return std::move(*read);
}

/// A fasting insulin under a code of the hospital's own laboratory.
std::string local_insulin(const std::string& value, const std::string& unit = "pmol/L") {
  return "'resourceType':'Observation','id':'i','status':'final','subject':{'reference':'Patient/p'},'code':{'coding':"
         "[{'system':'" +
         laboratory + "','code':'INSF'}]},'effectiveDateTime':'2026-05-14','valueQuantity':{'value':" + value +
         ",'unit':'" + unit + "'}";
}

struct Said {
  std::string outcome;
  std::string detail;
};

Said said(const cards::Knowledge& knowledge, const std::string& insulin) {
  auto read = cards::read_any(cards::tests::bundle({woman_of_34, bmi("22.8"), insulin}), knowledge);
  if (!read) throw std::runtime_error(read.error().where + " " + read.error().what);
  const auto assessment = cards::assess(read->record, knowledge, cards::tests::today);
  const auto cards = cards::compose(assessment, read->record, knowledge, {}, [] { return std::string("uuid"); });
  return {assessment.outcome, cards.empty() ? "" : cards.front().detail};
}

fhir::Error fault_of(const Folder& site) {
  const auto read = cards::read_knowledge(shipped_folder(), {}, site);
  return read ? fhir::Error{fhir::Kind::internal, "", "was accepted"} : read.error();
}

Folder map_to(const std::string& loinc, const std::string& equivalence = "equivalent") {
  return {{"maps/laboratory.json",
           json("{'resourceType':'ConceptMap','group':[{'source':'" + laboratory +
                "','target':'http://loinc.org','element':[{'code':'INSF','display':'Insulin, nuechtern','target':[{"
                "'code':'" +
                loinc + "','equivalence':'" + equivalence + "'}]}]}]}")}};
}

Folder set_with_local_code(const std::string& id) {
  return {{"valuesets/ours.json", json("{'resourceType':'ValueSet','id':'" + id +
                                       "','title':'Insulin in our laboratory','compose':{'include':[{"
                                       "'system':'" +
                                       laboratory + "','concept':[{'code':'INSF','display':'Insulin'}]}]}}")}};
}

Folder threshold(const std::string& from, const std::string& to, const std::string& path = "parameters.fasting.value") {
  return {{"thresholds.json",
           json("{'thresholds':[{'file':'facts/severe-hyperinsulinaemia.json','path':'" + path + "','from':" + from +
                ",'to':" + to + ",'why':'our assay <b>','decided_by':'Dr A. Example','on':'2026-06-01'}]}")}};
}

}  // namespace

TEST(SiteFolder, ALocalCodeIsNothingUntilTheSiteSaysWhatItMeans) {
  EXPECT_EQ(said(cards::tests::shipped(), local_insulin("412")).outcome, "none");
  EXPECT_EQ(said(knowledge_with(map_to("27873-9")), local_insulin("412")).outcome, "nsirs-referral");
  EXPECT_EQ(said(knowledge_with(set_with_local_code("insulin-fasting")), local_insulin("412")).outcome,
            "nsirs-referral");
}

TEST(SiteFolder, WhatItAddsLeavesTheKnowledgeWhatItIs) {
  const auto knowledge = knowledge_with(map_to("27873-9"));
  EXPECT_EQ(knowledge.digest(), cards::tests::shipped().digest());
  EXPECT_THAT(knowledge.content().site_digest, StartsWith("sha256:"));
  EXPECT_TRUE(knowledge.content().site_changes.empty());
}

TEST(SiteFolder, ACodeThatLeadsNowhereIsRefused) {
  EXPECT_EQ(fault_of(map_to("1-8")), (fhir::Error{fhir::Kind::bad_input, "site folder: maps/laboratory.json: INSF",
                                                  "leads to a code that no value set of the knowledge holds"}));
  EXPECT_THAT(fault_of(map_to("27873-9", "narrower")).what, HasSubstr("equivalence"));
  EXPECT_EQ(fault_of(set_with_local_code("insulin-fastin")).what,
            "has the id \"insulin-fastin\", and the knowledge has no such value set");
  EXPECT_EQ(fault_of({{"maps/a.json", "{\"resourceType\":\"ValueSet\"}"}}).what, "is no ConceptMap");
  EXPECT_EQ(fault_of({{"maps/a.json", "{"}}).where, "site folder: maps/a.json");
  EXPECT_EQ(fault_of({{"code.json", "{}"}}).what, "is none of valuesets/, maps/, units.json and thresholds.json");
}

TEST(SiteFolder, ASpellingOfAUnitIsAdded) {
  const Folder units{{"units.json", json("{'analytes':[{'id':'insulin','units':[{'texts':['picomol pro Liter'],"
                                         "'factor':1}]}]}")}};
  auto site = map_to("27873-9");
  EXPECT_NE(said(knowledge_with(site), local_insulin("412", "picomol pro Liter")).outcome, "nsirs-referral");
  site.insert(units.begin(), units.end());
  EXPECT_EQ(said(knowledge_with(site), local_insulin("412", "picomol pro Liter")).outcome, "nsirs-referral");
}

TEST(SiteFolder, AUnitThatIsUnderstoodIsNotUnderstoodOtherwise) {
  const auto fault = [](const std::string& unit) {
    return fault_of({{"units.json", json("{'analytes':[{'id':'insulin','units':[" + unit + "]}]}")}});
  };
  EXPECT_EQ(fault("{'texts':['mIU/L'],'factor':1}").what, "names \"mIU/L\", which is understood already");
  EXPECT_THAT(fault("{'texts':['x'],'factor':2}").where, StartsWith("site folder: "));
  EXPECT_EQ(fault("{'texts':['x'],'factor':2}").what, "is missing");
  EXPECT_THAT(fault_of({{"units.json", json("{'analytes':[{'id':'insuline','units':[]}]}")}}).what,
              HasSubstr("is no analyte of the knowledge"));
}

TEST(SiteFolder, AnotherThresholdDecidesAndEveryCardSaysSoLoudly) {
  auto site = map_to("27873-9");
  const auto moved = threshold("150", "160");
  site.insert(moved.begin(), moved.end());
  const auto knowledge = knowledge_with(site);
  EXPECT_EQ(said(knowledge_with(map_to("27873-9")), local_insulin("155")).outcome, "nsirs-referral");
  EXPECT_NE(said(knowledge, local_insulin("155")).outcome, "nsirs-referral");
  const auto card = said(knowledge, local_insulin("412"));
  EXPECT_EQ(card.outcome, "nsirs-referral");
  EXPECT_THAT(card.detail, AllOf(HasSubstr("**This site has changed a threshold of the clinical knowledge**"),
                                 HasSubstr("160 instead of 150"), HasSubstr("Dr A. Example")));
  EXPECT_EQ(card.detail.find("<b>"), std::string::npos);
}

TEST(SiteFolder, NoApprovalCoversAThresholdOfTheSite) {
  auto approved = shipped_folder();
  approved["approvals.json"] = json("{'approvals':[{'digest':'" + cards::tests::shipped().digest() +
                                    "','name':'Dr B','role':'consultant','on':'2026-06-01'}]}");
  EXPECT_TRUE(cards::read_knowledge(approved, {}, map_to("27873-9"))->approved());
  EXPECT_FALSE(cards::read_knowledge(approved, {}, threshold("150", "160"))->approved());
}

TEST(SiteFolder, AThresholdIsChangedOnlyFromWhatItIs) {
  EXPECT_THAT(fault_of(threshold("140", "160")).what,
              StartsWith("names a threshold that is not there, or is not from"));
  EXPECT_THAT(fault_of(threshold("150", "160", "edition")).what, StartsWith("names no threshold"));
}

TEST(VersionComparison, TellsWhichCasesChange) {
  const auto changed = *cards::adapted(shipped_folder(), threshold("150", "100"));
  const auto newer = cards::read_knowledge(changed.folder);
  ASSERT_TRUE(newer);
  const auto same =
      cards::compare(shipped_folder(), cards::tests::shipped(), shipped_folder(), cards::tests::shipped());
  ASSERT_TRUE(same);
  EXPECT_GT(same->cases, 100U);
  EXPECT_TRUE(same->changes.empty());
  const auto differ = cards::compare(changed.folder, *newer, shipped_folder(), cards::tests::shipped());
  ASSERT_TRUE(differ);
  EXPECT_FALSE(differ->changes.empty());
  EXPECT_LT(differ->changes.size(), differ->cases / 2);
  const auto words = cards::in_words(*differ, *newer, cards::tests::shipped());
  EXPECT_THAT(words, HasSubstr("  was "));
  EXPECT_THAT(words, HasSubstr(" cases change.\n"));
}

TEST(VersionComparison, TellsWhichCasesAreGone) {
  auto fewer = shipped_folder();
  auto& cases = fewer["cases/order-wrong-antibody.json"];
  cases.replace(cases.find("\"id\": \"") + 7, 1, "renamed-");
  const auto comparison = cards::compare(fewer, cards::tests::shipped(), shipped_folder(), cards::tests::shipped());
  ASSERT_TRUE(comparison) << comparison.error().where << comparison.error().what;
  EXPECT_EQ(comparison->gone.size(), 1U);
}
