#include "server/route.h"

#include <gtest/gtest.h>

using server::Address;
using server::route_of;

TEST(Route, FindsEveryAddress) {
  EXPECT_EQ(route_of("/").address, Address::home);
  EXPECT_EQ(route_of("/criteria?x#y").address, Address::criteria);
  EXPECT_EQ(route_of("/cds-services").address, Address::discovery);
  EXPECT_EQ(route_of("/cds-services/a").address, Address::service);
  EXPECT_EQ(route_of("/cds-services/a/feedback").address, Address::feedback);
  EXPECT_EQ(route_of("/feedback").address, Address::feedback_page);
  EXPECT_EQ(route_of("/explain").address, Address::explain);
  EXPECT_EQ(route_of("/health/live").address, Address::live);
  EXPECT_EQ(route_of("/health/ready").address, Address::ready);
  EXPECT_EQ(route_of("/metrics").address, Address::metrics);
  EXPECT_EQ(route_of("/web/style.css").address, Address::web);
}

TEST(Route, KeepsTheFileDecodedOnce) {
  EXPECT_EQ(route_of("/web/patients/after%2Da-meal?x").file, "patients/after-a-meal");
  EXPECT_EQ(route_of("/web/..%2F..%2Fetc").file, "../../etc");  // a name in a table, never a path on a disk
  EXPECT_EQ(route_of("/web").address, Address::none);
}

TEST(Route, ReadsParametersOfTheQuery) {
  using server::query_value;
  EXPECT_EQ(query_value("/a?today=2026-06-15&x=1#y", "today"), "2026-06-15");
  EXPECT_EQ(query_value("/a?x=1&today=%32", "today"), "2");
  EXPECT_EQ(query_value("/a?today", "today"), "");
  EXPECT_EQ(query_value("/a?today=%4", "today"), "");
  EXPECT_EQ(query_value("/a?todays=1", "today"), std::nullopt);
  EXPECT_EQ(query_value("/a", "today"), std::nullopt);
}

TEST(Route, KeepsTheServiceIdDecodedOnce) {
  EXPECT_EQ(route_of("/cds-services/sir%2Dpatient-view/").service_id, "sir-patient-view");
  EXPECT_EQ(route_of("/cds-services/a%252Fb/feedback").service_id, "a%2Fb");
}

TEST(Route, IsNothingForEverythingElse) {
  for (const std::string_view target : {"", "x", "*", "//", "/cds-services//", "/cds-services//feedback", "/health",
                                        "/health/live/", "/a/b/c/d/e/f/g/h/i/j", "/%", "/%4", "/metrics%00"})
    EXPECT_EQ(route_of(target).address, Address::none) << target;
}

TEST(Route, KnowsItsMethods) {
  EXPECT_TRUE(server::allows(Address::discovery, "HEAD"));
  EXPECT_FALSE(server::allows(Address::discovery, "POST"));
  EXPECT_TRUE(server::allows(Address::service, "POST"));
  EXPECT_FALSE(server::allows(Address::service, "HEAD"));
  EXPECT_FALSE(server::allows(Address::service, "POST, OPTIONS"));
  EXPECT_FALSE(server::allows(Address::home, ""));
}

TEST(Route, BelowAClientsBasePathStandTheAddressesOfCdsHooksAndNoOthers) {
  const std::vector<std::string> bases{"/south", "/north"};
  EXPECT_EQ(route_of("/north/cds-services", bases).address, Address::discovery);
  EXPECT_EQ(route_of("/north/cds-services/?x", bases).base_path, "/north");
  const auto call = route_of("http://cds.example/north/cds-services/a", bases);
  EXPECT_EQ(call.address, Address::service);
  EXPECT_EQ(call.service_id, "a");
  EXPECT_EQ(server::path_of(call), "/north/cds-services/a");
  EXPECT_EQ(server::path_of(route_of("/north/cds-services/a/feedback", bases)), "/north/cds-services/a/feedback");
  EXPECT_EQ(server::path_of(route_of("/cds-services/a", bases)), "/cds-services/a");
  for (const auto* target : {"/east/cds-services", "/north", "/north/", "/north/metrics", "/north/health/ready",
                             "/north/north/cds-services", "//north/cds-services", "/North/cds-services"})
    EXPECT_EQ(route_of(target, bases).address, Address::none) << target;
  EXPECT_EQ(route_of("/north/cds-services").address, Address::none);
}
