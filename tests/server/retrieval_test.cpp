#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <thread>

#include "server/metrics.h"
#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/fhir_server.h"
#include "tests/server/program.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// What a call does not bring is fetched from the FHIR server that it names: from friendly ones here, from hostile ones
// in hostile_fhir_server_test.cpp.

namespace {

using test::Answer;
using test::Asked;
using test::Call;
using test::FhirServer;
using test::Program;
using test::Wire;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const std::map<std::string, std::string> key_of_type{{"Patient", "patient"},
                                                     {"Condition", "conditions"},
                                                     {"Observation", "observations"},
                                                     {"MedicationRequest", "medications"},
                                                     {"FamilyMemberHistory", "familyHistory"},
                                                     {"ServiceRequest", "referrals"}};

/// Serves what a call would have brought.
FhirServer::Behaviour serves(const Call& call) {
  return [prefetch = call.prefetch](Wire& wire, const Asked& asked) {
    return wire.send(test::answer_text(prefetch.at(key_of_type.at(asked.type()))));
  };
}

std::string naming(const FhirServer& server, bool with_token = true) {
  const std::string token =
      R"(,"fhirAuthorization":{"access_token":"secret-token","token_type":"Bearer","expires_in":300,"scope":"patient/*.*",)"
      R"("subject":"cds"})";
  return R"(,"fhirServer":")" + server.base() + "\"" + (with_token ? token : "");
}

Answer call(const Program& program, const Call& body, std::string_view target = test::service) {
  return test::post(program.port(), target, body.text());
}

std::string without_uuids(const std::string& text) {
  static const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  return std::regex_replace(text, uuid, "*");
}

std::vector<std::string> targets(const FhirServer& server) {
  std::vector<std::string> all;
  for (const auto& asked : server.asked()) all.push_back(asked.method + " " + asked.target);
  return all;
}

/// One program for all: the demo profile asks servers of this machine.
const Program& program() {
  static const Program one({"SIR_CDS_FHIR_BUDGET_MS=10000"});
  return one;
}

}  // namespace

TEST(Retrieval, EverythingFetchedGivesTheSameCardsAsEverythingSent) {
  for (const Call& whole : {test::referral_call(), test::acanthosis_call(), test::missing_measurement_call(), Call()}) {
    const FhirServer server(serves(whole));
    Call bare = whole;
    bare.whole_prefetch = "-";
    bare.more = naming(server);
    EXPECT_EQ(without_uuids(call(program(), bare).body), without_uuids(call(program(), whole).body));
    EXPECT_EQ(server.asked().size(), 6U);
  }
}

// "exactly the missing queries are made, with Authorization: Bearer"
TEST(Retrieval, CH060_ExactlyWhatIsMissingIsFetchedWithTheToken) {
  const FhirServer server(serves(test::acanthosis_call()));
  Call partial = test::acanthosis_call();
  partial.prefetch["conditions"] = "";
  partial.prefetch["patient"] =
      R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]})";
  partial.more = naming(server);
  EXPECT_EQ(without_uuids(call(program(), partial).body), without_uuids(call(program(), test::acanthosis_call()).body));
  EXPECT_THAT(targets(server),
              UnorderedElementsAre("GET /fhir/Condition?patient=1288992&_count=500", "GET /fhir/Patient/1288992"));
  for (const auto& asked : server.asked()) {
    EXPECT_EQ(asked.header("authorization"), "Bearer secret-token");
    EXPECT_EQ(asked.header("accept"), "application/fhir+json");
  }
}

TEST(Retrieval, CH058_NothingIsAskedWhenEverythingWasSent) {
  const FhirServer server(serves(Call()));
  Call whole = test::referral_call();
  whole.more = naming(server);
  EXPECT_EQ(call(program(), whole).status, 200);
  EXPECT_EQ(server.connections(), 0);
}

TEST(Retrieval, CH062_AnOpenServerIsAskedWithoutAToken) {
  const FhirServer server(serves(test::referral_call()));
  Call bare = test::referral_call();
  bare.whole_prefetch = "-";
  bare.more = naming(server, false);
  EXPECT_EQ(call(program(), bare).status, 200);
  for (const auto& asked : server.asked()) EXPECT_EQ(asked.header("authorization"), "");
}

// The name is one that only the proxy can find: it would not resolve here.
TEST(Retrieval, OtherServersAreReachedThroughTheProxyOfTheSite) {
  const std::string ehr = "http://ehr.invalid:8000";
  const FhirServer proxy([&](Wire& wire, Asked asked) {
    if (!asked.target.starts_with(ehr)) return wire.send(test::answer_text("", "400 Bad Request"));
    asked.target.erase(0, ehr.size());
    return wire.send(test::answer_text(test::referral_call().prefetch.at(key_of_type.at(asked.type()))));
  });
  const Program behind(
      {"SIR_CDS_FHIR_PROXY=" + proxy.origin(), "SIR_CDS_FHIR_ALLOWED_SERVERS=" + ehr, "SIR_CDS_FHIR_BUDGET_MS=10000"});
  Call partial = test::referral_call();
  partial.prefetch["observations"] = "";
  partial.more = R"(,"fhirServer":")" + ehr + "/fhir\"";
  EXPECT_EQ(without_uuids(call(behind, partial).body), without_uuids(call(behind, test::referral_call()).body));
  EXPECT_THAT(targets(proxy), UnorderedElementsAre(HasSubstr("GET " + ehr + "/fhir/Observation?patient=1288992")));
}

TEST(Retrieval, SearchesAreFormsWhenTheSiteWantsItSo) {
  const Program posting({"SIR_CDS_FHIR_SEARCH=post"});
  const FhirServer server(serves(test::referral_call()));
  Call partial = test::referral_call();
  partial.prefetch["observations"] = partial.prefetch["patient"] = "";
  partial.more = naming(server);
  EXPECT_EQ(call(posting, partial).status, 200);
  EXPECT_THAT(targets(server), UnorderedElementsAre("POST /fhir/Observation/_search", "GET /fhir/Patient/1288992"));
  for (const auto& asked : server.asked())
    EXPECT_EQ(asked.body, asked.method == "POST" ? "patient=1288992&_sort=-date&_count=1000" : "");
}

// "pages followed (bounded: N pages, total bytes, deadline)"
TEST(Retrieval, CH068_NextPagesAreFollowedOfWhatWasSentAndOfWhatWasFetched) {
  Call whole = test::referral_call();
  const auto bmi = test::observation("bmi-1", "39156-5", "22.8", "kg/m2");
  const auto insulin = test::observation("insulin-1", "59179-2", "412", "pmol/L");
  for (const bool first_was_sent : {false, true}) {
    std::string base;
    const FhirServer server([&](Wire& wire, const Asked& asked) {
      if (asked.target.find("page=2") != std::string::npos)
        return wire.send(test::answer_text(test::bundle({insulin})));
      return wire.send(test::answer_text(
          test::bundle({bmi}, R"(,"link":[{"relation":"next","url":")" + base + R"(?_getpages=x&page=2"}])")));
    });
    base = server.base();
    Call partial = whole;
    partial.prefetch["observations"] =
        first_was_sent
            ? test::bundle({bmi}, R"(,"link":[{"relation":"next","url":")" + base + R"(/Observation?page=2"}])")
            : "";
    partial.more = naming(server);
    EXPECT_EQ(without_uuids(call(program(), partial).body), without_uuids(call(program(), whole).body));
    EXPECT_EQ(server.asked().size(), first_was_sent ? 1U : 2U);
  }
}

TEST(Retrieval, AnswersMayBePacked) {
  const test::Folder folder;
  const Call whole = test::referral_call();
  folder.write("observations", whole.prefetch.at("observations"));
  ASSERT_EQ(test::shell("gzip -9 " + (folder / "observations")).status, 0);
  const FhirServer server(test::always_answers(test::answer_text(test::read_file(folder / "observations.gz"), "200 OK",
                                                                 "application/fhir+json", {"Content-Encoding: gzip"})));
  Call partial = whole;
  partial.prefetch["observations"] = "";
  partial.more = naming(server);
  EXPECT_EQ(without_uuids(call(program(), partial).body), without_uuids(call(program(), whole).body));
}

TEST(Retrieval, ExplainTellsWhatCameFromWhere) {
  const FhirServer server([](Wire& wire, const Asked& asked) {
    if (asked.type() == "Condition") return wire.send(test::answer_text(test::bundle({})));
    return wire.send(test::answer_text("{}", "403 Forbidden"));
  });
  Call partial = test::referral_call();
  partial.prefetch["conditions"] = partial.prefetch["medications"] = "";
  partial.more = naming(server);
  const auto fetched = call(program(), partial, "/explain");
  EXPECT_EQ(test::schema_faults("assessment", fetched.body), "");
  EXPECT_THAT(fetched.body, HasSubstr(R"({"key":"patient","from":"prefetch"},{"key":"conditions","from":"fetched"})"));
  EXPECT_THAT(fetched.body,
              HasSubstr(R"({"key":"medications","from":"failed","cause":"not sent; the FHIR server answered 403)"));
  partial.more = "";
  const auto alone = call(program(), partial, "/explain");
  EXPECT_THAT(alone.body, HasSubstr(R"({"key":"medications","from":"missing","cause":"not sent"})"));

  const auto text = test::run({"explain", "--today", "2026-06-15"}, partial.text());
  EXPECT_THAT(text.output, HasSubstr("What was received:\n  patient: prefetch\n  conditions: missing (not sent)\n"));
}

TEST(Retrieval, WhatCouldNotBeFetchedIsNamedOnTheCard) {
  const FhirServer server(test::always_answers(test::answer_text("{}", "404 Not Found")));
  Call partial = test::referral_call();
  partial.prefetch["conditions"] = "";
  partial.more = naming(server);
  const auto answer = call(program(), partial);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("The problem list was not available (not sent; the FHIR server answered 404"));
}

// "fhirServer not on the allow-list: no outbound call; 412 if data needed"
TEST(Retrieval, CH101_OnlyServersOnTheListAreAsked) {
  const FhirServer server(serves(test::referral_call()));
  Call bare = test::referral_call();
  bare.whole_prefetch = "-";
  bare.more = naming(server);
  const Program other({"SIR_CDS_FHIR_ALLOWED_SERVERS=https://ehr.example,http://127.0.0.1:1"});
  const auto refused = call(other, bare);
  EXPECT_EQ(refused.status, 412);
  EXPECT_THAT(refused.body, HasSubstr("the FHIR server is not on the list of servers that may be asked"));
  EXPECT_EQ(server.connections(), 0);

  const Program listed({"SIR_CDS_FHIR_ALLOWED_SERVERS=https://ehr.example," + server.origin()});
  EXPECT_EQ(call(listed, bare).status, 200);
  EXPECT_EQ(server.asked().size(), 6U);

  // With no list the demo profile asks servers of this machine, and no others.
  Call elsewhere = bare;
  for (const std::string url : {"http://10.0.0.1/fhir", "http://169.254.169.254/latest", "https://[fe80::1]/fhir",
                                "http://8.8.8.8/fhir", "http://0.0.0.0:1/fhir"}) {
    elsewhere.more = R"(,"fhirServer":")" + url + "\"";
    const auto answer = call(program(), elsewhere);
    EXPECT_EQ(answer.status, 412) << url;
    EXPECT_THAT(answer.body, HasSubstr("has an address that may not be connected to"));
  }
}

// "lacks access_token: 400 if a FHIR call would be needed"; "0/negative: token treated as expired → 412 if needed"
TEST(Retrieval, CH096_CH098_ATokenThatCannotBeUsedIsNotSent) {
  const FhirServer server(serves(test::referral_call()));
  Call bare = test::referral_call();
  bare.whole_prefetch = "-";
  const auto with = [&](const std::string& authorization) {
    bare.more = R"(,"fhirServer":")" + server.base() + R"(","fhirAuthorization":)" + authorization;
    return call(program(), bare);
  };
  EXPECT_EQ(with(R"({"token_type":"Bearer"})").status, 400);
  for (const std::string expired : {"0", "-1"}) {
    const auto answer = with(R"({"access_token":"t","token_type":"Bearer","expires_in":)" + expired + "}");
    EXPECT_EQ(answer.status, 412);
    EXPECT_THAT(answer.body, HasSubstr("the access token has expired"));
  }
  EXPECT_EQ(with(R"({"access_token":"t\r\nX-Evil: 1","token_type":"Bearer"})").status, 412);
  EXPECT_EQ(server.connections(), 0);
  for (const std::string lasting : {"\"300\"", "1e30"})
    EXPECT_EQ(with(R"({"access_token":"t","token_type":"bearer","expires_in":)" + lasting + "}").status, 200);
}

TEST(Retrieval, IsCountedByOutcome) {
  const Program counting;
  const FhirServer good(serves(test::referral_call()));
  const FhirServer bad(test::always_answers(test::answer_text("{}", "500 No")));
  Call bare = test::referral_call();
  bare.whole_prefetch = "-";
  bare.more = naming(good);
  EXPECT_EQ(call(counting, bare).status, 200);
  bare.more = naming(bad);
  EXPECT_EQ(call(counting, bare).status, 412);
  const auto page = test::ask(counting.port(), "GET", "/metrics").body;
  EXPECT_THAT(page, HasSubstr("sir_cds_fhir_fetches_total{outcome=\"ok\"} 6\n"));
  EXPECT_THAT(page, HasSubstr("sir_cds_fhir_fetches_total{outcome=\"server_error\"} 6\n"));
  EXPECT_THAT(page, HasSubstr("sir_cds_fhir_fetch_duration_seconds_count 12\n"));
}
