#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "fhir/json.h"
#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Group G of the conformance checklist: what stands in an answer. Each rule is held against every card that the shipped
// criteria give. What a JSON Schema can say stands in tests/schemas/response.json: CH-135 indicators, CH-136 sources,
// CH-140 selectionBehavior, CH-143 and CH-144 actions, CH-147 and CH-148 links, CH-149 and CH-150 no members of 3.0,
// CH-151 override reasons, CH-152 topics, CH-154 no systemActions.

namespace {

using fhir::Json;
using fhir::JsonType;

std::string answer_to(const test::Call& call) {
  return test::post(test::shared_program().port(), test::service, call.text()).body;
}

std::map<std::string, std::string> answers() {
  return {{"nsirs-referral", answer_to(test::referral_call())},
          {"acanthosis-nigricans", answer_to(test::acanthosis_call())},
          {"missing-measurement", answer_to(test::missing_measurement_call())}};
}

fhir::Document read(const std::string& text) {
  return std::move(*fhir::read_document(text));
}

/// Code points, which is how a reader counts characters.
std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  return count;
}

/// Places of null, "", {} and of [] anywhere below.
void find_empty(Json json, const std::string& path, std::vector<std::string>& places) {
  const bool hollow = json.is(JsonType::null) || (json.is(JsonType::string) && json.string().empty()) ||
                      ((json.is(JsonType::array) || json.is(JsonType::object)) && json.size() == 0);
  if (hollow) places.push_back(path);
  if (!json.is(JsonType::array) && !json.is(JsonType::object)) return;
  for (const auto part : json) find_empty(part, path + "/" + std::string(part.name()), places);
}

int rank(std::string_view indicator) {
  return indicator == "critical" ? 0 : indicator == "warning" ? 1 : 2;
}

}  // namespace

TEST(Response, CH135_CH136_CH140_CH143_CH144_CH147_CH148_CH149_CH150_CH151_CH152_CH154_CH159_FitsTheSchema) {
  for (const auto& [topic, text] : answers()) EXPECT_EQ(test::schema_faults("response", text), "") << topic << text;
}

TEST(Response, EveryShippedTopicIsGivenByItsBody) {
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    ASSERT_GT(document.root()["cards"].size(), 0U) << topic << text;
    EXPECT_EQ((*document.root()["cards"].begin())["source"]["topic"]["code"].string(), topic) << text;
  }
}

// "summary non-empty, fewer than 140 characters (count Unicode code points)"
TEST(Response, CH134_SummariesAreShort) {
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    for (const auto card : document.root()["cards"]) {
      EXPECT_GT(characters(card["summary"].string()), 0U) << topic;
      EXPECT_LT(characters(card["summary"].string()), 140U) << topic;
    }
  }
}

TEST(Response, CH138_NothingIsNullOrEmpty) {
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    std::vector<std::string> places;
    find_empty(document.root(), "", places);
    EXPECT_TRUE(places.empty()) << topic << " " << (places.empty() ? "" : places.front());
  }
}

TEST(Response, CH139_DetailsAreMarkdownWithoutHtmlAndImages) {
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    for (const auto card : document.root()["cards"]) {
      const std::string detail(card["detail"].string());
      EXPECT_FALSE(std::regex_search(detail, std::regex("<[a-zA-Z/!]"))) << topic << detail;
      EXPECT_EQ(detail.find("!["), std::string::npos) << topic;
    }
  }
}

TEST(Response, CH141_AtMostOneSuggestionIsRecommended) {
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    for (const auto card : document.root()["cards"]) {
      int recommended = 0;
      for (const auto suggestion : card["suggestions"])
        recommended += suggestion["isRecommended"].boolean().value_or(false);
      EXPECT_LE(recommended, 1) << topic;
    }
  }
}

// "uuid a UUID; unique across the response"; CH-153: "every card has a fresh v4 uuid"
TEST(Response, CH142_CH153_UuidsAreUnique) {
  std::set<std::string> uuids;
  std::size_t count = 0;
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    for (const auto card : document.root()["cards"]) {
      uuids.emplace(card["uuid"].string()), ++count;
      for (const auto suggestion : card["suggestions"]) uuids.emplace(suggestion["uuid"].string()), ++count;
    }
  }
  EXPECT_EQ(uuids.size(), count);
}

// CH-145 and CH-146: delete actions; simplest: never emit delete
TEST(Response, CH145_CH146_NothingIsEverDeletedOrUpdated) {
  for (const auto& [topic, text] : answers()) {
    EXPECT_EQ(text.find(R"("type":"delete")"), std::string::npos) << topic;
    EXPECT_EQ(text.find(R"("type":"update")"), std::string::npos) << topic;
  }
}

TEST(Response, CH155_CardsAreOrderedByIndicator) {
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    int last = 0;
    for (const auto card : document.root()["cards"]) {
      EXPECT_GE(rank(card["indicator"].string()), last) << topic;
      last = rank(card["indicator"].string());
    }
  }
}

// "subject = Patient/{context.patientId}, status: draft"; the rest stands in the schema
TEST(Response, CH157_CreatedResourcesAreAboutThePatient) {
  for (const auto& [topic, text] : answers()) {
    const auto document = read(text);
    for (const auto card : document.root()["cards"])
      for (const auto suggestion : card["suggestions"])
        for (const auto action : suggestion["actions"])
          EXPECT_EQ(action["resource"]["subject"]["reference"].string(), "Patient/1288992") << topic;
  }
}

TEST(Response, CH158_AnswersAreSmall) {
  for (const auto& [topic, text] : answers()) EXPECT_LT(text.size(), 65'536U) << topic;
}

// CONTRACT.md 5
TEST(Explanation, FitsTheSchemaAndNamesTheOutcome) {
  for (const auto& [topic, call] :
       {std::pair{"nsirs-referral", test::referral_call()}, std::pair{"none", test::Call()}}) {
    const auto answer = test::post(test::shared_program().port(), "/explain", call.text());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(test::schema_faults("assessment", answer.body), "") << answer.body;
    EXPECT_EQ(read(answer.body).root()["outcome"].string(), topic);
    EXPECT_EQ(read(answer.body).root()["today"].string(), "2026-06-15");
  }
}

TEST(Explanation, TakesABundleToo) {
  const auto call = test::referral_call();
  const auto answer =
      test::post(test::shared_program().port(), "/explain",
                 test::bundle({call.prefetch.at("patient"), test::observation("bmi-1", "39156-5", "22.8", "kg/m2"),
                               test::observation("insulin-1", "59179-2", "412", "pmol/L")}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(read(answer.body).root()["outcome"].string(), "nsirs-referral") << answer.body;
}
