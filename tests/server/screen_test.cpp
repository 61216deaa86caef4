#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "fhir/json.h"
#include "tests/server/bodies.h"
#include "tests/server/packed_file.h"
#include "tests/server/population.h"
#include "tests/server/program.h"

// `sir-cds screen`, as somebody types it.

namespace {

using test::lines;
using test::run;
using test::somebody_flagged;
using test::Workplace;
using ::testing::HasSubstr;

test::Finished screen(std::vector<std::string> words) {
  words.insert(words.begin(), "screen");
  words.insert(words.end(), {"--today", "2026-06-15"});
  return run(words);
}

/// The ids of those whom an output names, in its order.
std::vector<std::string> people_in(const std::string& output) {
  std::vector<std::string> people;
  std::istringstream text(output);
  for (std::string line; std::getline(text, line);) {
    const auto document = fhir::read_document(line);
    people.emplace_back(document ? document->root()["patient"].string() : "not JSON");
  }
  return people;
}

std::int64_t number(const fhir::Document& summary, std::string_view group, std::string_view name) {
  const fhir::Json holder = group.empty() ? summary.root() : summary.root()[group];
  return static_cast<std::int64_t>(holder[name].number().value_or(-1));
}

/// Counts of a run, which always add up.
struct Counts {
  std::int64_t read;
  std::int64_t used;
  std::int64_t skipped;
  std::int64_t unreadable;
};

Counts counts_of(const Workplace& folder, const std::string& name = "summary.json") {
  const auto summary = fhir::read_document(folder.read(name));
  if (!summary) return {-1, -1, -1, -1};
  const Counts counts{number(*summary, "lines", "read"), number(*summary, "lines", "used"),
                      number(*summary, "lines", "skipped"), number(*summary, "lines", "unreadable")};
  EXPECT_EQ(counts.read, counts.used + counts.skipped + counts.unreadable);
  return counts;
}

TEST(Screen, FindsSomebodyWhoseRecordMeetsACriterion) {
  const Workplace folder;
  const auto file = folder.write("export.ndjson", somebody_flagged("17"));
  const auto finished = screen({file});
  EXPECT_EQ(finished.status, 0) << finished.errors;
  const auto line = fhir::read_document(finished.output);
  ASSERT_TRUE(line) << finished.output;
  const fhir::Json found = line->root();
  EXPECT_EQ(found["patient"].string(), "Patient/17");
  EXPECT_EQ(found["outcome"].string(), "nsirs-referral");
  EXPECT_EQ(found["criterion"].string(), "unexplained-severe-insulin-resistance");
  EXPECT_EQ(found["verdict"].string(), "met");
  EXPECT_EQ(found["because"]["verdict"].string(), "met");
  EXPECT_THAT(finished.output, HasSubstr(R"("evidence":["Observation/bmi-17","Observation/insulin-17"])"));
  EXPECT_TRUE(found["knowledge"]["digest"].string().starts_with("sha256:"));
  EXPECT_THAT(finished.errors, HasSubstr("3 lines read = 3 used + 0 skipped + 0 unreadable"));
  EXPECT_EQ(finished.errors.find("17"), std::string::npos) << "patient ids go to the output only";
}

TEST(Screen, TakesReferencesInEveryStyle) {
  const Workplace folder;
  const std::string id = "0d19f92b-ad68-4b82-ad57-000000000177";
  const std::vector<std::string> styles = {
      "{'reference':'Patient/" + id + "'}",
      "{'reference':'https://ehr.example/fhir/Patient/" + id + "'}",
      "{'reference':'Patient/" + id + "/_history/4'}",
      "{'reference':'urn:uuid:" + id + "'}",
      "{'identifier':{'system':'https://fhir.nhs.uk/Id/nhs-number','value':'nhs-" + id + "'}}",
      "{'reference':'Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|nhs-" + id + "'}"};
  for (const auto& style : styles) {
    folder.write("Observation.ndjson", lines({test::bmi("a", style), test::fasting_insulin("b", style)}));
    folder.write("Patient.ndjson", lines({test::patient(id), test::patient("another")}));
    const auto finished = screen({folder.path()});
    EXPECT_EQ(people_in(finished.output), std::vector<std::string>{"Patient/" + id}) << style << finished.errors;
  }
}

TEST(Screen, FollowsReferencesToOtherFiles) {
  const Workplace folder;
  folder.write("Patient.ndjson", lines({test::patient("1"), test::patient("2")}));
  folder.write("a.ndjson", lines({"{'resourceType':'MedicationRequest','id':'m','status':'active','intent':'order',"
                                  "'medicationReference':{'reference':'Medication/shared'},'subject':{'reference':"
                                  "'Patient/1'},'authoredOn':'2026-01-01','dosageInstruction':[{'doseAndRate':[{"
                                  "'doseQuantity':{'value':400,'unit':'U','system':'http://unitsofmeasure.org','code':"
                                  "'[iU]'}}],'timing':{'repeat':{'frequency':1,'period':1,'periodUnit':'d'}}}]}",
                                  "{'resourceType':'Observation','id':'w','status':'final','code':{'coding':[{'system':"
                                  "'http://loinc.org','code':'29463-7'}]},'subject':{'reference':'Patient/1'},"
                                  "'effectiveDateTime':'2026-05-14','valueQuantity':{'value':70,'unit':'kg','system':"
                                  "'http://unitsofmeasure.org','code':'kg'}}"}));
  folder.write("z.ndjson", lines({"{'resourceType':'Medication','id':'shared','code':{'coding':[{'system':"
                                  "'http://www.whocc.no/atc','code':'A10AB01'}]}}"}));
  EXPECT_EQ(people_in(screen({folder.path()}).output), std::vector<std::string>{"Patient/1"});
  folder.write("z.ndjson", "");
  EXPECT_EQ(screen({folder.path()}).output, "");
}

TEST(Screen, CountsEveryLineOnce) {
  const Workplace folder;
  folder.write("export.ndjson",
               somebody_flagged("1") + "\n" +
                   lines({"{'resourceType':'Claim','id':'c','patient':{'reference':'Patient/1'}}",
                          "{'resourceType':'Observation','id':'x','status':'final','code':{'coding':[{'system':"
                          "'http://loinc.org','code':'718-7'}]},'subject':{'reference':'Patient/1'}}",
                          "{'resourceType':'Condition','id':'g','code':{'coding':[{'system':'http://snomed.info/sct',"
                          "'code':'49292002'}]},'subject':{'reference':'Group/1'}}",
                          "{'resourceType':'Condition','id':'n','code':{'coding':[{'system':'http://snomed.info/sct',"
                          "'code':'49292002'}]}}",
                          "{'resourceType':'Observation','id':'broken','code':", "not JSON at all", "[1,2]",
                          "{'id':'nothing'}"}) +
                   R"({"resourceType":"Observation","id":"cut","code":{"coding":[{"sys)");
  const auto finished = screen({folder.path(), "--summary", folder.path("summary.json")});
  EXPECT_EQ(finished.status, 0) << finished.errors;
  const auto counts = counts_of(folder);
  EXPECT_EQ(counts.read, 13);
  EXPECT_EQ(counts.used, 3);
  EXPECT_EQ(counts.skipped, 4);
  EXPECT_EQ(counts.unreadable, 6);
  for (const std::string place : {"export.ndjson:8: does not say whose it is", "export.ndjson:9: is not valid JSON",
                                  "export.ndjson:10: is not valid JSON", "export.ndjson:11: is not a FHIR resource",
                                  "export.ndjson:12: is not a FHIR resource", "export.ndjson:13: is not valid JSON"}) {
    EXPECT_THAT(finished.errors, HasSubstr(place));
  }
  EXPECT_EQ(people_in(finished.output), std::vector<std::string>{"Patient/1"});
}

TEST(Screen, ReadsWhatIsWrittenInUnusualWays) {
  const Workplace folder;
  auto text = somebody_flagged("1");
  const auto replace = [&](std::string from, const std::string& to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  };
  replace(R"({"resourceType":"Observation","id":"insulin-1",)", R"({"id":"insulin-1","resourceType" : "Observation",)");
  replace("27873-9", R"(\u0032787\u0033-9)");
  replace(R"("code":"39156-5")", R"("code" :  "39156-5")");
  replace("\n", "\r\n");
  folder.write("export.ndjson", "\xEF\xBB\xBF" + text);
  const auto finished = screen({folder.path()});
  EXPECT_EQ(people_in(finished.output), std::vector<std::string>{"Patient/1"}) << finished.errors;
}

TEST(Screen, PassesOverALineThatIsTooLong) {
  const Workplace folder;
  const auto file = folder.write("export.ndjson", R"({"resourceType":"Observation","id":")");
  std::filesystem::resize_file(file, 200'000'000);
  std::ofstream(file, std::ios::app) << "\n" << somebody_flagged("1");
  const auto finished = screen({file, "--summary", folder.path("summary.json")});
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.errors, HasSubstr("export.ndjson:1: is longer than a line may be"));
  EXPECT_EQ(people_in(finished.output), std::vector<std::string>{"Patient/1"});
  EXPECT_EQ(counts_of(folder).read, 4);
  EXPECT_EQ(counts_of(folder).unreadable, 1);
}

TEST(Screen, ReadsGzipAndSaysWhereOneEndsEarly) {
  const Workplace folder;
  std::string many;
  for (int i = 0; i < 200; ++i) many += somebody_flagged(std::to_string(i));
  test::write_packed(folder.path("whole.ndjson.gz"), many);
  const auto whole = screen({folder.path()});
  EXPECT_EQ(whole.status, 0) << whole.errors;
  EXPECT_EQ(people_in(whole.output).size(), 200U);

  const auto path = folder.path("whole.ndjson.gz");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  folder.write("other.ndjson", somebody_flagged("other"));
  const auto cut =
      screen({folder.path(), "--summary", folder.path("summary.json"), "--report", folder.path("report.html")});
  EXPECT_EQ(cut.status, 1);
  EXPECT_THAT(cut.errors, HasSubstr("INCOMPLETE"));
  EXPECT_THAT(folder.read("summary.json"), HasSubstr("\"complete\": false"));
  EXPECT_THAT(folder.read("report.html"), HasSubstr("INCOMPLETE"));
  EXPECT_THAT(cut.errors, HasSubstr("whole.ndjson.gz: ends in the middle of a gzip stream"));
  const auto people = people_in(cut.output);
  EXPECT_GT(people.size(), 10U);
  EXPECT_LT(people.size(), 200U);
  EXPECT_NE(std::find(people.begin(), people.end(), "Patient/other"), people.end()) << "the rest goes on";
  EXPECT_LE(counts_of(folder).unreadable, 1);
}

TEST(Screen, SaysWhichInputIsNotThereAndGoesOn) {
  const Workplace folder;
  const auto file = folder.write("export.ndjson", somebody_flagged("1"));
  const auto finished = screen({file, folder.path("gone.ndjson")});
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.errors, HasSubstr("gone.ndjson: is not there"));
  EXPECT_EQ(people_in(finished.output), std::vector<std::string>{"Patient/1"});
  // A file that vanishes behind the listing: a link that leads nowhere.
  std::filesystem::create_symlink(folder.path("gone"), folder.path("link.ndjson"));
  const auto vanished = screen({folder.path()});
  EXPECT_EQ(vanished.status, 1);
  EXPECT_THAT(vanished.errors, HasSubstr("link.ndjson: cannot be opened"));
  EXPECT_EQ(people_in(vanished.output), std::vector<std::string>{"Patient/1"});
  EXPECT_EQ(screen({folder.path("nowhere")}).status, 1);
}

TEST(Screen, WritesItsOutputWholeOrNotAtAll) {
  const Workplace folder;
  const auto file = folder.write("export.ndjson", somebody_flagged("1"));
  const auto full = screen({file, "--out", "/dev/full"});
  EXPECT_EQ(full.status, 1);
  EXPECT_THAT(full.errors, HasSubstr("/dev/full: cannot be written: No space left on device"));
  const auto nowhere = screen({file, "--out", folder.path("no/such/folder.ndjson")});
  EXPECT_EQ(nowhere.status, 1);
  const auto written = screen({file, "--out", folder.path("found.ndjson")});
  EXPECT_EQ(written.status, 0);
  EXPECT_EQ(written.output, "");
  EXPECT_EQ(people_in(folder.read("found.ndjson")), std::vector<std::string>{"Patient/1"});
  EXPECT_FALSE(std::filesystem::exists(folder.path("found.ndjson.partial")));
}

TEST(Screen, GivesTheSameBytesForAnyThreadsAndAnyOrderOfLines) {
  const Workplace folder;
  ASSERT_TRUE(test::generate(folder.path("people"), 300));
  const auto one = screen({folder.path("people"), "--threads", "1"});
  EXPECT_EQ(one.status, 0) << one.errors;
  EXPECT_EQ(people_in(one.output).size(), 1U);
  EXPECT_EQ(screen({folder.path("people"), "--threads", "5"}).output, one.output);

  std::vector<std::string> all;
  for (const auto& file : std::filesystem::directory_iterator(folder.path("people"))) {
    if (file.path().extension() != ".ndjson") continue;
    std::istringstream text(test::read_file(file.path().string()));
    for (std::string line; std::getline(text, line);) all.push_back(line);
  }
  std::shuffle(all.begin(), all.end(), std::mt19937(7));
  std::string text;
  for (const auto& line : all) text += line + "\n";
  EXPECT_EQ(screen({folder.write("shuffled.ndjson", text)}).output, one.output);
  EXPECT_EQ(screen({folder.path("people"), "--strict"}).output, one.output) << "no line is lost by looking at bytes";
}

TEST(Screen, FindsEverybodyPlantedAndNobodyElse) {
  const Workplace folder;
  ASSERT_TRUE(test::generate(folder.path("people"), 2500, {"--gzip"}));
  const auto finished = screen({folder.path("people")});
  EXPECT_EQ(finished.status, 0) << finished.errors;
  const auto truth = fhir::read_document(folder.read("people/truth.json"));
  ASSERT_TRUE(truth);
  std::map<std::string, std::string> planted;
  for (const fhir::Json one : truth->root()["planted"]) planted["Patient/" + std::string(one.name())] = one.string();
  std::map<std::string, std::string> found;
  std::istringstream text(finished.output);
  for (std::string line; std::getline(text, line);) {
    const auto document = *fhir::read_document(line);
    found.emplace(document.root()["patient"].string(), document.root()["outcome"].string());
  }
  EXPECT_EQ(found, planted);
  EXPECT_EQ(planted.size(), 10U);
}

TEST(Screen, FlagsNobodyInThePublicExport) {
  if (test::shared_folder().empty()) GTEST_SKIP() << "there is no ../shared";
  const auto finished = screen({test::shared_folder() + "/data/bulk"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.output, "");
  EXPECT_THAT(finished.errors, HasSubstr("180 people:"));
}

TEST(Screen, RanksTheWorklistByUrgency) {
  const Workplace folder;
  const std::string subject = "{'reference':'Patient/b'}";
  folder.write(
      "export.ndjson",
      somebody_flagged("a") +
          lines({test::patient("b"),
                 "{'resourceType':'Observation','id':'ab','status':'final','code':{'text':'Insulin receptor "
                 "antibodies'},'subject':{'reference':'Patient/b'},'effectiveDateTime':'2026-05-14',"
                 "'valueCodeableConcept':{'coding':[{'system':'http://snomed.info/sct','code':'10828004'}]}}"}));
  const auto finished = screen({folder.path(), "--worklist", folder.path("list.csv")});
  const auto list = folder.read("list.csv");
  EXPECT_EQ(people_in(finished.output), (std::vector<std::string>{"Patient/a", "Patient/b"}));
  EXPECT_THAT(list, HasSubstr("1,\"critical\",\"type-b-confirmed\",\"type-b-confirmed\",\"Patient/b\",36,\"male\""));
  EXPECT_THAT(list, HasSubstr("2,\"warning\",\"nsirs-referral\""));
}

TEST(Screen, TellsNoSmallNumbersInItsReport) {
  const Workplace folder;
  std::string people;
  for (int i = 0; i < 37; ++i) people += lines({test::patient("p" + std::to_string(i))});
  folder.write("export.ndjson", people + somebody_flagged("a") + lines({"{'resourceType':'<b>"}));
  const auto finished =
      screen({folder.path(), "--report", folder.path("report.html"), "--summary", folder.path("s.json")});
  EXPECT_EQ(finished.status, 0) << finished.errors;
  const auto html = folder.read("report.html");
  EXPECT_THAT(html, HasSubstr("fewer than 10"));
  EXPECT_THAT(html, HasSubstr(">40<"));
  EXPECT_EQ(html.find(">38<"), std::string::npos);
  EXPECT_EQ(html.find("Patient/"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos) << "nothing comes from elsewhere";
  EXPECT_THAT(html, HasSubstr("DRAFT"));
  EXPECT_THAT(html, HasSubstr("<strong>fewer than 10</strong> of 40 people judged"));
  const auto summary = folder.read("s.json");
  for (const std::string told : {"\"nsirs-referral\": null", "\"none\": 35", "\"judged\": 40", "\"flagged\": null"}) {
    EXPECT_THAT(summary, HasSubstr(told)) << "no number can be worked out from the others";
  }
  const auto told = screen({folder.path(), "--report", folder.path("report.html"), "--suppress-below", "0"});
  EXPECT_THAT(folder.read("report.html"), HasSubstr(">38<"));
}

TEST(Screen, ReportsOutcomesAgesCompletenessAndWhatCouldNotBeRead) {
  const Workplace folder;
  const std::string subject = "{'reference':'Patient/b'}";
  auto stranger = test::fasting_insulin("x", subject);
  for (auto at = stranger.find("pmol/L"); at != std::string::npos; at = stranger.find("pmol/L")) {
    stranger.replace(at, 6, "furlong");
  }
  folder.write("export.ndjson", somebody_flagged("a") + lines({test::patient("b"), stranger, "{'resourceType':'<b>"}));
  const auto finished = screen({folder.path(), "--report", folder.path("report.html"), "--suppress-below", "0"});
  EXPECT_EQ(finished.status, 0) << finished.errors;
  const auto html = folder.read("report.html");
  const std::string cell = "</td><td class=\"number\">";
  for (const std::string& part :
       {std::string("<strong>1</strong> of 2 people judged are on the list"),
        "<th scope=\"row\">30 to 39</th><td class=\"number\">0" + cell + "0" + cell + "2" + cell + "1" + cell + "0" +
            cell + "0</td>",
        std::string("NSIRS referral criterion met"), std::string("<th scope=\"row\">Nothing found</th>"),
        std::string(">body mass index</text>"), std::string(">1 (50.0 %)</text>"),
        std::string(">insulin result</text>"), std::string(">2 (100.0 %)</text>"),
        std::string(">a result with a unit that cannot be read</text>"), std::string("has a unit code that is not"),
        std::string("<td class=\"number\">5</td>"), std::string("export.ndjson:6</th>"),
        std::string("is not valid JSON"), std::string("Method and limits"), std::string("it is no screening programme"),
        std::string("<svg role=\"img\"")}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_EQ(html.find("INCOMPLETE"), std::string::npos);
  EXPECT_EQ(html.find("furlong"), std::string::npos) << "nothing of a record stands in a report";
}

TEST(Screen, SaysWhomAnotherKnowledgeWouldFlag) {
  const Workplace folder;
  const auto file = folder.write("export.ndjson", somebody_flagged("a"));
  const std::string other = folder.path("knowledge");
  std::filesystem::copy(std::string(SIR_SOURCE_DIR) + "/cards/knowledge", other,
                        std::filesystem::copy_options::recursive);
  const std::string limit = "knowledge/definitions/adult-bmi-limit.json";
  auto text = folder.read(limit);
  const std::string below = "\"below\": ";
  const auto at = text.find(below + "30");
  ASSERT_NE(at, std::string::npos) << text;
  folder.write(limit, text.replace(at + below.size(), 2, "20"));
  const auto finished = screen({file, "--out", folder.path("found.ndjson"), "--compare", other});
  EXPECT_EQ(finished.status, 0) << finished.errors;
  EXPECT_THAT(folder.read("found.ndjson.compare.csv"), HasSubstr("\"Patient/a\",\"nsirs-referral\",\"\""));
  EXPECT_THAT(finished.errors, HasSubstr("people who differ by the knowledge in " + other + ": 1"));
}

TEST(Screen, RefusesWhatMakesNoSense) {
  EXPECT_EQ(screen({}).status, 1);
  EXPECT_THAT(screen({}).errors, HasSubstr("needs files or folders"));
  EXPECT_THAT(screen({"x.ndjson", "--resume"}).errors, HasSubstr("needs --out"));
  EXPECT_THAT(screen({"x.ndjson", "--grouped"}).errors, HasSubstr("reads standard input"));
}

}  // namespace
