#include "cards/clause.h"

#include "cards/clause_reader.h"
#include "support.h"

namespace cards {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Comparing, AnExactValueIsStrictOrInclusiveAsTheWordSays) {
  const auto value = Interval::exactly(150);
  EXPECT_EQ(compare(value, Comparison::above, 150), Verdict::not_met);
  EXPECT_EQ(compare(value, Comparison::at_least, 150), Verdict::met);
  EXPECT_EQ(compare(value, Comparison::below, 150), Verdict::not_met);
  EXPECT_EQ(compare(value, Comparison::at_most, 150), Verdict::met);
}

TEST(Comparing, MoreThanAHundredAndFiftyIsAboveIt) {
  EXPECT_EQ(compare({150, infinity, true, false}, Comparison::above, 150), Verdict::met);
}

TEST(Comparing, AtLeastAHundredAndFiftyDoesNotProveAbove) {
  EXPECT_EQ(compare({150, infinity, false, false}, Comparison::above, 150), Verdict::unknown);
}

TEST(Comparing, MoreThanAHundredDoesNotTellWhetherAboveAHundredAndFifty) {
  EXPECT_EQ(compare({100, infinity, true, false}, Comparison::above, 150), Verdict::unknown);
}

TEST(Comparing, LessThanTheLimitIsNotAboveIt) {
  EXPECT_EQ(compare({-infinity, 150, false, true}, Comparison::above, 150), Verdict::not_met);
  EXPECT_EQ(compare({-infinity, 200, false, true}, Comparison::above, 150), Verdict::unknown);
}

TEST(Comparing, AnIntervalThatReachesOverTheLimitIsUnknownEitherWay) {
  const Interval value{2.9, 3.1, false, false};
  for (const auto comparison : {Comparison::above, Comparison::at_least, Comparison::below, Comparison::at_most}) {
    EXPECT_EQ(compare(value, comparison, 3), Verdict::unknown);
  }
}

TEST(Comparing, AboveIsTheOppositeOfAtMostForEveryInterval) {
  for (double low = -2; low <= 2; low += 0.5) {
    for (double high = low; high <= 2; high += 0.5) {
      const Interval value{low, high, false, false};
      EXPECT_EQ(compare(value, Comparison::above, 0), opposite(compare(value, Comparison::at_most, 0)));
      EXPECT_EQ(compare(value, Comparison::below, 0), opposite(compare(value, Comparison::at_least, 0)));
    }
  }
}

// A record in which one fact is met, one contradicted and one unknown gives leaves of every verdict.
class ThreeValues : public testing::Test {
 protected:
  ThreeValues()
      : record(tests::record_of({tests::woman_of_34, tests::condition("an", "402599005"), tests::bmi("24")})),
        chart(record, tests::shipped().content(), tests::today) {}

  [[nodiscard]] Clause leaf(Verdict verdict) const {
    const auto position = [&](std::string_view id) { return tests::shipped().content().fact_by_id.find(id)->second; };
    if (verdict == Verdict::met) return {Recorded{position("acanthosis-nigricans")}};
    if (verdict == Verdict::unknown) return {Recorded{position("diabetes")}};
    return {Measure{position("body-mass-index"), Comparison::above, 30}};
  }

  [[nodiscard]] std::vector<Clause> leaves(const std::vector<Verdict>& verdicts) const {
    std::vector<Clause> clauses;
    for (const auto verdict : verdicts) clauses.push_back(leaf(verdict));
    return clauses;
  }

  // Every list of up to four verdicts.
  template <class Visit>
  static void for_each_list(Visit visit) {
    for (std::size_t length = 1; length <= 4; ++length) {
      std::size_t lists = 1;
      for (std::size_t i = 0; i < length; ++i) lists *= 3;
      for (std::size_t list = 0; list < lists; ++list) {
        std::vector<Verdict> verdicts;
        for (std::size_t i = 0, rest = list; i < length; ++i, rest /= 3)
          verdicts.push_back(static_cast<Verdict>(rest % 3));
        visit(verdicts);
      }
    }
  }

  fhir::Record record;
  Chart chart;
};

TEST_F(ThreeValues, AllOfIsAsStrongAsItsWeakestPart) {
  for_each_list([&](const std::vector<Verdict>& verdicts) {
    const Clause clause{All{leaves(verdicts)}};
    EXPECT_EQ(verdict_of(clause, chart), *std::min_element(verdicts.begin(), verdicts.end()));
    EXPECT_EQ(evaluate(clause, chart).verdict, verdict_of(clause, chart));
  });
}

TEST_F(ThreeValues, AnyOfIsAsStrongAsItsStrongestPart) {
  for_each_list([&](const std::vector<Verdict>& verdicts) {
    const Clause clause{Any{leaves(verdicts)}};
    EXPECT_EQ(verdict_of(clause, chart), *std::max_element(verdicts.begin(), verdicts.end()));
    EXPECT_EQ(evaluate(clause, chart).verdict, verdict_of(clause, chart));
  });
}

TEST_F(ThreeValues, ACountIsUnknownOnlyWhileTheUnknownPartsCouldDecide) {
  for_each_list([&](const std::vector<Verdict>& verdicts) {
    const auto number = [&](Verdict wanted) {
      return static_cast<std::size_t>(std::count(verdicts.begin(), verdicts.end(), wanted));
    };
    for (std::size_t needed = 1; needed <= verdicts.size(); ++needed) {
      const Clause clause{Count{needed, leaves(verdicts)}};
      auto expected = Verdict::not_met;
      if (number(Verdict::met) + number(Verdict::unknown) >= needed) expected = Verdict::unknown;
      if (number(Verdict::met) >= needed) expected = Verdict::met;
      EXPECT_EQ(verdict_of(clause, chart), expected);
      EXPECT_EQ(evaluate(clause, chart).verdict, expected);
    }
  });
}

TEST_F(ThreeValues, SilenceDoesNotBlockButARecordDoes) {
  const auto unless = [&](Verdict verdict) {
    return verdict_of({UnlessRecorded{std::make_unique<Clause>(leaf(verdict))}}, chart);
  };
  EXPECT_EQ(unless(Verdict::unknown), Verdict::met);
  EXPECT_EQ(unless(Verdict::not_met), Verdict::met);
  EXPECT_EQ(unless(Verdict::met), Verdict::not_met);
}

TEST_F(ThreeValues, NotKnownIsMetBySilenceOnly) {
  const auto not_known = [&](Verdict verdict) {
    return verdict_of({NotKnown{std::make_unique<Clause>(leaf(verdict))}}, chart);
  };
  EXPECT_EQ(not_known(Verdict::unknown), Verdict::met);
  EXPECT_EQ(not_known(Verdict::not_met), Verdict::not_met);
  EXPECT_EQ(not_known(Verdict::met), Verdict::not_met);
}

TEST_F(ThreeValues, AnUnknownPointCountsForNothing) {
  const auto scheme = [&](Verdict first, Verdict second) {
    Points points;
    points.at_least = 4;
    points.items.push_back({2, "first", std::make_unique<Clause>(leaf(first))});
    points.items.push_back({2, "second", std::make_unique<Clause>(leaf(second))});
    return verdict_of({std::move(points)}, chart);
  };
  EXPECT_EQ(scheme(Verdict::met, Verdict::met), Verdict::met);
  EXPECT_EQ(scheme(Verdict::met, Verdict::unknown), Verdict::not_met);
}

TEST(Scheme, IsRefusedWhenOneFindingAloneCouldReachThePoints) {
  const auto document = fhir::read_document(tests::json(
      "{'points_at_least':4,'for':[{'points':4,'title':'x','when':{'recorded':'diabetes'}}],'against':[]}"));
  const auto clause = read_clause(document->root(), "x.json: when", tests::shipped().content());
  ASSERT_FALSE(clause);
  EXPECT_EQ(clause.error(),
            (fhir::Error{fhir::Kind::bad_input, "x.json: when", "lets one finding alone reach the points"}));
}

TEST_F(ThreeValues, EveryCriterionNarratesTheVerdictThatItGives) {
  for (const auto& criterion : tests::shipped().content().criteria) {
    EXPECT_EQ(evaluate(criterion.when, chart).verdict, verdict_of(criterion.when, chart)) << criterion.id;
  }
}

TEST_F(ThreeValues, ALeafSaysWhatWasFoundAndWhere) {
  const auto finding = evaluate(leaf(Verdict::not_met), chart);
  EXPECT_EQ(finding.text, "body mass index 24 kg/m2 is not above 30");
  ASSERT_EQ(finding.evidence.size(), 1u);
  EXPECT_EQ(finding.evidence[0].reference, "Observation/bmi");
  EXPECT_EQ(finding.evidence[0].value, "24 kg/m2");
  EXPECT_EQ(finding.evidence[0].date, "2026-05-16");
}

}  // namespace
}  // namespace cards
