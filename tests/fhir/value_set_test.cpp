#include "fhir/value_set.h"

#include <gtest/gtest.h>

namespace fhir {
namespace {

constexpr std::string_view sct = "http://snomed.info/sct";
constexpr std::string_view icd = "http://hl7.org/fhir/sid/icd-10";
constexpr std::string_view icd_cm = "http://hl7.org/fhir/sid/icd-10-cm";
constexpr std::string_view atc = "http://www.whocc.no/atc";

Result<ValueSet> read(const std::string& text) {
  const auto document = read_document(text);
  return read_value_set(document->root(), "valuesets/x.json");
}

ValueSet with_compose(const std::string& include) {
  return read(R"({"resourceType":"ValueSet","id":"x","title":"Title","compose":{"include":[)" + include + "]}}")
      .value();
}

std::string fault_of(const std::string& text) {
  const auto set = read(text);
  return set ? "no fault" : set.error().where + " " + set.error().what;
}

ValueSet example() {
  return with_compose(R"(
    {"system":"http://snomed.info/sct","concept":[{"code":"402599005","display":"Acanthosis nigricans"},{"code":"72129000"}]},
    {"system":"http://hl7.org/fhir/sid/icd-10","concept":[{"code":"L83","display":"Acanthosis nigricans"},{"code":"E88.1"}]},
    {"system":"http://hl7.org/fhir/sid/icd-10-cm","concept":[{"code":"E10"},{"code":"E88.811"}]},
    {"system":"http://www.whocc.no/atc","concept":[{"code":"A10A","display":"Insulins"}]})");
}

TEST(ValueSet, MatchesWholeSnomedCodes) {
  const ValueSet set = example();
  EXPECT_TRUE(set.contains({sct, "402599005", ""}));
  EXPECT_FALSE(set.contains({sct, "40259900", ""}));
  EXPECT_FALSE(set.contains({sct, "4025990051", ""}));
  EXPECT_FALSE(set.contains({"http://loinc.org", "402599005", ""}));
}

TEST(ValueSet, MatchesNothingWithoutASystemOrCode) {
  EXPECT_FALSE(example().contains({"", "402599005", ""}));
  EXPECT_FALSE(example().contains({sct, "", ""}));
}

TEST(ValueSet, MatchesIcd10ByPrefixWhateverItsSpelling) {
  const ValueSet set = example();
  for (const char* code :
       {"L83", "l83", "L83X", "L83.X", "L83.-", "L83.0", "E881", "E88.1", "E88.1\u2020", "E88.1*", "E88.12"}) {
    EXPECT_TRUE(set.contains({icd, code, ""})) << code;
  }
  for (const char* code :
       {"L8", "L84", "E88", "E88.2", "E88X", "X", "-", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_FALSE(set.contains({icd, code, ""})) << code;
  }
}

TEST(ValueSet, KeepsIcd10AndItsClinicalModificationApart) {
  const ValueSet set = example();
  EXPECT_TRUE(set.contains({icd_cm, "E10.65", ""}));
  EXPECT_FALSE(set.contains({icd, "E10.6", ""}));
  EXPECT_FALSE(set.contains({icd_cm, "L83", ""}));
  EXPECT_FALSE(set.contains({icd_cm, "E88.81", ""}));
}

TEST(ValueSet, MatchesAtcByClass) {
  EXPECT_TRUE(example().contains({atc, "A10AB01", ""}));
  EXPECT_TRUE(example().contains({atc, "A10A", ""}));
  EXPECT_FALSE(example().contains({atc, "A10BA02", ""}));
}

TEST(ValueSet, KnowsTheOtherNamesOfASystem) {
  const ValueSet set = example();
  EXPECT_TRUE(set.contains({"urn:oid:2.16.840.1.113883.6.96", "402599005", ""}));
  EXPECT_TRUE(set.contains({"urn:oid:2.16.840.1.113883.6.3", "L83", ""}));
  EXPECT_TRUE(set.contains({"http://hl7.org/fhir/sid/icd-10-uk", "L83X", ""}));
  EXPECT_TRUE(set.contains({"urn:oid:2.16.840.1.113883.6.90", "E10.9", ""}));
}

TEST(ValueSet, GivesTheMemberThatMatchedAsTheFileWroteIt) {
  const ValueSet set = example();
  const auto* member = set.member({icd, "E8810", ""});
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(member->code, "E88.1");
  EXPECT_EQ(set.member({atc, "A10AB01", ""})->display, "Insulins");
  EXPECT_EQ(set.member({atc, "B01", ""}), nullptr);
}

TEST(ValueSet, PrefersTheLongestPrefix) {
  const ValueSet set =
      with_compose(R"({"system":"http://www.whocc.no/atc","concept":[{"code":"A10"},{"code":"A10B"}]})");
  EXPECT_EQ(set.member({atc, "A10BA02", ""})->code, "A10B");
  EXPECT_EQ(set.member({atc, "A10C", ""})->code, "A10");
}

TEST(ValueSet, StaysWholeWhenCopiedAndMoved) {
  ValueSet set = example();
  const ValueSet copy = set;
  const ValueSet moved = std::move(set);
  EXPECT_TRUE(copy.contains({icd, "L83", ""}));
  EXPECT_TRUE(moved.contains({icd, "L83", ""}));
  EXPECT_EQ(moved.members().size(), 7U);
}

TEST(ValueSet, ToleratesWhatFhirSaysBeside) {
  const auto set = read(
      R"({"resourceType":"ValueSet","id":"x","url":"urn:x","version":"1","name":"X","title":"Title","status":"draft",
    "experimental":false,"date":"2026-11-20","publisher":"p","description":"d","purpose":"q","copyright":"c","extension":[],
    "compose":{"inactive":false,"include":[{"system":"http://loinc.org","version":"2.7","concept":[{"code":"20448-7","extension":[]}]}]}})");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->id(), "x");
  EXPECT_EQ(set->title(), "Title");
}

TEST(ValueSet, RefusesWhatNeedsATerminologyServer) {
  const std::string head = R"({"resourceType":"ValueSet","id":"x","compose":)";
  EXPECT_EQ(fault_of(head + R"({"include":[{"system":"s","filter":[]}]}})"),
            "valuesets/x.json: compose.include[0]: filter cannot be evaluated without a terminology server");
  EXPECT_EQ(
      fault_of(head + R"({"include":[{"system":"s","concept":[{"code":"1"}]},{"valueSet":["u"],"system":"s"}]}})"),
      "valuesets/x.json: compose.include[1]: valueSet cannot be evaluated without a terminology server");
  EXPECT_EQ(fault_of(head + R"({"include":[{"system":"s","concept":[{"code":"1"}]}],"exclude":[]}})"),
            "valuesets/x.json: compose: exclude cannot be evaluated without a terminology server");
}

TEST(ValueSet, RefusesAFileThatListsNothing) {
  EXPECT_EQ(fault_of("[]"), "valuesets/x.json is not an object");
  EXPECT_EQ(fault_of(R"({"resourceType":"CodeSystem","id":"x","compose":{"include":[]}})"),
            "valuesets/x.json: resourceType is not ValueSet");
  EXPECT_EQ(fault_of(R"({"resourceType":"ValueSet","id":"x"})"), "valuesets/x.json: compose is missing");
  EXPECT_EQ(fault_of(R"({"resourceType":"ValueSet","id":"x","compose":{"include":[]}})"),
            "valuesets/x.json: compose: include lists nothing");
  EXPECT_EQ(fault_of(R"({"resourceType":"ValueSet","id":"x","compose":{"include":[{"system":"s","concept":[]}]}})"),
            "valuesets/x.json: compose.include[0]: concept lists no code");
  EXPECT_EQ(
      fault_of(
          R"({"resourceType":"ValueSet","id":"x","compose":{"include":[{"system":"s","concept":[{"code":""}]}]}})"),
      "valuesets/x.json: compose.include[0]: concept[0]: code is empty");
  EXPECT_EQ(
      fault_of(
          R"({"resourceType":"ValueSet","id":"x","compose":{"include":[{"system":"s","concept":[{"code":"a"}]}]},"expansion":{}})"),
      "valuesets/x.json: expansion is not a word that is known here");
}

}  // namespace
}  // namespace fhir
