#include "cards/knowledge.h"

#include <gtest/gtest.h>

#include "cards/content.h"
#include "tests/cards/support.h"

namespace cards::tests {
namespace {

// What the loader says about a folder in which one file has another text; empty when it accepts it.
std::string refusal(const std::string& file, const std::string& text) {
  auto folder = shipped_folder();
  folder[file] = text;
  const auto knowledge = read_knowledge(folder);
  return knowledge ? std::string() : knowledge.error().where + ": " + knowledge.error().what;
}

std::string refusal_without(const std::string& file) {
  auto folder = shipped_folder();
  folder.erase(file);
  const auto knowledge = read_knowledge(folder);
  return knowledge ? std::string() : knowledge.error().where + ": " + knowledge.error().what;
}

// A criterion file with this `when`; quotes are single.
std::string criterion(const std::string& when) {
  return json(
      "{'id':'acanthosis-nigricans','edition':1,'title':'t','source':{'document':'d','says':'s'},"
      "'when':" +
      when + ",'then':[{'id':'a','outcome':'acanthosis-nigricans','advice':'acanthosis-nigricans'}]}");
}

std::string refusal_of_when(const std::string& when) {
  return refusal("criteria/acanthosis-nigricans.json", criterion(when));
}

std::string fact(const std::string& members) {
  return json("{'id':'fibrate','title':'a fibrate'," + members + "}");
}

const std::string fibrate_sets = "'value_sets':{'any_of':['fibrate'],'none_of':[]}";
const std::string ninety_days = "'parameters':{'within':{'value':90,'unit':'d','source':'s'}}";

TEST(Knowledge, AsShippedIsAccepted) {
  const auto knowledge = read_knowledge(shipped_folder());
  ASSERT_TRUE(knowledge) << knowledge.error().where << ": " << knowledge.error().what;
  EXPECT_EQ(knowledge->digest().substr(0, 7), "sha256:");
  EXPECT_EQ(knowledge->digest().size(), 7u + 64u);
  EXPECT_FALSE(knowledge->approved());
}

TEST(Knowledge, RefusesAWordThatItDoesNotKnow) {
  EXPECT_EQ(refusal_of_when("{'measure':'body-mass-index','abov':30,'unit':'kg/m2'}"),
            "criteria/acanthosis-nigricans.json: when: needs exactly one of above, at_least, below, at_most");
  EXPECT_EQ(refusal_of_when("{'measure':'body-mass-index','above':30,'unit':'kg/m2','about':1}"),
            "criteria/acanthosis-nigricans.json: when: about: is not a word that is known here");
  EXPECT_EQ(refusal_of_when("{'recordet':'diabetes'}"),
            "criteria/acanthosis-nigricans.json: when: has none of the words that begin a clause (measure, finding, "
            "recorded, "
            "holds, all, any, not, unless_recorded, not_known, of, points_at_least)");
  EXPECT_EQ(refusal("facts/fibrate.json", fact("'how':'medicine','source':'s'," + ninety_days + "," + fibrate_sets)),
            "facts/fibrate.json: how: does not know the word \"medicine\"");
}

TEST(Knowledge, RefusesAnotherUnit) {
  EXPECT_EQ(refusal_of_when("{'measure':'body-mass-index','below':30,'unit':'kg/m'}"),
            "criteria/acanthosis-nigricans.json: when: \"body-mass-index\" is measured in kg/m2");
  EXPECT_EQ(refusal("facts/fibrate.json", fact("'how':'medication','source':'s'," + fibrate_sets +
                                               ",'parameters':{'within':{'value':3,'unit':'mo','source':'s'}}")),
            "facts/fibrate.json: parameters.within: unit: must be d");
}

TEST(Knowledge, RefusesAFactThatIsNotThere) {
  EXPECT_EQ(refusal_of_when("{'recorded':'akanthosis-nigricans'}"),
            "criteria/acanthosis-nigricans.json: when: names the unknown fact \"akanthosis-nigricans\"");
  EXPECT_EQ(refusal_of_when("{'holds':'bmi-within-limit'}"),
            "criteria/acanthosis-nigricans.json: when: names the unknown definition \"bmi-within-limit\"");
}

TEST(Knowledge, RefusesAFactInAClauseOfAnotherKind) {
  EXPECT_EQ(refusal_of_when("{'recorded':'body-mass-index'}"),
            "criteria/acanthosis-nigricans.json: when: \"body-mass-index\" cannot stand after \"recorded\"");
  EXPECT_EQ(refusal_of_when("{'finding':'severe-hyperinsulinaemia','is':['maybe']}"),
            "criteria/acanthosis-nigricans.json: when: does not know the word \"maybe\"");
}

TEST(Knowledge, RefusesTwoComparisonsAtOnce) {
  EXPECT_EQ(refusal_of_when("{'measure':'body-mass-index','above':18,'below':30,'unit':'kg/m2'}"),
            "criteria/acanthosis-nigricans.json: when: needs exactly one of above, at_least, below, at_most");
}

TEST(Knowledge, RefusesAnEmptyListOfParts) {
  EXPECT_EQ(refusal_of_when("{'all':[]}"), "criteria/acanthosis-nigricans.json: when: \"all\" is empty");
  EXPECT_EQ(refusal_of_when("{'at_least':3,'of':[{'recorded':'diabetes'}]}"),
            "criteria/acanthosis-nigricans.json: when: asks for more parts than there are");
}

TEST(Knowledge, RefusesANumberWithoutASource) {
  EXPECT_EQ(refusal("facts/fibrate.json", fact("'how':'medication','source':'s'," + fibrate_sets +
                                               ",'parameters':{'within':{'value':90,'unit':'d'}}")),
            "facts/fibrate.json: parameters.within: source: is missing");
  EXPECT_EQ(refusal("facts/fibrate.json", fact("'how':'medication'," + ninety_days + "," + fibrate_sets)),
            "facts/fibrate.json: source: is missing");
}

TEST(Knowledge, RefusesACriterionWithoutASource) {
  EXPECT_EQ(refusal("criteria/already-known.json",
                    json("{'id':'already-known','edition':1,'title':'t','when':{'recorded':'known-to-nsirs'},"
                         "'then':[{'id':'silent','outcome':'already-known'}]}")),
            "criteria/already-known.json: source: is missing");
}

TEST(Knowledge, RefusesAParameterThatIsMissingOrTooMany) {
  EXPECT_EQ(refusal("facts/fibrate.json", fact("'how':'medication','source':'s'," + fibrate_sets)),
            "facts/fibrate.json: parameters: lacks \"within\"");
  EXPECT_EQ(refusal("facts/fibrate.json", fact("'how':'medication','source':'s'," + fibrate_sets +
                                               ",'parameters':{'within':{'value':90,'unit':'d','source':'s'},"
                                               "'without':{'value':1,'unit':'d','source':'s'}}")),
            "facts/fibrate.json: parameters: has the unknown word \"without\"");
}

TEST(Knowledge, RefusesAValueSetThatIsNotThere) {
  EXPECT_EQ(refusal("facts/fibrate.json", fact("'how':'medication','source':'s'," + ninety_days +
                                               ",'value_sets':{'any_of':['fibrates'],'none_of':[]}")),
            "facts/fibrate.json: value_sets: names the unknown value set \"fibrates\"");
}

TEST(Knowledge, RefusesAnOptionThatIsNotOneOfTheChoices) {
  EXPECT_EQ(refusal("facts/diabetes.json",
                    json("{'id':'diabetes','title':'diabetes','how':'diagnosis','source':'s','value_sets':{'any_of':"
                         "['diabetes'],'none_of':[]},'clinical_status':'alive','verification':'confirmed'}")),
            "facts/diabetes.json: clinical_status: does not know the word \"alive\"");
}

TEST(Knowledge, RefusesFactsThatAskEachOtherInACircle) {
  auto folder = shipped_folder();
  const auto dose = [](const std::string& id, const std::string& asks) {
    return json("{'id':'" + id + "','title':'t','how':'insulin-value','source':'s','facts':{'sample':'" + asks + "'}}");
  };
  folder["facts/one.json"] = dose("one", "other");
  folder["facts/other.json"] = dose("other", "one");
  const auto knowledge = read_knowledge(folder);
  ASSERT_FALSE(knowledge);
  EXPECT_EQ(knowledge.error().where + ": " + knowledge.error().what,
            "facts/one.json: facts: names the unknown fact \"other\"");
}

TEST(Knowledge, RefusesACriterionWithoutCases) {
  EXPECT_EQ(refusal_without("cases/lipodystrophy.json"),
            "cases/lipodystrophy.json: is missing: a criterion without cases is not accepted");
  EXPECT_EQ(refusal("cases/lipodystrophy.json", json("{'criterion':'lipodystrophy','today':'2026-06-15','cases':[]}")),
            "cases/lipodystrophy.json: holds no case");
}

TEST(Knowledge, RefusesACriterionThatTheOrderForgets) {
  EXPECT_EQ(refusal("criteria/forgotten.json", criterion("{'recorded':'diabetes'}")),
            "knowledge.json: order: does not name the criterion \"forgotten\"");
}

TEST(Knowledge, RefusesAFileThatIsNotPartOfIt) {
  EXPECT_EQ(refusal("notes/thoughts.json", "{}"), "notes/thoughts.json: is not a file that this program understands");
  EXPECT_EQ(refusal("facts.json", "{}"), "facts.json: is not a file that this program understands");
}

TEST(Knowledge, RefusesAFileUnderAnotherName) {
  auto folder = shipped_folder();
  folder["facts/copy-of-diabetes.json"] = folder["facts/diabetes.json"];
  const auto knowledge = read_knowledge(folder);
  ASSERT_FALSE(knowledge);
  EXPECT_EQ(knowledge.error().where + ": " + knowledge.error().what,
            "facts/copy-of-diabetes.json: has an id that is not its file name");
}

TEST(Knowledge, RefusesWhatIsNoJsonAndWhatIsMissing) {
  EXPECT_EQ(refusal("facts/diabetes.json", "{").substr(0, 21), "facts/diabetes.json: ");
  EXPECT_EQ(refusal_without("units.json"), "units.json: is missing");
  EXPECT_EQ(refusal_without("growth/who.csv"), "growth/who.csv: is missing");
}

TEST(Knowledge, HasAnotherDigestWhenAClinicalFileChanges) {
  auto folder = shipped_folder();
  auto& text = folder["facts/severe-hyperinsulinaemia.json"];
  const auto limit = text.find("\"value\": 150");
  ASSERT_NE(limit, std::string::npos);
  text.replace(limit, 12, "\"value\": 151");
  const auto changed = read_knowledge(folder);
  ASSERT_TRUE(changed);
  EXPECT_NE(changed->digest(), shipped().digest());
}

TEST(Knowledge, KeepsItsDigestWhenOnlyACaseChanges) {
  auto folder = shipped_folder();
  folder["cases/lipodystrophy.json"] += "\n";
  const auto same = read_knowledge(folder);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->digest(), shipped().digest());
}

TEST(Knowledge, OfAFolderThatIsNotThereCannotBeRead) {
  const auto folder = read_folder("/nowhere/at/all");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, fhir::Kind::internal);
  EXPECT_EQ(folder.error().where + " " + folder.error().what, "/nowhere/at/all is not a folder that can be read");
}

}  // namespace
}  // namespace cards::tests
