#include "cards/code_index.h"

#include "support.h"

namespace cards {
namespace {

TEST(CodeIndex, SaysTheSameAsEachValueSetForEachOfItsCodes) {
  const auto& index = tests::shipped().content().codes;
  for (std::size_t position = 0; position < index.sets().size(); ++position) {
    for (const auto& member : index.sets()[position].members()) {
      const fhir::Coding coding{member.system, member.code, {}};
      const auto bits = index.sets_of(coding);
      for (std::size_t other = 0; other < index.sets().size(); ++other) {
        EXPECT_EQ(bits.test(other), index.sets()[other].contains(coding))
            << member.code << " in " << index.sets()[other].id();
      }
    }
  }
}

TEST(CodeIndex, FindsAnAliasOfASystemAndAPaddedCode) {
  const auto& index = tests::shipped().content().codes;
  const auto acanthosis = index.position("acanthosis-nigricans");
  EXPECT_TRUE(index.sets_of(fhir::Coding{"urn:oid:2.16.840.1.113883.6.96", "402599005", {}}).test(acanthosis));
  EXPECT_TRUE(index.sets_of(fhir::Coding{"http://hl7.org/fhir/sid/icd-10-uk", "L83X", {}}).test(acanthosis));
}

TEST(CodeIndex, FindsAnInsulinOfTheDmdUnderSnomed) {
  const auto& index = tests::shipped().content().codes;
  EXPECT_TRUE(index.sets_of(fhir::Coding{"http://snomed.info/sct", "776343005", {}}).test(index.position("insulin")));
}

TEST(CodeIndex, MatchesNothingWithoutASystem) {
  EXPECT_TRUE(tests::shipped().content().codes.sets_of(fhir::Coding{{}, "402599005", {}}).none());
}

}  // namespace
}  // namespace cards
