#include <algorithm>
#include <ctime>
#include <functional>

#include "support.h"

// Records that nobody has: thousands of results, each to be held against thousands of something else. Who sends one may
// not make the server work longer than for any other record of that size.

namespace cards {
namespace {

using tests::condition;
using tests::fasting_insulin;
using tests::observation;
using tests::quantity;
using tests::record_of;
using tests::shipped;
using tests::today;

std::string day_of(int number) {
  return fhir::iso_date(*fhir::read_day("2017-01-01") + std::chrono::days(number * 17 % 3400));
}

std::string medicine(int number) {
  return "'resourceType':'MedicationRequest','id':'m" + std::to_string(number) +
         "','status':'stopped','intent':'order','subject':{'reference':'Patient/p'},'medicationCodeableConcept':{"
         "'coding':[{'system':'http://www.whocc.no/atc','code':'" +
         (number % 4 < 2 ? "A10AB05" : "A10BB01") + "'}]},'authoredOn':'" + day_of(number * 7) + "'";
}

std::string stay(int number) {
  return "'resourceType':'Encounter','id':'e" + std::to_string(number) +
         "','status':'finished','class':{'code':'IMP'},'subject':{'reference':'Patient/p'},'period':{'start':'" +
         day_of(number * 7) + "','end':'" + day_of(number * 7) + "'}";
}

std::string specimen(int number) {
  return "'resourceType':'Specimen','id':'s" + std::to_string(number) + "','subject':{'reference':'Patient/p'}";
}

/// Every second resource is an insulin result, of a specimen and a stay of its own.
std::function<std::string(int)> insulin_beside(std::function<std::string(int)> other) {
  return [other = std::move(other)](int i) {
    if (i % 2 == 1) return other(i);
    const auto number = std::to_string(i + 1);
    return fasting_insulin("412", day_of(i), "o" + number) + ",'specimen':{'reference':'Specimen/s" + number +
           "'},'encounter':{'reference':'Encounter/e" + number + "'}";
  };
}

struct Kind {
  const char* name;
  std::function<std::string(int)> resource;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

std::vector<Kind> kinds() {
  const auto id = [](int i) { return "r" + std::to_string(i); };
  const auto dated = [](int i) { return "'onsetDateTime':'" + day_of(i) + "','recordedDate':'" + day_of(i) + "'"; };
  const auto refuted = [=](int i) {
    const std::string word = i % 2 == 0 ? "refuted" : "confirmed";
    return condition(id(i), "73211009", dated(i) + ",'verificationStatus':{'coding':[{'code':'" + word + "'}]}");
  };
  const auto ended = [=](int i) {
    return condition(id(i), "77386006", dated(i) + ",'abatementDateTime':'" + day_of(i) + "'");
  };
  const auto glucose = [=](int i, const char* value) {
    return observation(id(i), "14749-6", quantity(value, "mmol/L"), day_of(i));
  };
  return {
      {"one diagnosis, refuted and confirmed", refuted},
      {"insulin and C-peptide",
       insulin_beside([=](int i) { return observation(id(i), "1986-9", quantity("1", "nmol/L"), day_of(i)); })},
      {"insulin and medicines", insulin_beside(medicine)},
      {"insulin and stays in hospital", insulin_beside(stay)},
      {"insulin and specimens", insulin_beside(specimen)},
      {"insulin and what explains it",
       insulin_beside([=](int i) { return condition(id(i), "47270006", "'onsetDateTime':'2010-01-01'"); })},
      {"low glucose and insulin", insulin_beside([=](int i) { return glucose(i, "2.1"); })},
      {"low and high glucose", [=](int i) { return glucose(i, i % 2 == 0 ? "2.1" : "8"); }},
      {"low glucose and medicines", [=](int i) { return i % 2 == 0 ? glucose(i, "2.1") : medicine(i); }},
      {"BMI and pregnancies",
       [=](int i) {
         return i % 2 == 0 ? observation(id(i), "39156-5", quantity("31", "kg/m2"), day_of(i * 3)) : ended(i);
       }},
      {"results of one time",
       [=](int i) { return observation(id(i), i % 2 == 0 ? "29463-7" : "4548-4", quantity("80", "kg")); }},
  };
}

double seconds_to_assess(const Kind& kind, int count) {
  std::vector<std::string> resources = {tests::woman_of_34};
  for (int i = 0; i < count; ++i) resources.push_back(kind.resource(i));
  const auto record = record_of(resources);
  double shortest = 1e9;
  for (int turn = 0; turn < 5; ++turn) {
    const std::clock_t began = std::clock();
    (void)assess(record, shipped(), today, {}, Trail::verdicts_only);
    shortest = std::min(shortest, static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
  }
  return shortest;
}

}  // namespace

class HostileRecord : public ::testing::TestWithParam<Kind> {};

// Eight times the record: a cost that grows with its square would be more than 64 times as high, because what does not
// fit into the caches takes longer besides.
TEST_P(HostileRecord, CostsInProportionToItsSize) {
  const double small = seconds_to_assess(GetParam(), 4000);
  EXPECT_LT(seconds_to_assess(GetParam(), 32000), small * 40);
}

INSTANTIATE_TEST_SUITE_P(Kinds, HostileRecord, ::testing::ValuesIn(kinds()));

TEST(HostileRecord, HasNoMoreThanTheLatest500InsulinResultsLookedAt) {
  std::vector<std::string> resources = {tests::woman_of_34, tests::bmi("24")};
  for (int i = 0; i < 499; ++i) resources.push_back(fasting_insulin("20", "2026-05-01", "n" + std::to_string(i)));
  resources.push_back(fasting_insulin("412", "2026-04-01", "raised"));
  EXPECT_EQ(tests::outcome_of(resources), "none");  // a later normal one speaks against it
  const auto all = assess(record_of(resources), shipped(), today);
  resources.push_back(fasting_insulin("20", "2026-05-02", "one-more"));
  const auto latest = assess(record_of(resources), shipped(), today);
  const auto is_said = [](const Assessment& assessment) {
    return std::any_of(assessment.unreadable.begin(), assessment.unreadable.end(), [](const fhir::Unreadable& one) {
      return one.reference == "Observation/raised" &&
             one.reason == "is older than the 500 latest results of its kind, which are all that is looked at";
    });
  };
  EXPECT_FALSE(is_said(all));
  EXPECT_TRUE(is_said(latest));
}

}  // namespace cards
