#include "cards/growth.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "fhir/json.h"

namespace cards {
namespace {

using fhir::Sex;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string in_source(const std::string& path) {
  return std::string(SIR_SOURCE_DIR) + "/" + path;
}

/// The table of British 1990 that a site may own; empty when this machine has none.
std::string uk90_table() {
  const char* path = std::getenv("SIR_UK90_FILE");
  return path ? content_of(path) : std::string();
}

const GrowthReference& shipped() {
  static const auto reference =
      read_growth_reference(content_of(in_source("cards/knowledge/growth/who.csv")), "who.csv", uk90_table()).value();
  return reference;
}

// ---- what others computed for invented children (tests/data/growth_vectors.json)

struct Child {
  Reference reference;
  Sex sex;
  int age_days;
  double bmi;
  std::optional<double> z;
};

void PrintTo(const Child& child, std::ostream* out) {
  *out << (child.reference == Reference::who ? "WHO" : "UK-WHO") << ", " << (child.sex == Sex::male ? "boy" : "girl")
       << " of " << child.age_days << " days, BMI " << child.bmi;
}

double number_in(fhir::Json json, const char* name) {
  return json[name].number().value();
}

fhir::Document vectors() {
  return fhir::read_document(content_of(in_source("tests/data/growth_vectors.json"))).value();
}

std::vector<Child> children() {
  const auto document = vectors();
  std::vector<Child> read;
  for (const auto json : document.root()["vectors"]) {
    const double height = number_in(json, "height_cm") / 100;
    read.push_back({json["reference"].string() == "who" ? Reference::who : Reference::uk_who,
                    json["sex"].string() == "male" ? Sex::male : Sex::female,
                    static_cast<int>(number_in(json, "age_days")), number_in(json, "weight_kg") / (height * height),
                    json["z"].number()});
  }
  return read;
}

class GrowthVector : public testing::TestWithParam<Child> {};

TEST_P(GrowthVector, IsScoredAsTheOwnersOfTheReferenceScoreIt) {
  const Child& child = GetParam();
  constexpr int four_years = 1461;
  const bool needs_uk90 = child.reference == Reference::uk_who && child.age_days >= four_years;
  if (needs_uk90 && !shipped().has_uk90()) GTEST_SKIP() << "SIR_UK90_FILE names no table of British 1990";

  const auto z = shipped().z_score(child.reference, child.sex, child.age_days, child.bmi);
  if (!child.z) {
    EXPECT_FALSE(z);
    return;
  }
  ASSERT_TRUE(z);
  // RCPCH interpolates with a cubic, which differs in the first month, where the rows are a week apart.
  const bool first_month = child.reference == Reference::uk_who && child.age_days <= 30;
  EXPECT_NEAR(*z, *child.z, first_month ? 0.015 : 0.005);
}

INSTANTIATE_TEST_SUITE_P(PublishedScores, GrowthVector, testing::ValuesIn(children()));

TEST(Growth, KnowsHowManyScoresOfOthersItIsHeldAgainst) {
  std::size_t who = 0, uk_who = 0, uk90 = 0;
  for (const auto& child : children()) {
    if (child.reference == Reference::who)
      ++who;
    else if (child.age_days < 1461)
      ++uk_who;
    else
      ++uk90;
  }
  EXPECT_EQ(who, 51U);
  EXPECT_EQ(uk_who, 7U);
  EXPECT_EQ(uk90, 20U) << "skipped without SIR_UK90_FILE";
}

TEST(Growth, ComputesTheLmsFormulaToSixDigitsWhereverThePowerLies) {
  const auto document = vectors();
  std::size_t seen = 0;
  for (const auto json : document.root()["formula_vectors"]) {
    const Lms lms{number_in(json, "L"), number_in(json, "M"), number_in(json, "S")};
    EXPECT_NEAR(z_score(lms, number_in(json, "bmi")), number_in(json, "z"), 1e-6) << "L " << lms.l;
    ++seen;
  }
  EXPECT_EQ(seen, 8U);
}

// ---- the formula

TEST(Growth, RestrictsTheScoreBeyondThreeAndLeavesItAloneWithin) {
  const Lms lms{-2, 16, 0.1};
  EXPECT_DOUBLE_EQ(restricted_z_score(lms, 24), z_score(lms, 24));
  // BMI at 2 and 3: 16 (1 - 0.4)^-0.5 = 20.6559, 16 (1 - 0.6)^-0.5 = 25.2982; 30 is 1.01281 such steps above the
  // latter.
  EXPECT_NEAR(restricted_z_score(lms, 30), 4.012810, 1e-6);
  EXPECT_NEAR(z_score(lms, 30), 3.577778, 1e-6);
  // BMI at -2 and -3: 13.5225 and 12.6491; 12 is 0.74324 such steps below the latter.
  EXPECT_NEAR(restricted_z_score(lms, 12), -3.743236, 1e-6);
}

TEST(Growth, DecidesTheLimitOfThreeAlikeWithAndWithoutTheRestriction) {
  const Lms lms{-1.4864, 16.6133, 0.12307};  // WHO 2007, girls, 120 months
  for (const double bmi : {28.30, 28.36, 28.42}) {
    EXPECT_EQ(restricted_z_score(lms, bmi) <= 3, z_score(lms, bmi) <= 3) << bmi;
  }
}

// ---- which table

TEST(Growth, GivesTheMedianAScoreOfZeroOnARowOfTheTable) {
  EXPECT_NEAR(shipped().z_score(Reference::who, Sex::male, 0, 13.4069).value(), 0, 1e-9);
  EXPECT_NEAR(
      shipped().z_score(Reference::who, Sex::female, 3653, 16.6133 + 0.5 * (16.6612 - 16.6133) / 30.4375).value(), 0,
      1e-4);
}

TEST(Growth, StepsFromLengthToHeightBetweenTwoDays) {
  const double before = shipped().z_score(Reference::who, Sex::male, 730, 19).value();
  const double after = shipped().z_score(Reference::who, Sex::male, 731, 19).value();
  EXPECT_GT(before - after, 0.1) << "the tables differ by some 0.3 kg/m2, and no value may lie between them";
}

TEST(Growth, KnowsNoScoreOutsideTheAgesOfTheReference) {
  EXPECT_FALSE(shipped().z_score(Reference::who, Sex::female, -1, 14));
  EXPECT_TRUE(shipped().z_score(Reference::who, Sex::female, 0, 14));
  EXPECT_TRUE(shipped().z_score(Reference::who, Sex::female, 6939, 21));
  EXPECT_FALSE(shipped().z_score(Reference::who, Sex::female, 6940, 21));
  EXPECT_FALSE(shipped().z_score(Reference::uk_who, Sex::female, 13, 14));
  EXPECT_TRUE(shipped().z_score(Reference::uk_who, Sex::female, 14, 14));
}

TEST(Growth, KnowsNoScoreForAnUnknownSexOrAnImpossibleBmi) {
  EXPECT_FALSE(shipped().z_score(Reference::who, Sex::unknown, 4000, 17));
  EXPECT_FALSE(shipped().z_score(Reference::who, Sex::male, 4000, 0));
  EXPECT_FALSE(shipped().z_score(Reference::who, Sex::male, 4000, -17));
  EXPECT_FALSE(shipped().z_score(Reference::who, Sex::male, 4000, std::numeric_limits<double>::quiet_NaN()));
}

TEST(Growth, KnowsNothingBeforeATableIsRead) {
  EXPECT_FALSE(GrowthReference().z_score(Reference::who, Sex::male, 4000, 17));
}

TEST(Growth, HasAScoreForEveryDayUpToTheEighteenthBirthday) {
  for (const auto sex : {Sex::female, Sex::male}) {
    for (int days = 0; days <= 6575; ++days) {
      ASSERT_TRUE(shipped().z_score(Reference::who, sex, days, 17)) << days;
    }
  }
}

// ---- the reader

/// A whole WHO file of two rows a table, with one line of them replaced.
std::string who_with_line(std::size_t number, const std::string& replacement) {
  std::vector<std::string> lines = {"reference,sex,age_days,L,M,S"};
  for (const std::string table : {"who2006h", "who2006l", "who2007"}) {
    for (const std::string sex : {"female", "male"}) {
      lines.push_back(table + "," + sex + ",0,-0.3,15,0.08");
      lines.push_back(table + "," + sex + ",9000,-0.3,16,0.09");
    }
  }
  lines[number - 1] = replacement;
  std::string csv;
  for (const auto& line : lines) csv += line + "\n";
  return csv;
}

fhir::Error fault_of(const std::string& who, const std::string& uk90 = "") {
  const auto read = read_growth_reference(who, "who.csv", uk90, "uk90.csv");
  return read ? fhir::Error{} : read.error();
}

const std::string good_who = who_with_line(1, "reference,sex,age_days,L,M,S");

TEST(GrowthReader, ReadsWindowsLineEndsAndInterpolatesInDays) {
  std::string csv;
  for (const char letter : good_who) csv += letter == '\n' ? "\r\n" : std::string(1, letter);
  const auto reference = read_growth_reference(csv, "who.csv");
  ASSERT_TRUE(reference) << reference.error().where << ": " << reference.error().what;
  EXPECT_NEAR(reference->z_score(Reference::who, Sex::male, 4500, 15.5).value(), 0, 1e-9);
  EXPECT_FALSE(reference->has_uk90());
}

TEST(GrowthReader, ReadsBritish1990FromASecondFile) {
  const auto reference = read_growth_reference(
      good_who, "who.csv",
      "reference,sex,age_days,L,M,S\nuk90,female,1461,-1,16,0.1\nuk90,female,7305,-1,20,0.1\nuk90,male,1461,-1,16,0.1\n"
      "uk90,male,7305,-1,20,0.1\n",
      "uk90.csv");
  ASSERT_TRUE(reference) << reference.error().where << ": " << reference.error().what;
  EXPECT_TRUE(reference->has_uk90());
  EXPECT_NEAR(reference->z_score(Reference::uk_who, Sex::male, 4383, 18).value(), 0, 1e-9);
  EXPECT_NEAR(reference->z_score(Reference::uk_who, Sex::male, 4383, 60).value(), 7, 1e-9)
      << "no restriction in UK-WHO";
  EXPECT_FALSE(reference->z_score(Reference::uk_who, Sex::male, 7306, 18));
}

TEST(GrowthReader, RefusesAnUnknownHeader) {
  EXPECT_EQ(fault_of(who_with_line(1, "sex,age,l,m,s")),
            (fhir::Error{fhir::Kind::bad_input, "who.csv: line 1", "is not the header reference,sex,age_days,L,M,S"}));
  EXPECT_EQ(fault_of("").where, "who.csv: line 1");
}

TEST(GrowthReader, RefusesParametersThatAreNotPositive) {
  EXPECT_EQ(fault_of(who_with_line(3, "who2006h,female,9000,-0.3,0,0.09")),
            (fhir::Error{fhir::Kind::bad_input, "who.csv: line 3", "has an M that is not positive"}));
  EXPECT_EQ(fault_of(who_with_line(3, "who2006h,female,9000,-0.3,16,-0.09")),
            (fhir::Error{fhir::Kind::bad_input, "who.csv: line 3", "has an S that is not positive"}));
  EXPECT_EQ(
      fault_of(who_with_line(3, "who2006h,female,9000,-4,16,0.09")),
      (fhir::Error{fhir::Kind::bad_input, "who.csv: line 3", "has L and S for which a score of 3 does not exist"}));
}

TEST(GrowthReader, RefusesAgesOutOfOrderOrTwice) {
  EXPECT_EQ(fault_of(who_with_line(2, "who2006h,female,9001,-0.3,15,0.08")),
            (fhir::Error{fhir::Kind::bad_input, "who.csv: line 3", "is not sorted by age"}));
  EXPECT_EQ(fault_of(who_with_line(2, "who2006h,female,9000,-0.3,15,0.08")),
            (fhir::Error{fhir::Kind::bad_input, "who.csv: line 3", "repeats an age"}));
  EXPECT_EQ(fault_of(who_with_line(2, "who2006h,female,-1,-0.3,15,0.08")),
            (fhir::Error{fhir::Kind::bad_input, "who.csv: line 2", "has a negative age"}));
}

TEST(GrowthReader, RefusesLinesThatAreNotRows) {
  const auto numbers =
      fhir::Error{fhir::Kind::bad_input, "who.csv: line 5", "does not hold the four numbers age_days, L, M and S"};
  for (const std::string line : {"who2006h,male,1,2,3", "who2006h,male,1,2,x,0.1", "who2006h,male,,2,3,0.1",
                                 "who2006h,male,1,2,3,nan", "who2006h,male,1,2,3,0.1 "}) {
    EXPECT_EQ(fault_of(who_with_line(5, line)), numbers) << line;
  }
  EXPECT_EQ(fault_of(who_with_line(5, "who2006h,male,1,2,3,0.1,9")).what, "holds more than six columns");
  EXPECT_EQ(fault_of(who_with_line(5, "who2006h,boy,1,2,3,0.1")).what, "has a sex that is neither female nor male");
  EXPECT_EQ(fault_of(who_with_line(5, "")).what, "names a reference that does not belong here");
}

TEST(GrowthReader, RefusesTablesThatDoNotBelongInTheFile) {
  EXPECT_EQ(fault_of(who_with_line(5, "uk90,male,9000,-1,16,0.1")),
            (fhir::Error{fhir::Kind::bad_input, "who.csv: line 5", "names a reference that does not belong here"}));
  EXPECT_EQ(fault_of(good_who, good_who),
            (fhir::Error{fhir::Kind::bad_input, "uk90.csv: line 2", "names a reference that does not belong here"}));
}

TEST(GrowthReader, RefusesAFileThatLacksATable) {
  EXPECT_EQ(
      fault_of("reference,sex,age_days,L,M,S\n"),
      (fhir::Error{fhir::Kind::bad_input, "who.csv", "holds less than two rows of who2006l for one of the sexes"}));
  EXPECT_EQ(fault_of(good_who, "reference,sex,age_days,L,M,S\nuk90,male,0,-1,16,0.1\nuk90,male,9,-1,16,0.1\n"),
            (fhir::Error{fhir::Kind::bad_input, "uk90.csv", "holds less than two rows of uk90 for one of the sexes"}));
}

}  // namespace
}  // namespace cards
