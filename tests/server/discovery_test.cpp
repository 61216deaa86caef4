#include <gtest/gtest.h>

#include <future>
#include <regex>
#include <set>

#include "fhir/json.h"
#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// Groups A and B of the conformance checklist: GET /cds-services and the prefetch templates that it publishes.

namespace {

using test::ask;
using test::shared_program;

fhir::Document discovery() {
  return std::move(*fhir::read_document(ask(shared_program().port(), "GET", "/cds-services").body));
}

/// Every published template.
std::vector<std::string> templates() {
  const auto document = discovery();
  std::vector<std::string> all;
  for (const auto service : document.root()["services"])
    for (const auto query : service["prefetch"]) all.emplace_back(query.string());
  return all;
}

}  // namespace

TEST(Discovery, CH001_CH002_CH003_CH004_CH005_HasTheServicesInTheRightShape) {
  const auto answer = ask(shared_program().port(), "GET", "/cds-services");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(test::schema_faults("discovery", answer.body), "");
  const auto document = discovery();
  ASSERT_GT(document.root()["services"].size(), 0U);
  for (const auto service : document.root()["services"])
    EXPECT_NE(service["usageRequirements"].string().find("FHIR R4"), std::string_view::npos);
}

// "for each services[i].id: POST /cds-services/{id} with golden body: never 404"
TEST(Discovery, CH008_EveryServiceThatIsPublishedCanBeCalled) {
  const auto document = discovery();
  for (const auto service : document.root()["services"]) {
    test::Call call;
    call.hook = "\"" + std::string(service["hook"].string()) + "\"";
    const auto answer =
        test::post(shared_program().port(), "/cds-services/" + std::string(service["id"].string()), call.text());
    EXPECT_NE(answer.status, 404) << service["id"].string();
    EXPECT_LT(answer.status, 500) << service["id"].string();
  }
}

TEST(Discovery, CH010_IsJsonInUtf8WithoutByteOrderMark) {
  const auto answer = ask(shared_program().port(), "GET", "/cds-services");
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.body.front(), '{');
}

TEST(Discovery, CH011_AnyAcceptHeaderGetsJson) {
  for (const std::string accept : {"application/json", "*/*", "application/fhir+json", "text/html"}) {
    const auto answer = ask(shared_program().port(), "GET", "/cds-services", {}, {"Accept: " + accept});
    EXPECT_EQ(answer.status, 200) << accept;
    EXPECT_EQ(answer.header("content-type"), "application/json") << accept;
  }
}

TEST(Discovery, CH012_HeadHasTheSameHeadersAndNoBody) {
  auto get = ask(shared_program().port(), "GET", "/cds-services");
  auto head = ask(shared_program().port(), "HEAD", "/cds-services");
  for (const auto* own : {"date", "x-request-id"}) get.headers.erase(own), head.headers.erase(own);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers, get.headers);
  EXPECT_EQ(head.header("content-length"), std::to_string(get.body.size()));

  test::Socket socket(shared_program().port());
  socket.send(test::request("HEAD", "/cds-services"));
  EXPECT_TRUE(socket.receive_rest().ends_with("\r\n\r\n"));
}

TEST(Discovery, CH013_OptionsNamesTheMethods) {
  const auto answer = ask(shared_program().port(), "OPTIONS", "/cds-services");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, OPTIONS");
}

TEST(Discovery, CH014_CH015_OtherMethodsAre405WithAllow) {
  for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO", "CONNECT"}) {
    const auto answer = ask(shared_program().port(), method, "/cds-services", "{}", {"X-Secret: do-not-echo"});
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("allow"), "GET, HEAD, OPTIONS") << method;
    EXPECT_EQ(answer.body.find("do-not-echo"), std::string::npos) << method;
    EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "") << method;
  }
}

TEST(Discovery, CH016_CH017_FinalSlashAndQueryChangeNothing) {
  const auto plain = ask(shared_program().port(), "GET", "/cds-services");
  for (const std::string target : {"/cds-services/", "/cds-services?x=1", "/cds-services/?x=/feedback"}) {
    const auto answer = ask(shared_program().port(), "GET", target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.body, plain.body) << target;
  }
}

TEST(Discovery, CH018_OddSpellingsOfThePathAreNotFound) {
  for (const std::string target :
       {"//cds-services", "/CDS-Services", "/cds-services/..;/", "/cds-services//", "/x/../cds-services",
        "/%2563ds-services", "/cds-services%2f", "/cds-services%00", "/%zz", "/cds-services/%"})
    EXPECT_EQ(ask(shared_program().port(), "GET", target).status, 404) << target;
  EXPECT_EQ(ask(shared_program().port(), "GET", "/%63ds-services").status, 200);
}

TEST(Discovery, CH019_TwoCallsGiveTheSameBytes) {
  EXPECT_EQ(ask(shared_program().port(), "GET", "/cds-services").body,
            ask(shared_program().port(), "GET", "/cds-services").body);
}

// The pattern of CH-021 stands in the schema.
TEST(Discovery, CH020_CH021_IdsAreUniqueAndSafeInAddresses) {
  const auto document = discovery();
  std::set<std::string_view> ids;
  for (const auto service : document.root()["services"]) EXPECT_TRUE(ids.insert(service["id"].string()).second);
}

// "100 concurrent GET /cds-services: all 200" (the latency is measured by the benchmark, not by a test)
TEST(Discovery, CH022_AHundredAtOnceAreAllAnswered) {
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(
        std::async(std::launch::async, [] { return ask(shared_program().port(), "GET", "/cds-services").status; }));
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
}

TEST(Templates, CH024_AreRelativeReadsOrSearchesByType) {
  const std::regex form("[A-Z][A-Za-z]+(/[^/?]+|[?][^?]+)");
  for (const auto& text : templates()) EXPECT_TRUE(std::regex_match(text, form)) << text;
}

// CH-023: templates that depend on others; CH-032: no {{today()}} while version < 3.0
TEST(Templates, CH023_CH025_CH026_CH032_UseThePatientIdAndNoOtherToken) {
  const std::regex token("[{][{]([^}]*)[}][}]");
  for (const auto& text : templates())
    for (std::sregex_iterator match(text.begin(), text.end(), token), end; match != end; ++match)
      EXPECT_EQ((*match)[1], "context.patientId") << text;
}

TEST(Templates, CH027_CH028_CH029_CH031_StayWithinTheSearchSubset) {
  const std::set<std::string> sorts{"-date", "-recorded-date", "-authoredon", "-authored", "-effective"};
  for (const auto& text : templates()) {
    const auto question = text.find('?');
    if (question == std::string::npos) continue;
    std::istringstream parameters(text.substr(question + 1));
    for (std::string parameter; std::getline(parameters, parameter, '&');) {
      const auto name = parameter.substr(0, parameter.find('='));
      const auto value = parameter.substr(parameter.find('=') + 1);
      EXPECT_TRUE(std::regex_match(name, std::regex("_count|_sort|[a-z][a-z-]*(:in)?"))) << text;
      const bool sorted = name != "_sort" || sorts.contains(value);
      const bool counted = name != "_count" || std::regex_match(value, std::regex("[1-9][0-9]*"));
      const bool coded = name != "code" || std::regex_search(value, std::regex("^(http|urn)[^|,]+[|]"));
      const bool dated =
          name.find("date") == std::string::npos || std::regex_search(value, std::regex("^(eq|lt|gt|ge|le)?[0-9]"));
      EXPECT_TRUE(sorted && counted && coded && dated) << text;
    }
  }
}

TEST(Templates, CH030_NameNoParameterTwice) {
  for (const auto& text : templates()) {
    std::set<std::string> names;
    const std::regex name("[?&]([^=&]+)=");
    for (std::sregex_iterator match(text.begin(), text.end(), name), end; match != end; ++match)
      EXPECT_TRUE(names.insert((*match)[1]).second) << text;
  }
}

TEST(Templates, CH033_SearchesAreCountedAndShort) {
  for (const auto& text : templates()) {
    EXPECT_LT(text.size(), 1900U) << text;
    EXPECT_TRUE(text.find('?') == std::string::npos || text.find("_count=") != std::string::npos) << text;
  }
}
