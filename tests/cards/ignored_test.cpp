#include "cards/ignored.h"

#include <gmock/gmock.h>

#include "cards/english.h"
#include "cards/insulin_dose.h"
#include "support.h"

namespace cards {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

fhir::Unreadable unit(int number, const std::string& shown) {
  return {"Observation/" + std::to_string(number), "valueQuantity", "has a unit text that is not known for insulin",
          shown};
}

TEST(Ignored, IsGroupedByWhatIsTheMatterAndTheMostFrequentComesFirst) {
  std::vector<fhir::Unreadable> all{{"Condition/1", "clinicalStatus", "is not a status that is known"}};
  for (int i = 17; i < 29; ++i) all.push_back(unit(i, "mU/mL"));
  all.push_back(unit(90, "furlong"));
  EXPECT_THAT(ignored_in_words(all),
              ElementsAre("12 Observations have a unit text that is not known for insulin: 'mU/mL' (Observation/17, "
                          "Observation/18, Observation/19 and 9 more)",
                          "In 1 Condition clinicalStatus is not a status that is known (Condition/1)",
                          "1 Observation has a unit text that is not known for insulin: 'furlong' (Observation/90)"));
}

TEST(Ignored, NamesAPlaceWhereThereIsNoId) {
  EXPECT_THAT(ignored_in_words({{"prefetch.observations.entry[3]", "resourceType", "is missing"}}),
              ElementsAre("In 1 entry resourceType is missing (prefetch.observations.entry[3])"));
}

TEST(Ignored, ShowsAUnitOnlyWhenItLooksLikeOne) {
  for (const std::string text : {"mU/mL", "m[IU]/L", "µg/L", "10*9/L", "mL/min/{1.73_m2}", "%", ""}) {
    EXPECT_EQ(shown_unit(text), text);
  }
  for (const std::string text : {"Jane Smith", "9434765919", "mmol/L\n", "<b>x</b>", "a unit that is much too long",
                                 "12345", "na\xC3\xAFve", "jane@example.org"}) {
    EXPECT_EQ(shown_unit(text), "") << text;
  }
}

TEST(Ignored, IsToldInTheAnswerAndOnTheTerminalWithTheUnitThatWasSent) {
  const auto record = tests::record_of(
      {tests::woman_of_34, tests::bmi("24"),
       tests::observation("17", "59179-2", "'valueQuantity':{'value':30,'unit':'mU/mL'}"),
       tests::observation("18", "59179-2", "'valueQuantity':{'value':30,'unit':'see letter to Dr Smith'}"),
       tests::observation("19", "59179-2",
                          "'valueQuantity':{'value':30,'system':'http://unitsofmeasure.org','code':'kat/L'}")});
  const auto assessment = assess(record, tests::shipped(), tests::today);
  for (const auto& said :
       {explained_as_text(assessment, {}, tests::shipped()), write_assessment(assessment, {}, tests::shipped())}) {
    EXPECT_THAT(said,
                HasSubstr("1 Observation has a unit text that is not known for insulin: 'mU/mL' (Observation/17)"));
    EXPECT_THAT(said, HasSubstr("1 Observation has a unit text that is not known for insulin (Observation/18)"));
    EXPECT_THAT(said,
                HasSubstr("1 Observation has a unit code that is not known for insulin: 'kat/L' (Observation/19)"));
    EXPECT_THAT(said, Not(HasSubstr("Smith")));
  }
}

// Reasons become labels of counters, which anybody may read.
TEST(Ignored, KeepsTheUnitOutOfTheReason) {
  const auto record =
      tests::record_of({tests::woman_of_34, tests::bmi("24"),
                        tests::observation("17", "59179-2", "'valueQuantity':{'value':30,'unit':'mU/mL'}")});
  for (const auto& one : assess(record, tests::shipped(), tests::today).unreadable) {
    EXPECT_THAT(one.reason, Not(HasSubstr("mU/mL")));
  }
}

}  // namespace
}  // namespace cards
