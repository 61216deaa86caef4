#include "cards/patients.h"

#include <fstream>
#include <set>

#include "cards/topic.h"
#include "support.h"

namespace cards {
namespace {

std::string patients_file() {
  std::ifstream file(std::string(SIR_SOURCE_DIR) + "/server/web/patients.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<InventedPatient>& patients() {
  static const auto all = [] {
    auto read = read_patients(patients_file(), tests::shipped());
    if (!read) throw std::runtime_error(read.error().where + " " + read.error().what);
    return std::move(*read);
  }();
  return all;
}

std::string fault_of(const std::string& patient) {
  const auto read = read_patients(tests::json("{'today':'2026-06-15','patients':[" + patient + "]}"), tests::shipped());
  return read ? "" : read.error().where + " " + read.error().what;
}

std::string patient(const std::string& given) {
  return "{'id':'a','group':'b','name':'c','story':'d','given':" + given + ",'expect':{'outcome':'none'}}";
}

}  // namespace

TEST(Patients, EachGetsWhatItSaysAndNothingElse) {
  for (const auto& one : patients()) {
    auto complete = read_any(one.request, tests::shipped());
    ASSERT_TRUE(complete) << one.id << ": " << complete.error().where << " " << complete.error().what;
    const auto assessment = assess(complete->record, tests::shipped(), one.today);
    const auto cards = compose(assessment, complete->record, tests::shipped(), Site(), [] { return "uuid"; });
    EXPECT_EQ(assessment.outcome, one.outcome) << one.id;
    EXPECT_EQ(cards.empty() ? "" : cards.front().indicator, one.indicator) << one.id;
    EXPECT_TRUE(assessment.unreadable.empty()) << one.id;
    EXPECT_EQ(one.group == "Must stay silent", cards.empty()) << one.id;
  }
}

TEST(Patients, CoverEveryOutcomeOfAChart) {
  std::set<std::string> outcomes;
  for (const auto& one : patients()) outcomes.insert(one.outcome);
  for (const auto* outcome :
       {"nsirs-referral", "type-b-confirmed", "type-b-suspected", "hyperinsulinaemic-hypoglycaemia", "insulin-antibody",
        "acanthosis-nigricans", "lipodystrophy-suspected", "missing-measurement", "explained", "none", "already-known"})
    EXPECT_TRUE(outcomes.contains(outcome)) << outcome;
}

TEST(Patients, SaysThatTheyAreInvented) {
  for (const auto& one : patients()) EXPECT_NE(one.request.find(" Invented\""), std::string::npos) << one.id;
}

TEST(Patients, AreRefusedWithASentenceWhenAWordIsNotUnderstood) {
  EXPECT_EQ(fault_of(patient("{'age':'34 a'}")), "");
  EXPECT_EQ(fault_of(patient("{'bmi':['high']}")).substr(0, 24), "patients.json: a: given:");
  EXPECT_EQ(fault_of(patient("{}") + "," + patient("{}")), "patients.json: patients has two with the id \"a\"");
  EXPECT_NE(fault_of("{'id':'a'}"), "");
  EXPECT_NE(fault_of("1"), "");
  EXPECT_FALSE(read_patients("[", tests::shipped()));
  EXPECT_FALSE(read_patients(R"({"today":"soon","patients":[]})", tests::shipped()));
}

TEST(Patients, AreListedWithoutTheirRecords) {
  const auto list = fhir::read_document(write_patient_list(patients()));
  ASSERT_TRUE(list);
  const auto entries = list->root()["patients"];
  ASSERT_EQ(entries.size(), patients().size());
  const auto first = *entries.begin();
  EXPECT_EQ(first["id"].string(), "andrea");
  EXPECT_EQ(first["outcome"].string(), "type-b-suspected");
  EXPECT_EQ(first["today"].string(), "2026-06-15");
  EXPECT_FALSE(first["request"].present());
}

TEST(Patients, AreDifferentPeople) {
  for (const auto& one : patients())
    EXPECT_NE(one.request.find(R"("patientId":")" + one.id + "\""), std::string::npos) << one.id;
}

TEST(PageTerms, NameCriteriaCodesAndUnitsAsTheKnowledgeDoes) {
  const auto terms = fhir::read_document(write_page_terms(tests::shipped()));
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->root()["criteria"].size(), tests::shipped().content().criteria.size());
  std::set<std::string> analytes;
  for (const auto one : terms->root()["analytes"]) {
    analytes.emplace(one["id"].string());
    EXPECT_GT(one["codes"].size(), 0u) << one["id"].string();
    EXPECT_GT(one["units"].size(), 0u) << one["id"].string();
    if (one["id"].string() != "insulin") continue;
    const auto factor = *one["units"]["mIU/L"].begin();
    EXPECT_EQ(factor.number(), 6.0);
  }
  EXPECT_EQ(analytes, (std::set<std::string>{"bmi", "hba1c", "insulin", "insulin-dose", "weight"}));
}

}  // namespace cards
