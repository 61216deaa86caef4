#include "cards/case.h"

#include <gtest/gtest.h>

#include "cards/case_code.h"
#include "cards/case_words.h"
#include "cards/check.h"
#include "cards/mutation.h"
#include "tests/cards/support.h"

namespace cards::tests {
namespace {

// ---- the cases of the knowledge

// One test, because the report takes seconds and every test is a program run of its own.
TEST(Cases, AllPassAndShowEveryVerdictOfEveryLeafAndNoticeEveryChangeOfTheKnowledge) {
  const auto report = check(shipped_folder(), shipped());
  ASSERT_EQ(report.fault, "");
  for (const auto& one : report.criteria) EXPECT_GT(one.cases, 0u) << one.criterion;
  for (const auto& one : report.failures) ADD_FAILURE() << one.file << ": " << one.id << ": " << one.complaint;
  for (const auto& one : report.unseen) {
    ADD_FAILURE() << "never seen " << name_of(one.verdict) << " in " << one.owner << ": " << one.text;
  }
  for (const auto& one : report.survivors) {
    ADD_FAILURE() << "unnoticed: " << one.file << ": " << one.path << ": " << one.change;
  }
  EXPECT_GT(report.mutants, 600u);
  EXPECT_LT(report.refused, report.mutants / 10);
  EXPECT_TRUE(report.passed());
}

TEST(Cases, PassOrFailTheSameWithAndWithoutSentences) {
  const auto cases = read_cases(shipped_folder(), shipped());
  ASSERT_TRUE(cases);
  for (auto one : *cases) {
    const auto record = cards::record_of(one, shipped());
    ASSERT_TRUE(record) << one.id;
    EXPECT_EQ(passes(one, *record, shipped()), run(one, *record, shipped()).as_expected()) << one.id;
    one.expected.outcome = one.expected.outcome == "none" ? "explained" : "none";
    EXPECT_FALSE(passes(one, *record, shipped())) << one.id;
    EXPECT_FALSE(run(one, *record, shipped()).as_expected()) << one.id;
  }
}

// ---- one case, spelt out

constexpr std::string_view lipodystrophy_head = "{'criterion':'lipodystrophy','today':'2026-06-15','cases':[";

Folder with_cases(const std::string& cases) {
  auto folder = shipped_folder();
  folder["cases/lipodystrophy.json"] = json(std::string(lipodystrophy_head) + cases + "]}");
  return folder;
}

Case only_case(const std::string& given, const std::string& expect) {
  const auto cases =
      read_cases(with_cases("{'id':'Z1','name':'n','given':" + given + ",'expect':" + expect + "}"), shipped());
  if (!cases) throw std::runtime_error(cases.error().where + ": " + cases.error().what);
  for (const auto& one : *cases) {
    if (one.id == "Z1") return one;
  }
  throw std::runtime_error("Z1 is not there");
}

const std::string expect_none = "{'outcome':'none'}";

TEST(Case, BecomesAWholeRequest) {
  const auto one = only_case(
      "{'age':'34 a','sex':'female','bmi':['24 kg/m2'],'insulin':['25.0 mIU/L fasting range 3-15 on 2026-05-14'],"
      "'conditions':['acanthosis-nigricans provisional from 2019']}",
      expect_none);
  EXPECT_EQ(
      one.request,
      json("{'hook':'patient-view','hookInstance':'7f2d1c9e-5b0a-4a57-9f5c-2d8f1c3f0b11','context':{'userId':"
           "'Practitioner/case','patientId':'case'},'prefetch':{'patient':{'resourceType':'Patient','id':'case',"
           "'gender':'female','birthDate':'1992-05-16'},'observations':{'resourceType':'Bundle','type':'searchset',"
           "'entry':[{'resource':{'resourceType':'Observation','id':'bmi-1','status':'final','code':{'coding':[{"
           "'system':'http://loinc.org','code':'39156-5','display':'Body mass index (BMI) [Ratio]'}]},'subject':{"
           "'reference':'Patient/case'},'effectiveDateTime':'2026-05-16','valueQuantity':{'value':24,'unit':"
           "'kg/m2','system':'http://unitsofmeasure.org','code':'kg/m2'}}},{'resource':{'resourceType':"
           "'Observation','id':'insulin-2','status':'final','code':{'coding':[{'system':'http://loinc.org','code':"
           "'27873-9'}]},'subject':{'reference':'Patient/case'},'effectiveDateTime':'2026-05-14','valueQuantity':{"
           "'value':25.0,'unit':'mIU/L','system':'http://unitsofmeasure.org','code':'m[IU]/L'},'referenceRange':[{"
           "'low':{'value':3,'unit':'mIU/L','system':'http://unitsofmeasure.org','code':'m[IU]/L'},'high':{"
           "'value':15,'unit':'mIU/L','system':'http://unitsofmeasure.org','code':'m[IU]/L'}}]}}]},'conditions':{"
           "'resourceType':'Bundle','type':'searchset','entry':[{'resource':{'resourceType':'Condition','id':"
           "'condition-3','verificationStatus':{'coding':[{'system':"
           "'http://terminology.hl7.org/CodeSystem/condition-ver-status','code':'provisional'}]},'code':{'coding':[{"
           "'system':'http://snomed.info/sct','code':'402599005','display':'Acanthosis nigricans'}]},'subject':{"
           "'reference':'Patient/case'},'onsetDateTime':'2019'}}]},'medications':{'resourceType':'Bundle','type':"
           "'searchset','entry':[]},'familyHistory':{'resourceType':'Bundle','type':'searchset','entry':[]},"
           "'referrals':{'resourceType':'Bundle','type':'searchset','entry':[]}}}"));
}

TEST(Case, IsTheAgeThatItSaysOnTheDayOfTheBmi) {
  const auto born = [](const std::string& given) {
    const auto request = only_case(given, expect_none).request;
    const auto at = request.find("birthDate") + 12;
    return request.substr(at, request.find('"', at) - at);
  };
  EXPECT_EQ(born("{'age':'18 a','bmi':['33.9 kg/m2']}"), "2008-05-16");
  EXPECT_EQ(born("{'age':'18 a','bmi':['33.9 kg/m2 on 2024-02-29']}"), "2006-02-28");
  EXPECT_EQ(born("{'age':'17 a 10 mo','weight':['60 kg']}"), "2008-07-16");
  EXPECT_EQ(born("{'age':'8 mo'}"), "2025-10-15");
  EXPECT_EQ(born("{'age':'73 d'}"), "2026-04-03");
  EXPECT_EQ(born("{'born':'2008-06'}"), "2008-06");
}

TEST(Case, SaysWhatIsNotAsExpected) {
  const std::string given = "{'age':'47 a','sex':'female','bmi':['33 kg/m2'],'conditions':['lipodystrophy-partial']}";
  const auto complaint = [&](const std::string& expect) { return run(only_case(given, expect), shipped()).complaint; };
  EXPECT_EQ(complaint("{'outcome':'nsirs-referral','indicator':'warning','verdict':'met'}"), "");
  EXPECT_EQ(complaint(expect_none), "the outcome is nsirs-referral (by lipodystrophy), expected none");
  EXPECT_EQ(complaint("{'outcome':'nsirs-referral','indicator':'info'}"),
            "the indicator is \"warning\", expected \"info\"");
  EXPECT_EQ(complaint("{'outcome':'nsirs-referral','indicator':'warning','verdict':'not-met'}"),
            "the verdict of lipodystrophy is met, expected not-met");
  EXPECT_EQ(complaint("{'outcome':'nsirs-referral','indicator':'warning','criteria':{'already-known':'met'}}"),
            "the verdict of already-known is unknown, expected met");
  EXPECT_EQ(complaint("{'outcome':'nsirs-referral','indicator':'warning','card_says':['a unicorn']}"),
            "the card does not say \"a unicorn\"");
  EXPECT_EQ(complaint("{'outcome':'nsirs-referral','indicator':'warning','card_does_not_say':['NSIRS']}"),
            "the card says \"NSIRS\"");
}

TEST(Case, TellsWhatCameOut) {
  const auto result =
      run(only_case("{'age':'47 a','sex':'female','conditions':['lipodystrophy-partial']}", expect_none), shipped());
  EXPECT_EQ(result.outcome, "nsirs-referral");
  EXPECT_EQ(result.indicator, "warning");
  EXPECT_EQ(result.decided_by, "lipodystrophy");
  EXPECT_EQ(result.topics, std::vector<std::string>{"nsirs-referral"});
  EXPECT_FALSE(result.as_expected());
}

TEST(Case, WithoutThePatientIsARequestThatIsRefused) {
  const auto result = run(only_case("{'not_sent':['patient']}", expect_none), shipped());
  EXPECT_EQ(result.complaint,
            "the request is refused: prefetch.patient is needed and could not be had (prefetch.patient: not sent)");
}

// ---- case files that are refused

std::string refusal(const std::string& cases) {
  const auto read = read_cases(with_cases(cases), shipped());
  return read ? std::string() : read.error().where + ": " + read.error().what;
}

std::string refusal_of_given(const std::string& given) {
  return refusal("{'id':'Z1','name':'n','given':" + given + ",'expect':{'outcome':'none'}}");
}

std::string refusal_of_expect(const std::string& expect) {
  return refusal("{'id':'Z1','name':'n','given':{},'expect':" + expect + "}");
}

TEST(CaseFile, MayNotHaveAWordThatIsNotKnown) {
  EXPECT_EQ(refusal_of_given("{'insuline':['300 pmol/L fasting']}"),
            "cases/lipodystrophy.json: Z1: given: insuline: is not a word that is known here");
  EXPECT_EQ(refusal_of_given("{'insulin':['300 pmol/L fastin']}"),
            "cases/lipodystrophy.json: Z1: given: insulin: \"300 pmol/L fastin\" does not say how the sample was "
            "taken: fasting, fasting not stated, not fasting, ogtt …");
  EXPECT_EQ(refusal_of_given("{'insulin':['300 pmol/L fasting yesterday']}"),
            "cases/lipodystrophy.json: Z1: given: insulin: \"300 pmol/L fasting yesterday\" has the unknown word "
            "\"yesterday\"");
  EXPECT_EQ(refusal_of_given("{'bmi':['24 kg/m2 on']}"),
            "cases/lipodystrophy.json: Z1: given: bmi: \"24 kg/m2 on\" ends too early");
  EXPECT_EQ(refusal_of_given("{'bmi':['heavy']}"),
            "cases/lipodystrophy.json: Z1: given: bmi: \"heavy\" ends too early");
  EXPECT_EQ(refusal_of_given("{'bmi':'24 kg/m2'}"),
            "cases/lipodystrophy.json: Z1: given: bmi: is not a list of sentences");
  EXPECT_EQ(refusal_of_given("{'bmi':[24]}"), "cases/lipodystrophy.json: Z1: given: bmi: is not a list of sentences");
  EXPECT_EQ(refusal("{'id':'Z1','name':'n','givn':{},'given':{},'expect':{'outcome':'none'}}"),
            "cases/lipodystrophy.json: Z1: givn: is not a word that is known here");
}

TEST(CaseFile, MayNotNameCodesThatAreNotThere) {
  EXPECT_EQ(refusal_of_given("{'conditions':['acanthosis']}"),
            "cases/lipodystrophy.json: Z1: given: conditions: \"acanthosis\" names neither a value set nor a code: "
            "\"acanthosis\"");
  EXPECT_EQ(refusal_of_given("{'conditions':['readv2|M2108']}"),
            "cases/lipodystrophy.json: Z1: given: conditions: \"readv2|M2108\" names neither a value set nor a code: "
            "\"readv2|M2108\"");
  EXPECT_EQ(refusal_of_given("{'medicines':['insulin 40 U sometimes']}"),
            "cases/lipodystrophy.json: Z1: given: medicines: \"insulin 40 U sometimes\" has the unknown word "
            "\"sometimes\"");
  EXPECT_EQ(refusal_of_given("{'referrals':['NSIRS gone']}"),
            "cases/lipodystrophy.json: Z1: given: referrals: \"NSIRS gone\" does not end with a status");
  EXPECT_EQ(
      refusal_of_given("{'antibodies':['insulin receptor antibodies']}"),
      "cases/lipodystrophy.json: Z1: given: antibodies: \"insulin receptor antibodies\" says neither positive nor "
      "negative of a test");
  EXPECT_EQ(refusal_of_given("{'not_sent':['everything']}"),
            "cases/lipodystrophy.json: Z1: given: not_sent: \"everything\" is no prefetch key");
}

TEST(CaseFile, MayNotContradictItselfAboutThePatient) {
  EXPECT_EQ(refusal_of_given("{'age':'34 a','born':'1992'}"),
            "cases/lipodystrophy.json: Z1: given: age: stands beside \"born\"");
  EXPECT_EQ(refusal_of_given("{'age':'34 years'}"),
            "cases/lipodystrophy.json: Z1: given: age: \"34 years\" has the unknown word \"years\"");
  EXPECT_EQ(refusal_of_given("{'born':'soon'}"), "cases/lipodystrophy.json: Z1: given: born: is not a date");
  EXPECT_EQ(refusal_of_given("{'sex':'f'}"),
            "cases/lipodystrophy.json: Z1: given: sex: is none of female, male, other, unknown");
}

TEST(CaseFile, MustExpectWhatThisProgramCanSay) {
  EXPECT_EQ(refusal_of_expect("{'outcome':'refer'}"),
            "cases/lipodystrophy.json: Z1: expect: outcome: is no outcome that this program has");
  EXPECT_EQ(refusal_of_expect("{'outcome':'nsirs-referral'}"),
            "cases/lipodystrophy.json: Z1: expect: indicator: is missing");
  EXPECT_EQ(refusal_of_expect("{'outcome':'none','indicator':'info'}"),
            "cases/lipodystrophy.json: Z1: expect: indicator: is given for an outcome without a card");
  EXPECT_EQ(refusal_of_expect("{'outcome':'none','verdict':'maybe'}"),
            "cases/lipodystrophy.json: Z1: expect: verdict: is none of met, not-met, unknown");
  EXPECT_EQ(refusal_of_expect("{'outcome':'none','criteria':{'lipodistrophy':'met'}}"),
            "cases/lipodystrophy.json: Z1: expect: criteria: names the unknown criterion \"lipodistrophy\"");
  EXPECT_EQ(refusal_of_expect("{'outcome':'none','reason':'x'}"),
            "cases/lipodystrophy.json: Z1: expect: reason: is not a word that is known here");
}

TEST(CaseFile, MayNotUseAnIdTwice) {
  const std::string one = "{'id':'Z1','name':'n','given':{},'expect':{'outcome':'none'}}";
  EXPECT_EQ(refusal(one + "," + one), "cases/lipodystrophy.json: Z1: has the id of another case");
}

TEST(CaseFile, MustBelongToItsCriterionAndNameADay) {
  auto folder = shipped_folder();
  const auto said = [&](const std::string& text) {
    folder["cases/lipodystrophy.json"] = json(text);
    const auto read = read_cases(folder, shipped());
    return read ? std::string() : read.error().where + ": " + read.error().what;
  };
  EXPECT_EQ(said("{'criterion':'acanthosis-nigricans','today':'2026-06-15','cases':[]}"),
            "cases/lipodystrophy.json: criterion: is not the name of the file");
  EXPECT_EQ(said("{'criterion':'lipodystrophy','today':'today','cases':[]}"),
            "cases/lipodystrophy.json: today: is not a day");
}

// ---- codes and words

TEST(CaseCode, IsThePlainestOfItsValueSet) {
  const auto& codes = shipped().content().codes;
  EXPECT_EQ(plainest_member(codes, "acanthosis-nigricans", "http://snomed.info/sct")->code, "402599005");
  EXPECT_EQ(plainest_member(codes, "body-mass-index", "http://loinc.org")->code, "39156-5");
  EXPECT_EQ(plainest_member(codes, "no-such-set", "http://loinc.org"), nullptr);
}

TEST(CaseCode, OfInsulinIsInTheSetThatSaysTheSame) {
  const auto& codes = shipped().content().codes;
  const auto is_in = [&](std::string_view code, std::string_view set) {
    return codes.sets_of(fhir::Coding{"http://loinc.org", code, {}}).test(codes.position(set));
  };
  EXPECT_TRUE(is_in("59179-2", "insulin-fasting") && is_in("27873-9", "insulin-fasting"));
  EXPECT_TRUE(is_in("14796-7", "insulin-unspecified") && is_in("20448-7", "insulin-unspecified"));
}

TEST(CaseSentence, IsTakenWordByWord) {
  CaseSentence in("300  pmol/L fasting not stated on 2026-05");
  EXPECT_EQ(in.number(), "300");
  EXPECT_EQ(in.word(), "pmol/L");
  EXPECT_FALSE(
      in.take("fasting not"
              " written"));
  EXPECT_TRUE(in.take("fasting not stated"));
  EXPECT_EQ(in.number(), "");
  EXPECT_TRUE(in.take("on"));
  EXPECT_EQ(in.date(), "2026-05");
  EXPECT_TRUE(in.at_end());
}

TEST(CaseSentence, TakesNumbersThatAreJsonNumbers) {
  for (const auto* good : {"0", "-5", "12.50", "0.1"}) EXPECT_EQ(CaseSentence(good).number(), good);
  for (const auto* bad : {"", "05", "1.", ".5", "1e3", "12a", "-", "--1"})
    EXPECT_EQ(CaseSentence(bad).number(), "") << bad;
}

// ---- mutants

std::vector<Mutant> mutants_of_file(const std::string& file, const std::string& text) {
  return *mutants_of(Folder{{file, json(text)}});
}

std::vector<std::string> changes(const std::vector<Mutant>& mutants) {
  std::vector<std::string> told;
  for (const auto& mutant : mutants) told.push_back(mutant.path + ": " + mutant.change);
  return told;
}

TEST(Mutants, OfAParameterAreHalfTwiceAndAStepToEitherSide) {
  const auto mutants =
      mutants_of_file("facts/x.json", "{'id':'x','parameters':{'near':{'value':2.5,'unit':'1','source':'s'}}}");
  EXPECT_EQ(changes(mutants), (std::vector<std::string>{
                                  "parameters.near.value: 2.5 becomes 1.25", "parameters.near.value: 2.5 becomes 5",
                                  "parameters.near.value: 2.5 becomes 2.6", "parameters.near.value: 2.5 becomes 2.4"}));
  EXPECT_EQ(mutants.front().text, json("{'id':'x','parameters':{'near':{'value':1.25,'unit':'1','source':'s'}}}"));
}

TEST(Mutants, OfAUnitVaryItsFactorsAndOfAnAnalyteWhatIsPossible) {
  const auto mutants = mutants_of_file(
      "units.json", "{'analytes':[{'plausible':{'at_most':50},'units':[{'factor':0.05550622},{'offset':-23.5}]}]}");
  const std::string factor = "analytes[0].units[0].factor: 0.05550622 becomes ";
  EXPECT_EQ(
      changes(mutants),
      (std::vector<std::string>{
          "analytes[0].plausible.at_most: 50 becomes 25", "analytes[0].plausible.at_most: 50 becomes 100",
          "analytes[0].plausible.at_most: 50 becomes 51", "analytes[0].plausible.at_most: 50 becomes 49",
          factor + "0.02775311", factor + "0.11101244", factor + "0.05556172622", factor + "0.05545071378",
          "analytes[0].units[1].offset: -23.5 becomes -11.75", "analytes[0].units[1].offset: -23.5 becomes -47",
          "analytes[0].units[1].offset: -23.5 becomes -23.4", "analytes[0].units[1].offset: -23.5 becomes -23.6"}));
}

TEST(Mutants, OfAComparisonChangeItsWordToo) {
  const auto mutants = mutants_of_file("definitions/x.json", "{'when':{'measure':'bmi','below':30,'unit':'kg/m2'}}");
  ASSERT_EQ(mutants.size(), 5u);
  EXPECT_EQ(mutants.front().change, "below becomes at_most");
  EXPECT_EQ(mutants.front().text, json("{'when':{'measure':'bmi','at_most':30,'unit':'kg/m2'}}"));
}

TEST(Mutants, LeaveOutPartsAndWordsWhereOthersAreLeft) {
  EXPECT_EQ(changes(mutants_of_file("criteria/x.json",
                                    "{'when':{'all':[{'recorded':'a'},{'finding':'b','is':['c','d']},{'any':[{"
                                    "'recorded':'e'}]}]}}")),
            (std::vector<std::string>{"when.all[0]: the part is left out", "when.all[1]: the part is left out",
                                      "when.all[2]: the part is left out", "when.all[1].is[0]: \"c\" is left out",
                                      "when.all[1].is[1]: \"d\" is left out"}));
}

TEST(Mutants, CountPointsUpAndDown) {
  EXPECT_EQ(changes(mutants_of_file("definitions/x.json",
                                    "{'when':{'points_at_least':4,'for':[{'points':2,'title':'t','when':{'recorded':"
                                    "'a'}}],'against':[]}}")),
            (std::vector<std::string>{"when.points_at_least: 4 becomes 5", "when.points_at_least: 4 becomes 3",
                                      "when.for[0].points: 2 becomes 3", "when.for[0].points: 2 becomes 1"}));
}

TEST(Mutants, AreMadeOfClinicalFilesOnly) {
  EXPECT_TRUE(mutants_of_file("knowledge.json", "{'format':1,'when':{'measure':'bmi','below':30}}").empty());
  EXPECT_TRUE(mutants_of_file("cases/x.json", "{'when':{'measure':'bmi','below':30}}").empty());
}

// ---- the report

TEST(Check, NoticesAThresholdThatNoCaseTries) {
  auto folder = with_cases("{'id':'Z1','name':'n','given':{'age':'47 a'},'expect':{'outcome':'none'}}");
  for (auto& [name, text] : folder) {
    if (name.starts_with("cases/") && name != "cases/unexplained-severe-insulin-resistance.json") {
      const auto criterion = name.substr(6, name.size() - 11);
      text = json("{'criterion':'" + criterion + "','today':'2026-06-15','cases':[{'id':'" + criterion +
                  "','name':'n','given':{'age':'47 a'},'expect':{'outcome':'none'}}]}");
    }
  }
  const auto poor = check(folder, shipped());
  EXPECT_TRUE(poor.failures.empty());
  EXPECT_FALSE(poor.survivors.empty());
  EXPECT_FALSE(poor.unseen.empty());
  EXPECT_FALSE(poor.passed());
  EXPECT_NE(in_words(poor).find("UNNOTICED definitions/type-b-points.json: when.points_at_least: 4 becomes 5"),
            std::string::npos);
}

TEST(Check, TriesNoMutantsWhileACaseFails) {
  const auto bad =
      check(with_cases("{'id':'Z1','name':'n','given':{'age':'47 a','conditions':['lipodystrophy-partial']},"
                       "'expect':{'outcome':'none'}}"),
            shipped());
  ASSERT_EQ(bad.failures.size(), 1u);
  EXPECT_EQ(bad.mutants, 0u);
  EXPECT_NE(in_words(bad).find("FAILED cases/lipodystrophy.json: Z1: the outcome is nsirs-referral (by lipodystrophy), "
                               "expected none\n"),
            std::string::npos);
}

TEST(Check, SaysWhyTheCasesCannotBeRead) {
  const auto bad = check(with_cases("{'id':'Z1'}"), shipped());
  EXPECT_EQ(in_words(bad), "The cases cannot be read: cases/lipodystrophy.json: Z1: name: is missing\n");
  EXPECT_FALSE(bad.passed());
}

}  // namespace
}  // namespace cards::tests
