#include "server/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/server/bodies.h"
#include "tests/server/schema.h"

// The addresses without a socket.

namespace {

using ::testing::HasSubstr;

struct House {
  cards::Knowledge knowledge =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  server::Metrics metrics{"1", knowledge};
  server::Log log{"off"};
  server::Trust trust;
  server::Today today = server::always(*fhir::read_day("2026-06-15"));
  server::AppOptions options{.site = {}, .cors = {}, .tryout = true, .program_version = "1"};

  server::App app() {
    return {{.knowledge = knowledge, .today = today, .metrics = metrics, .log = log, .trust = trust}, options};
  }
};

server::Request get(const std::string& target) {
  server::Request request;
  request.method = "GET";
  request.target = target;
  return request;
}

server::Request post(const std::string& target, const std::string& body) {
  server::Request request = get(target);
  request.method = "POST";
  request.body = body;
  return request;
}

std::string header(const server::Response& response, std::string_view name) {
  const auto found = std::ranges::find(response.headers, name, [](const auto& field) { return field.first; });
  return found == response.headers.end() ? "" : found->second;
}

}  // namespace

TEST(App, AnswersACallWithCardsAndCountsThem) {
  House house;
  auto app = house.app();
  const auto response = app.handle(post(std::string(test::service), test::referral_call().text()));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(test::schema_faults("response", response.body), "");
  EXPECT_THAT(house.metrics.page(), HasSubstr("sir_cds_cards_total{topic=\"nsirs-referral\"} 1\n"));
  EXPECT_THAT(house.metrics.page(),
              HasSubstr("sir_cds_requests_total{route=\"/cds-services/{id}\",status=\"200\"} 1\n"));
}

// CH-131, CH-220: "internal exception: 500 and the process keeps serving"; "handler throws: 500"
TEST(App, CH131_CH220_AnExceptionIsA500WithoutDetailsAndTheNextRequestIsServed) {
  House house;
  house.today = []() -> fhir::Day { throw std::runtime_error("secret detail"); };
  auto app = house.app();
  const auto response = app.handle(post(std::string(test::service), test::referral_call().text()));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception",)"
                           R"("details":{"text":"Something went wrong inside the server."}}]})");
  EXPECT_THAT(house.metrics.page(), HasSubstr("sir_cds_internal_errors_total 1\n"));
  EXPECT_EQ(app.handle(get("/cds-services")).status, 200);
}

TEST(App, WordsRefusalsOfTheListener) {
  House house;
  house.options.cors.any_origin = true;
  auto app = house.app();
  server::Request request = post("/explain", "");
  request.origin = "https://sandbox.example";
  const auto response = app.refuse({503, "all workers are busy"}, request);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Retry-After"), "1");
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://sandbox.example");
  EXPECT_EQ(test::schema_faults("operation-outcome", response.body), "");
}

TEST(App, TheTryoutPageCanBeSwitchedOff) {
  House house;
  EXPECT_EQ(house.app().handle(get("/")).status, 200);
  house.options.tryout = false;
  for (const auto* target : {"/", "/web/tryout.js", "/web/patients", "/web/patients/andrea", "/web/terms"})
    EXPECT_EQ(house.app().handle(get(target)).status, 404) << target;
  for (const auto* target : {"/criteria", "/web/style.css", "/web/criteria.js", "/web/icon.svg"})
    EXPECT_EQ(house.app().handle(get(target)).status, 200) << target;
}

// People move the date to learn where the windows end; a record system cannot.
TEST(App, TheDayOfAnExplanationMayBeChosenAndThatOfACallMayNot) {
  House house;
  auto app = house.app();
  const auto body = test::referral_call().text();
  EXPECT_THAT(app.handle(post("/explain?today=2031-01-02", body)).body, HasSubstr(R"("today":"2031-01-02")"));
  EXPECT_THAT(app.handle(post("/explain?x=1&today=2025%2D12-31", body)).body, HasSubstr(R"("today":"2025-12-31")"));
  EXPECT_THAT(app.handle(post("/explain?todays=1", body)).body, HasSubstr(R"("today":"2026-06-15")"));
  for (const auto* target : {"/explain?today=", "/explain?today", "/explain?today=2026-02-30", "/explain?today=%zz"}) {
    const auto response = app.handle(post(target, body));
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_THAT(response.body, HasSubstr(R"("diagnostics":"today is not a date like 2026-06-15")")) << target;
  }
  const auto now = app.handle(post(std::string(test::service), body));
  const auto then = app.handle(post(std::string(test::service) + "?today=2040-01-01", body));
  EXPECT_EQ(now.status, 200);
  EXPECT_THAT(then.body, HasSubstr("412 pmol/L"));
}

TEST(App, WithoutAListAndOffTheLoopbackNoPageMayCall) {
  House house;
  server::Request request = get("/cds-services");
  request.origin = "https://sandbox.example";
  const auto response = house.app().handle(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header(response, "Vary"), "Origin");
}

TEST(App, TheHomePageKnowsHowToAskThisServer) {
  House house;
  house.options.site.base_url = "https://cds.example.org/a&b";
  const auto response = house.app().handle(get("/"));
  EXPECT_THAT(response.body, HasSubstr("data-base-url=\"https://cds.example.org/a&amp;b\""));
  EXPECT_THAT(response.body, HasSubstr("data-service=\"sir-patient-view\""));
}

TEST(App, StrangeMethodsDoNotBecomeLabels) {
  House house;
  auto app = house.app();
  server::Request request = get("/some/path/of/a/stranger");
  request.method = "BREW";
  EXPECT_EQ(app.handle(request).status, 404);
  EXPECT_THAT(house.metrics.page(), HasSubstr("route=\"other\",status=\"404\""));
  EXPECT_THAT(house.metrics.page(), ::testing::Not(HasSubstr("stranger")));
}
