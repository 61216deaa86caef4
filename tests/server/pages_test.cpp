#include "server/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// The pages for people as the program serves them. What they do in a browser is told by tests/browser.

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

test::Answer get(const std::string& target) {
  return test::ask(test::shared_program().port(), "GET", target);
}

/// Addresses in `src` and `href` attributes, and modules that a script imports.
std::set<std::string> references_in(const std::string& text) {
  static const std::regex reference(R"re((?:\b(?:src|href)="|\bfrom '|\bimport ')([^"'#]+))re");
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), reference), end; match != end; ++match)
    found.insert((*match)[1]);
  return found;
}

/// All that a browser loads for a page, by address, the page included.
std::map<std::string, std::string> loaded_for(const std::string& page) {
  std::map<std::string, std::string> loaded;
  std::vector<std::string> waiting{page};
  while (!waiting.empty()) {
    const auto address = waiting.back();
    waiting.pop_back();
    if (loaded.contains(address)) continue;
    loaded[address] = get(address).body;
    for (const auto& reference : references_in(loaded[address])) {
      if (reference.starts_with("web/")) waiting.push_back("/" + reference);
      if (reference.starts_with("./") && reference.ends_with(".js")) waiting.push_back("/web/" + reference.substr(2));
    }
  }
  return loaded;
}

}  // namespace

TEST(Pages, AreServedWithTheirTypesAndTheSameFences) {
  for (const auto& [target, type] :
       std::map<std::string, std::string>{{"/", "text/html; charset=utf-8"},
                                          {"/criteria", "text/html; charset=utf-8"},
                                          {"/feedback", "text/html; charset=utf-8"},
                                          {"/web/style.css", "text/css; charset=utf-8"},
                                          {"/web/tryout.js", "text/javascript; charset=utf-8"},
                                          {"/web/icon.svg", "image/svg+xml"},
                                          {"/web/patients", "application/json"},
                                          {"/web/patients/andrea", "application/json"},
                                          {"/web/terms", "application/json"}}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.header("content-type"), type) << target;
    EXPECT_EQ(answer.header("content-security-policy"), server::content_security_policy) << target;
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << target;
    // Nobody may see yesterday's page with today's rules; the pages are small.
    EXPECT_EQ(answer.header("cache-control"), "no-store") << target;
  }
}

TEST(Pages, AllowNothingInlineAndNothingFromElsewhere) {
  EXPECT_THAT(std::string(server::content_security_policy), Not(HasSubstr("unsafe")));
  EXPECT_THAT(std::string(server::content_security_policy), HasSubstr("default-src 'none'"));
  for (const auto* page : {"/", "/criteria", "/feedback"}) {
    const auto html = get(page).body;
    EXPECT_FALSE(std::regex_search(html, std::regex(R"(<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=))"))) << page;
    EXPECT_FALSE(std::regex_search(html, std::regex("(src|<link[^>]*href)=\"(https?:)?//"))) << page;
    EXPECT_THAT(html, Not(HasSubstr("{{"))) << page;
  }
}

TEST(Pages, FindEverythingThatTheyLoadAndWeighLessThan300Kilobytes) {
  for (const auto* page : {"/", "/criteria", "/feedback"}) {
    std::size_t bytes = 0;
    const auto loaded = loaded_for(page);
    for (const auto& [address, content] : loaded) {
      EXPECT_THAT(content, Not(HasSubstr("OperationOutcome\",\"issue"))) << address;
      // The document itself grows with the knowledge; what carries it must stay small.
      if (address != "/criteria") bytes += content.size();
    }
    EXPECT_GT(loaded.size(), 3u) << page;
    EXPECT_LT(bytes, 300'000u) << page;
    RecordProperty(page[1] == 0 ? "bytes_of_the_tryout_page" : "bytes_beside_the_criteria", static_cast<int>(bytes));
  }
  EXPECT_GT(loaded_for("/").size(), 15u) << "all the modules";
}

TEST(Pages, EveryFileOfTheFolderIsServed) {
  for (const auto& entry : std::filesystem::directory_iterator(std::string(SIR_SOURCE_DIR) + "/server/web")) {
    const auto name = entry.path().filename().string();
    const bool kept_back = name.ends_with(".html") || name.ends_with(".cmake") || name == "patients.json";
    EXPECT_EQ(get("/web/" + name).status, kept_back ? 404 : 200) << name;
  }
  for (const auto* name : {"marked.umd.min.js", "purify.min.js"}) {
    EXPECT_EQ(get(std::string("/web/") + name).status, 200) << name;
    EXPECT_THAT(get(std::string("/web/") + name).body, Not(HasSubstr("sourceMappingURL"))) << name;
  }
}

TEST(Pages, KnowOnlyTheirOwnFiles) {
  for (const auto* target : {"/web/", "/web/nothing.js", "/web/../app.cpp", "/web/%2e%2e%2fapp.cpp", "/web/patients/",
                             "/web/patients/nobody", "/web/style.css/"})
    EXPECT_EQ(get(target).status, 404) << target;
  EXPECT_EQ(test::post(test::shared_program().port(), "/web/style.css", "{}").status, 405);
}

TEST(Pages, ThePatientsAreRequestsThatTheServiceTakes) {
  const auto answer = test::post(test::shared_program().port(), test::service, get("/web/patients/slim").body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":\"nsirs-referral\""));
}

TEST(Pages, EachCardLeadsToItsCriterion) {
  const auto criteria = get("/criteria").body;
  const std::regex link(R"(/criteria#([a-z0-9-]+))");
  for (const auto* id : {"andrea", "karen", "slim", "child", "antibodies", "low-glucose", "assay", "skin", "features",
                         "no-bmi", "extreme-dose", "rabson-mendenhall"}) {
    const auto cards =
        test::post(test::shared_program().port(), test::service, get(std::string("/web/patients/") + id).body).body;
    std::smatch match;
    ASSERT_TRUE(std::regex_search(cards, match, link)) << id;
    EXPECT_THAT(criteria, HasSubstr("id=\"" + match.str(1) + "\"")) << id;
  }
}

TEST(Pages, TheTryOutPageCanBeSwitchedOffAndTheCriteriaStay) {
  test::Program program({"SIR_CDS_SERVER_TRYOUT=false"});
  EXPECT_EQ(test::ask(program.port(), "GET", "/").status, 404);
  EXPECT_EQ(test::ask(program.port(), "GET", "/web/patients").status, 404);
  EXPECT_EQ(test::ask(program.port(), "GET", "/criteria").status, 200);
  for (const auto* page : {"/criteria", "/feedback"}) {
    for (const auto& [address, content] : loaded_for(page))
      EXPECT_EQ(test::ask(program.port(), "GET", address).status, 200) << address;
  }
}
