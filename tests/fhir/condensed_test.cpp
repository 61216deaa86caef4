#include "fhir/condensed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "fhir/assembler.h"
#include "fhir/owner.h"

namespace fhir {
namespace {

/// What comes out of a condensed resource.
std::string back(const std::string& json, SharedTexts& texts) {
  const auto document = read_document(json);
  EXPECT_TRUE(document) << json;
  std::string text;
  append_resource(condense(document->root(), texts), texts, text);
  return text;
}

std::string back(const std::string& json) {
  SharedTexts texts;
  return back(json, texts);
}

TEST(Condensed, GivesBackEveryValueAsItWasWritten) {
  for (const std::string value : {R"("2026-05-14")",
                                  R"("2026-05-14T10:20:30Z")",
                                  R"("2026-05-14T10:20:30.123+01:00")",
                                  R"("2026-05-14T24:00:00Z")",
                                  R"("2026-05-14T10:20:30.1234567Z")",
                                  R"("2026-05-14T10:20")",
                                  R"("2026-05")",
                                  R"("2026")",
                                  R"("1850-01-01")",
                                  R"("2026-02-30")",
                                  R"("2026-05-14 and more")",
                                  R"("9999-12-31")",
                                  "22.8",
                                  "22.80",
                                  "0",
                                  "-0.5",
                                  "0.50",
                                  "007e1",
                                  "1e400",
                                  "12345678901234567890",
                                  "-3",
                                  "1E-5",
                                  "0.000001",
                                  R"("")",
                                  R"("a\"b\\c")",
                                  R"("\u0001\u0007 x")",
                                  R"("ü€😀")",
                                  "true",
                                  "false",
                                  "null",
                                  "[]",
                                  "[null,1]",
                                  R"({"value":1})",
                                  R"("0d19f92b-ad68-4b82-ad57-000000000177")",
                                  R"("0D19F92B-ad68-4b82-ad57-000000000177")"}) {
    const std::string json = R"({"resourceType":"Observation","valueString":)" + value + R"(,"id":"17"})";
    if (!read_document(json)) continue;  // no JSON, and refused before
    const auto text = back(json);
    const auto again = read_document(text);
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(text, json);
  }
}

TEST(Condensed, TellsTheTypeOfTheResourceItselfWithoutGivingItBack) {
  SharedTexts texts;
  const auto is = [&](const std::string& json, std::string_view type) {
    return is_condensed_from(condense(read_document(json)->root(), texts), type, texts);
  };
  EXPECT_TRUE(is(R"({"resourceType":"Patient","id":"1"})", "Patient"));
  EXPECT_TRUE(is(R"({"id":"a\"}{","contained":[{"resourceType":"Person"}],"resourceType":"Patient"})", "Patient"));
  EXPECT_FALSE(is(R"({"contained":[{"resourceType":"Patient"}],"resourceType":"Observation"})", "Patient"));
  EXPECT_FALSE(is(R"({"resourceType":"PatientList"})", "Patient"));
  EXPECT_FALSE(is(R"({"status":"\"resourceType\":\"Patient\""})", "Patient"));
}

TEST(Condensed, LeavesOutWhatNoReaderLooksAt) {
  EXPECT_EQ(back(R"({"resourceType":"Patient","id":"1","name":[{"family":"Secret"}],"telecom":[{"value":"0123"}],)"
                 R"("address":[{"line":["1 High Street"],"country":"GB"}],"text":{"div":"<div>x</div>"}})"),
            R"({"resourceType":"Patient","id":"1","address":[{"country":"GB"}]})");
  EXPECT_EQ(
      back(
          R"({"resourceType":"Observation","id":"1","subject":{"reference":"Patient/1"},"identifier":[{"value":"x"}]})"),
      R"({"resourceType":"Observation","id":"1"})");
  EXPECT_EQ(back(R"({"resourceType":"Observation","subject":{"identifier":{"system":"s","value":"v"}}})"),
            R"({"resourceType":"Observation","subject":{"identifier":{"system":"s","value":"v"}}})");
}

TEST(Condensed, NeedsFewBytesForWhatManyResourcesShare) {
  SharedTexts texts;
  const auto observation = [](int number) {
    const auto id = std::to_string(10000 + number);
    return R"({"resourceType":"Observation","id":"0d19f92b-ad68-4b82-ad57-0000000)" + id +
           R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"39156-5","display":"Body mass index"}],"text":"BMI"},)" +
           R"("effectiveDateTime":"2026-05-14T10:20:30+01:00","valueQuantity":{"value":22.)" + id +
           R"(,"unit":"kg/m2","system":"http://unitsofmeasure.org","code":"kg/m2"}})";
  };
  for (int i = 0; i < 1000; ++i) {
    const auto document = read_document(observation(i));
    const auto condensed = condense(document->root(), texts);
    EXPECT_LT(condensed.size(), 40U);
  }
  EXPECT_LT(texts.size(), 10U);
}

TEST(Condensed, StaysRightWhenTextsAreTooLongToShare) {
  const std::string json = R"({"resourceType":"Observation","code":{"text":")" + std::string(10000, 'x') + R"("}})";
  EXPECT_EQ(back(json), json);
  std::string wide = R"({"resourceType":"Observation","component":[)";
  for (int i = 0; i < 400; ++i)
    wide += R"({"code":{"coding":[{"system":"s","code":")" + std::to_string(i) + R"("}]}},)";
  wide.back() = ']';
  EXPECT_EQ(back(wide + "}"), wide + "}");
}

/// The readers ask for members by name: every name in their source is kept.
TEST(Condensed, KeepsEveryMemberThatAReaderAsksFor) {
  static const std::regex asked(
      R"re((?:\["([A-Za-z]+)"\]|\b(?:first_of|is_denied)\(([^;]*?)\)|std::string_view name : \{([^}]*)\}|denial : \{([^}]*)\}))re");
  static const std::regex quoted("\"([A-Za-z]+)\"");
  const std::set<std::string> elsewhere = {"entry", "resource", "link", "relation", "search", "mode", "issue",
                                           "severity", "fullUrl",  // of Bundles and OperationOutcomes
                                           // of orders that are not yet given, which no export holds
                                           "note", "orderDetail", "patientInstruction", "instructionMarkdown"};
  std::size_t names = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(SIR_SOURCE_DIR) + "/fhir")) {
    const auto name = file.path().filename().string();
    if (file.path().extension() != ".cpp" || name == "json.cpp" || name == "fields.cpp" || name == "value_set.cpp" ||
        name == "bundle.cpp")
      continue;
    std::ifstream in(file.path());
    std::stringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator match(source.begin(), source.end(), asked), end; match != end; ++match) {
      const std::string part = (*match)[0];
      for (std::sregex_iterator member(part.begin(), part.end(), quoted); member != end; ++member) {
        const std::string found = (*member)[1];
        ++names;
        EXPECT_TRUE(is_kept_member(found) || elsewhere.contains(found)) << name << " asks for " << found;
      }
    }
  }
  EXPECT_GT(names, 120U);
}

std::string written(Json json) {
  JsonWriter writer;
  return writer.value(json).take();
}

TEST(Assembler, GivesWhatReadingTheBundleWouldGive) {
  SharedTexts texts;
  Assembler assembler(texts);
  const std::vector<std::string> resources = {
      R"({"resourceType":"Patient","id":"1","address":[{"country":"GB"}],"deceasedBoolean":false})",
      R"({"resourceType":"Observation","id":"0d19f92b-ad68-4b82-ad57-000000000177","code":{"text":"ü"},"valueQuantity":)"
      R"({"value":-22.80,"unit":"kg/m2"},"effectiveDateTime":"2026-05-14T10:20:30.250+01:00"})",
      R"({"resourceType":"Observation","id":"0d19f92b-ad68-4b82-ad57-000000000178","code":{"text":"ü"},"valueQuantity":)"
      R"({"value":-7,"unit":"kg/m2 and more"},"effectiveDateTime":"2026-05-15T10:20:30.250+01:00"})",
      R"({"resourceType":"Observation","id":"","component":[{},{"valueInteger":12345678901234567890,"code":null}],)"
      R"("issued":"1900-01-01","encounter":{"reference":"Encounter/17"},"hasMember":[[],[[null,true]]]})",
      R"({"resourceType":"Condition","code":{"coding":[{"code":"a"},{"code":"b","display":"c"}]},"onsetAge":{"value":0.050}})"};
  std::vector<std::string> condensed;
  std::vector<std::string> entries;
  for (int round = 0; round < 3; ++round) {
    for (const auto& json : resources) {
      condensed.push_back(condense(read_document(json)->root(), texts));
      entries.push_back(back(json, texts));
      // The same however many there are, and in whatever order they come.
      auto sorted = entries;
      std::sort(sorted.begin(), sorted.end());
      std::string text = R"({"resourceType":"Bundle","type":"collection","entry":[)";
      for (const auto& entry : sorted) text += R"({"resource":)" + entry + "},";
      text.back() = ']';
      const auto bundle = assembler.bundle({condensed.rbegin(), condensed.rend()});
      ASSERT_TRUE(bundle) << json;
      EXPECT_EQ(written(bundle->root()), written(read_document(text + "}")->root()));
      EXPECT_EQ(bundle->root()["entry"].size(), entries.size());
    }
  }
}

TEST(Assembler, LeavesToTheReaderWhatMustBeRead) {
  SharedTexts texts;
  Assembler assembler(texts);
  const auto is_put_together = [&](const std::string& json) {
    const auto condensed = condense(read_document(json)->root(), texts);
    return assembler.bundle({condensed}).has_value();
  };
  EXPECT_TRUE(is_put_together(R"({"resourceType":"Observation","id":"a"})"));
  EXPECT_FALSE(is_put_together(R"({"resourceType":"Observation","id":"a\"b"})"));
  EXPECT_FALSE(is_put_together(R"({"resourceType":"Observation","code":{"text":"a\\b"}})"));
  EXPECT_FALSE(is_put_together(R"({"resourceType":"Observation","status":"a\nb"})"));
  EXPECT_TRUE(is_put_together(R"({"resourceType":"Observation","code":{"text":"a\u0062"}})")) << "needs no escape";
  // A Bundle around it would nest it too deeply to be read.
  const auto nested = [](std::size_t levels) {
    return R"({"resourceType":"Observation","component":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_TRUE(is_put_together(nested(20)));
  EXPECT_FALSE(is_put_together(nested(62)));
  // Too long a skeleton is nobody else's.
  std::string wide = R"({"resourceType":"Observation","component":[)";
  for (int i = 0; i < 400; ++i) wide += R"({"code":{"coding":[{"system":"s","code":"c"}]}},)";
  wide.back() = ']';
  EXPECT_FALSE(is_put_together(wide + "}"));
}

TEST(Assembler, TellsWhatMayReferToOthers) {
  SharedTexts texts;
  Assembler assembler(texts);
  const auto may = [&](const std::string& json) {
    return assembler.may_need_others(condense(read_document(json)->root(), texts));
  };
  EXPECT_FALSE(may(R"({"resourceType":"Observation","id":"medication","code":{"text":"specimen"}})"));
  EXPECT_TRUE(may(R"({"resourceType":"Observation","specimen":{"reference":"Specimen/1"}})"));
  EXPECT_TRUE(may(R"({"resourceType":"MedicationRequest","medicationReference":{"reference":"Medication/1"}})"));
  EXPECT_TRUE(may(R"({"resourceType":"MedicationStatement","medication":{"reference":{"reference":"Medication/1"}}})"));
  EXPECT_TRUE(may(R"({"resourceType":"Medication","ingredient":[{"itemReference":{"reference":"Medication/1"}}]})"));
}

Owner owner(const std::string& json) {
  const auto document = read_document(json);
  EXPECT_TRUE(document) << json;
  return owner_of(document->root());
}

TEST(Owner, IsFoundByEveryStyleOfReference) {
  const auto key = [](const std::string& subject) {
    return owner(R"({"resourceType":"Observation","subject":)" + subject + "}").key;
  };
  EXPECT_EQ(key(R"({"reference":"Patient/17"})"), "17");
  EXPECT_EQ(key(R"({"reference":"https://a.example/fhir/Patient/17/_history/2"})"), "17");
  EXPECT_EQ(key(R"({"reference":"urn:uuid:17"})"), "17");
  EXPECT_EQ(key(R"({"identifier":{"system":"s","value":"v"}})"), "s|v");
  EXPECT_EQ(key(R"({"reference":"Patient?identifier=s|v&x=y"})"), "s|v");
  EXPECT_EQ(owner(R"({"resourceType":"Claim","patient":{"reference":"Patient/3"}})").key, "3");
  EXPECT_EQ(
      owner(R"({"resourceType":"Observation","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient",)"
            R"("id":"p","identifier":[{"system":"s","value":"v"}]}]})")
          .key,
      "s|v");
}

TEST(Owner, IsNobodyOrSomethingElse) {
  EXPECT_EQ(owner(R"({"resourceType":"Observation"})").kind, Owner::Kind::nobody);
  EXPECT_EQ(owner(R"({"resourceType":"Patient"})").kind, Owner::Kind::nobody);
  EXPECT_EQ(owner(R"({"resourceType":"Observation","subject":{"reference":"Group/1"}})").kind, Owner::Kind::other);
  EXPECT_EQ(owner(R"({"resourceType":"Medication","id":"m"})").key, "Medication/m");
  EXPECT_EQ(owner(R"({"resourceType":"Specimen","id":"s"})").kind, Owner::Kind::shared);
}

}  // namespace
}  // namespace fhir
