#include "fhir/members.h"

#include <gtest/gtest.h>

#include <string>

namespace fhir {
namespace {

Document document_of(std::string text) {
  auto document = read_document(std::move(text));
  EXPECT_TRUE(document);
  return std::move(*document);
}

TEST(Members, AreThoseOfTheResource) {
  const auto document = document_of(
      R"({"resourceType":"Observation","id":"17","status":"final","code":{"text":"x"},"subject":null,"dateRecorded":"2026"})");
  const Members members(document.root());
  EXPECT_EQ(members["status"].string(), "final");
  EXPECT_EQ(members["code"]["text"].string(), "x");
  EXPECT_TRUE(members["subject"].is(JsonType::null));
  EXPECT_EQ(members["dateRecorded"].string(), "2026");
  EXPECT_FALSE(members["dateAsserted"].present());
  EXPECT_FALSE(members["component"].present());
}

TEST(Members, AreNotConfusedByNamesThatLookAlike) {
  const auto document = document_of(R"({"":1,"s":1,"statut":1,"stotus":1,"Status":1,"status ":1,"dateAsserted":2})");
  const Members members(document.root());
  EXPECT_FALSE(members["status"].present());
  EXPECT_EQ(members["dateAsserted"].text(), "2");
}

TEST(Members, AreNoneWhereThereIsNoObject) {
  const auto document = document_of(R"([{"status":"final"},"status"])");
  EXPECT_FALSE(Members(document.root())["status"].present());
  EXPECT_FALSE(Members(Json())["status"].present());
}

}  // namespace
}  // namespace fhir
