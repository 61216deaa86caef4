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
  EXPECT_EQ(route_of("/explain").address, Address::explain);
  EXPECT_EQ(route_of("/health/live").address, Address::live);
  EXPECT_EQ(route_of("/health/ready").address, Address::ready);
  EXPECT_EQ(route_of("/metrics").address, Address::metrics);
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
