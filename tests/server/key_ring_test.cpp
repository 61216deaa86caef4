#include "server/key_ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/server/token.h"

// The keys of one issuer over time. The source is a function, so that each moment can be chosen.

namespace {

using server::KeyRing;
using test::SigningKey;
using test::token_now;

/// A source of keys that can be changed and broken, and counts how often it was asked.
struct Source {
  std::string jwks;
  bool broken = false;
  int asked = 0;
  int failures_told = 0;

  KeyRing ring(server::KeyTimes times = {}) {
    return {[this]() -> fhir::Result<std::string> {
              ++asked;
              if (broken) return fault(fhir::Kind::internal, "keys", "do not answer");
              return jwks;
            },
            times, [this](const fhir::Result<void>& end) { failures_told += end ? 0 : 1; }};
  }
};

server::Token token(const std::string& kid) {
  server::Token one;
  one.key_id = kid;
  return one;
}

}  // namespace

TEST(KeyRing, FetchesOnceAndThenKnows) {
  Source source{SigningKey("P-384").jwks("a")};
  auto ring = source.ring();
  EXPECT_EQ(source.asked, 0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(ring.find(token("a"), token_now + i));
  EXPECT_EQ(source.asked, 1);
}

// "`kid` unknown: one JWKS refresh (rate-limited), then 401"
TEST(KeyRing, CH193_AStormOfUnknownKeysFetchesOncePerInterval) {
  Source source{SigningKey("P-384").jwks("a")};
  auto ring = source.ring();
  ASSERT_TRUE(ring.find(token("a"), token_now));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(ring.find(token("storm-" + std::to_string(i)), token_now + 1));
  EXPECT_EQ(source.asked, 2);
  EXPECT_FALSE(ring.find(token("storm"), token_now + 30));
  EXPECT_EQ(source.asked, 2);
  EXPECT_FALSE(ring.find(token("storm"), token_now + 31));
  EXPECT_EQ(source.asked, 3);
}

TEST(KeyRing, TheFirstFetchIsNotRepeatedForAKeyThatItDidNotHold) {
  Source source{SigningKey("P-384").jwks("a")};
  auto ring = source.ring();
  EXPECT_FALSE(ring.find(token("b"), token_now));
  EXPECT_EQ(source.asked, 1);
}

// "JWKS now has a new kid while old still cached: new token accepted without restart"
TEST(KeyRing, CH199_ANewKeyIsFoundAndTheOldOneStaysWhileItIsFresh) {
  Source source{SigningKey("P-384").jwks("old")};
  auto ring = source.ring();
  ASSERT_TRUE(ring.find(token("old"), token_now));
  source.jwks = SigningKey("P-384").jwks("new");
  EXPECT_TRUE(ring.find(token("new"), token_now + 60));
  EXPECT_TRUE(ring.find(token("old"), token_now + 3599));
  EXPECT_FALSE(ring.find(token("old"), token_now + 3600));
  EXPECT_TRUE(ring.find(token("new"), token_now + 3600));
}

TEST(KeyRing, AKeyThatWasReplacedUnderItsOldNameIsGoneAtOnce) {
  const SigningKey leaked("P-384");
  Source source{leaked.jwks("a")};
  auto ring = source.ring();
  const auto text = server::read_token(test::bearer(test::Claims().signed_by(leaked)));
  ASSERT_TRUE(ring.find(token("a"), token_now)->has_signed(*text));
  source.jwks = SigningKey("P-384").jwks("a");
  EXPECT_FALSE(ring.find(token("a"), token_now + 3600)->has_signed(*text));
}

// "JWKS endpoint slow/huge/invalid JSON/500: … cached keys continue to work"
TEST(KeyRing, CH200_ASourceThatIsBrokenLocksNobodyOutForADay) {
  Source source{SigningKey("P-384").jwks("a")};
  auto ring = source.ring();
  ASSERT_TRUE(ring.find(token("a"), token_now));
  source.broken = true;
  EXPECT_TRUE(ring.find(token("a"), token_now + 3600));
  EXPECT_FALSE(ring.find(token("b"), token_now + 3601));
  EXPECT_TRUE(ring.find(token("a"), token_now + 23 * 3600));
  EXPECT_FALSE(ring.find(token("a"), token_now + 24 * 3600));
  EXPECT_GE(source.failures_told, 3);
  source.broken = false;
  EXPECT_TRUE(ring.find(token("a"), token_now + 24 * 3600 + 31));
}

TEST(KeyRing, CH200_WhatIsNoSetOfKeysDoesNotReplaceOne) {
  Source source{SigningKey("P-384").jwks("a")};
  auto ring = source.ring();
  ASSERT_TRUE(ring.find(token("a"), token_now));
  for (const std::string text : {"", "<html>", "{}", R"({"keys":[]})"}) {
    source.jwks = text;
    EXPECT_TRUE(ring.find(token("a"), token_now + 4000 + 40 * source.asked));
  }
  EXPECT_EQ(source.failures_told, 4);
}

TEST(KeyRing, ASourceThatFailsIsNotAskedAtEachCall) {
  Source source{.jwks = "", .broken = true};
  auto ring = source.ring();
  EXPECT_FALSE(ring.fill(token_now));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(ring.find(token("a"), token_now + 1));
  EXPECT_EQ(source.asked, 2);  // the second for the unknown key
}

TEST(KeyRing, OneThreadFetchesAndTheOthersAreServedMeanwhile) {
  const std::string both = SigningKey("P-384").jwks("a");
  std::atomic<int> asked = 0;
  std::atomic<bool> go_on = false;
  KeyRing ring(
      [&]() -> fhir::Result<std::string> {
        if (++asked == 2)
          while (!go_on) std::this_thread::yield();
        return both;
      },
      {}, [](const fhir::Result<void>&) {});
  ASSERT_TRUE(ring.find(token("a"), token_now));
  std::thread slow([&] { EXPECT_FALSE(ring.find(token("b"), token_now + 1)); });
  while (asked < 2) std::this_thread::yield();
  EXPECT_TRUE(ring.find(token("a"), token_now + 5000));
  EXPECT_FALSE(ring.find(token("c"), token_now + 5000));
  EXPECT_EQ(asked, 2);
  go_on = true;
  slow.join();
}

TEST(KeyRing, AClockThatWasSetBackStopsNothing) {
  Source source{SigningKey("P-384").jwks("a")};
  auto ring = source.ring();
  ASSERT_TRUE(ring.find(token("a"), token_now));
  EXPECT_TRUE(ring.find(token("a"), token_now - 1'000'000));
}
