#include "server/replay.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace {

using server::MemoryReplayStore;

}  // namespace

TEST(Replay, ATokenIsFirstOnce) {
  MemoryReplayStore store;
  EXPECT_TRUE(*store.first_seen("a", "1", 100, 50));
  EXPECT_FALSE(*store.first_seen("a", "1", 100, 50));
  EXPECT_FALSE(*store.first_seen("a", "1", 100, 100));
  EXPECT_TRUE(*store.first_seen("b", "1", 100, 50));
  EXPECT_TRUE(*store.first_seen("a", "2", 100, 50));
}

TEST(Replay, AnExpiredTokenIsForgotten) {
  MemoryReplayStore store(2);
  EXPECT_TRUE(*store.first_seen("a", "1", 100, 50));
  EXPECT_TRUE(*store.first_seen("a", "2", 200, 50));
  EXPECT_TRUE(*store.first_seen("a", "3", 300, 101));
  EXPECT_FALSE(*store.first_seen("a", "2", 200, 101));
}

TEST(Replay, AFullStoreSaysSoAndForgetsNothing) {
  MemoryReplayStore store(2);
  EXPECT_TRUE(*store.first_seen("a", "1", 100, 50));
  EXPECT_TRUE(*store.first_seen("a", "2", 100, 50));
  const auto full = store.first_seen("a", "3", 100, 50);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, fhir::Kind::busy);
  EXPECT_FALSE(*store.first_seen("a", "1", 100, 50));
}

TEST(Replay, OfManyThreadsOneIsFirst) {
  MemoryReplayStore store;
  std::atomic<int> first = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int token = 0; token < 200; ++token)
        if (*store.first_seen("a", std::to_string(token), 100, 50)) ++first;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(first, 200);
}
