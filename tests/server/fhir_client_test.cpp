#include "server/fhir_client.h"

#include <gtest/gtest.h>

#include "server/waiting_room.h"
#include "tests/server/bodies.h"

namespace {

using server::FhirClient;
using server::FhirClientOptions;
using server::WaitingRoom;

/// A client of an EHR that is never asked anything.
struct Surgery {
  cards::Knowledge knowledge =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  server::Metrics metrics{"1", knowledge};
  server::Outbound outbound = std::move(*server::Outbound::make({}));

  /// What comes of a call without conditions: "admitted", "not asked", or the path at fault.
  std::string admits(const std::string& fhir_server, FhirClientOptions options) {
    FhirClient client(knowledge, outbound, metrics, std::move(options));
    test::Call call = test::referral_call();
    call.prefetch["conditions"] = "";
    call.more = R"(,"fhirServer":")" + fhir_server + "\"";
    auto request = cards::read_hook_request(call.text(), *knowledge.service("sir-patient-view"));
    if (!request) return request.error().where;
    const auto permit = client.admit(*request, std::chrono::steady_clock::now() + std::chrono::seconds(1));
    if (!permit) return permit.error().where;
    return *permit ? "admitted" : "not asked";
  }
};

}  // namespace

TEST(FhirClient, AsksExactOriginsOnTheListOnly) {
  Surgery surgery;
  const FhirClientOptions listed{.allowed_servers = {"https://EHR.example:443", "http://[::1]:8080"}};
  for (const std::string url :
       {"https://ehr.example/fhir", "https://ehr.example:443", "https://Ehr.Example/a/b/", "http://[::1]:8080/fhir"})
    EXPECT_EQ(surgery.admits(url, listed), "admitted") << url;
  for (const std::string url :
       {"http://ehr.example/fhir", "https://ehr.example:8443/fhir", "https://ehr.example.evil.com",
        "https://xehr.example", "https://ehr.example./fhir", "https://127.0.0.1/fhir"})
    EXPECT_EQ(surgery.admits(url, listed), "not asked") << url;
  EXPECT_EQ(surgery.admits("https://ehr.example/fhir", {}), "not asked");
  EXPECT_EQ(surgery.admits("https://ehr.example:port/fhir", listed), "fhirServer");
}

// "fhirServer = http://… in production mode: 400"
TEST(FhirClient, CH099_ProductionWantsHttps) {
  Surgery surgery;
  const FhirClientOptions production{.allowed_servers = {"http://ehr.example", "https://ehr.example"},
                                     .http_allowed = false};
  EXPECT_EQ(surgery.admits("http://ehr.example/fhir", production), "fhirServer");
  EXPECT_EQ(surgery.admits("https://ehr.example/fhir", production), "admitted");
}

TEST(WaitingRoom, LeavesRoomForOtherServers) {
  WaitingRoom room(4);
  std::vector<WaitingRoom::Place> places;
  for (int i = 0; i < 3; ++i) {
    auto place = room.enter("https://a");
    ASSERT_TRUE(place);
    places.push_back(std::move(*place));
  }
  EXPECT_FALSE(room.enter("https://a"));
  {
    const auto other = room.enter("https://b");
    EXPECT_TRUE(other);
    EXPECT_FALSE(room.enter("https://c")) << "full";
  }
  EXPECT_TRUE(room.enter("https://c"));
  places.clear();
  EXPECT_TRUE(room.enter("https://a"));
}

TEST(WaitingRoom, TheSmallestHasOnePlace) {
  WaitingRoom room(1);
  const auto place = room.enter("https://a");
  EXPECT_TRUE(place);
  EXPECT_FALSE(room.enter("https://b"));
}
