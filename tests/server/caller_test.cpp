#include "server/caller.h"

#include <gtest/gtest.h>

// Who of several callers has to wait, when some of them share an address and some an issuer.

namespace {

using namespace std::chrono_literals;
using server::Caller;
using server::Callers;

const Callers::TimePoint start{1h};

Caller with_token(const std::string& issuer, const std::string& tenant = "", const std::string& address = "") {
  return {.address = address, .issuer = issuer, .tenant = tenant};
}

void work(Callers& callers, const Caller& caller, int times, bool believed = true) {
  for (int i = 0; i < times; ++i) callers.worked(caller, believed, 0.01, start);
}

}  // namespace

TEST(Callers, ThatShareAnAddressAreToldApartByTheirIssuers) {
  Callers callers;
  work(callers, with_token("https://greedy.example", "", "10.0.0.1"), 90);
  work(callers, with_token("https://modest.example", "", "10.0.0.1"), 5);
  EXPECT_TRUE(callers.has_had_its_share(with_token("https://greedy.example", "", "10.0.0.1"), start));
  EXPECT_FALSE(callers.has_had_its_share(with_token("https://modest.example", "", "10.0.0.1"), start));
}

TEST(Callers, OfOneIssuerTheTenantWhoAsksForMostWaits) {
  Callers callers;
  work(callers, with_token("https://vendor.example", "greedy"), 90);
  work(callers, with_token("https://vendor.example", "modest"), 5);
  EXPECT_TRUE(callers.has_had_its_share(with_token("https://vendor.example", "greedy"), start));
  EXPECT_FALSE(callers.has_had_its_share(with_token("https://vendor.example", "modest"), start));
}

TEST(Callers, AnIssuerThatInventsTenantsGainsNothingOverOthers) {
  Callers callers;
  for (int i = 0; i < 90; ++i) work(callers, with_token("https://greedy.example", std::to_string(i)), 1);
  work(callers, with_token("https://modest.example"), 5);
  EXPECT_TRUE(callers.has_had_its_share(with_token("https://greedy.example", "new"), start));
  EXPECT_FALSE(callers.has_had_its_share(with_token("https://modest.example"), start));
}

TEST(Callers, WhoForgesTheTokensOfAnotherIsKnownByTheAddressAndTheOtherDoesNotPay) {
  Callers callers;
  work(callers, with_token("https://ehr.example", "", "10.0.0.66"), 90, false);
  work(callers, with_token("https://ehr.example", "", "10.0.0.1"), 5);
  EXPECT_TRUE(callers.has_had_its_share(with_token("https://ehr.example", "", "10.0.0.66"), start));
  EXPECT_FALSE(callers.has_had_its_share(with_token("https://ehr.example", "", "10.0.0.1"), start));
}

TEST(Callers, WithoutATokenTheAddressCounts) {
  Callers callers;
  work(callers, {.address = "10.0.0.1", .issuer = {}, .tenant = {}}, 90);
  work(callers, {.address = "10.0.0.2", .issuer = {}, .tenant = {}}, 5);
  EXPECT_TRUE(callers.has_had_its_share({.address = "10.0.0.1", .issuer = {}, .tenant = {}}, start));
  EXPECT_FALSE(callers.has_had_its_share({.address = "10.0.0.2", .issuer = {}, .tenant = {}}, start));
}
