#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/sanitized.h"
#include "tests/server/socket.h"

// More than the program can do. It says so early, to those who ask for most, and does the rest in time. How long the
// flood lasts says SIR_OVERLOAD_SECONDS (3); what is asserted are answers and counts, never times.

namespace {

using namespace std::chrono_literals;
using test::Program;
using test::Socket;
using ::testing::HasSubstr;

constexpr const char* flooding_address = "127.0.0.2";

std::chrono::seconds flood_time() {
  const char* seconds = std::getenv("SIR_OVERLOAD_SECONDS");
  return std::chrono::seconds(seconds ? std::atoi(seconds) : 3);
}

/// A call that is some work: a hundred results besides those that matter.
std::string large_call() {
  test::Call call = test::referral_call();
  std::vector<std::string> results{test::observation("insulin", "59179-2", "412", "pmol/L"),
                                   test::observation("bmi", "39156-5", "22.8", "kg/m2")};
  for (int i = 0; i < 100; ++i)
    results.push_back(test::observation("r" + std::to_string(i), "14749-6", "5." + std::to_string(i), "mmol/L"));
  call.prefetch["observations"] = test::bundle(results);
  return call.text();
}

/// Many connections of one client, each with several calls under way all the time.
class Flood {
 public:
  Flood(int port, std::string call)
      : request_(test::request("POST", test::service, call, {"Content-Type: application/json"})) {
    const auto close = request_.find("Connection: close\r\n");
    if (close != std::string::npos) request_.erase(close, 19);
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, port] { run(port); });
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() { stop(); }

  void stop() {
    over_ = true;
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  int answered() const { return answered_; }
  int shed() const { return shed_; }
  int wrong() const { return wrong_; }

 private:
  static constexpr int threads = 4;
  static constexpr int sockets = 24;
  static constexpr int under_way = 3;

  void run(int port) {
    std::vector<Socket> all;
    for (int i = 0; i < sockets; ++i) all.emplace_back(port, flooding_address);
    while (!over_) {
      for (auto& socket : all)
        for (int i = 0; i < under_way; ++i) socket.send(request_);
      for (auto& socket : all)
        for (int i = 0; i < under_way; ++i) count(socket.receive());
    }
  }

  void count(const test::Answer& answer) {
    if (answer.status == 200 && answer.body.find("nsirs-referral") != std::string::npos)
      ++answered_;
    else if (answer.status == 503 && answer.header("retry-after") == "1")
      ++shed_;
    else
      ++wrong_;
  }

  std::string request_;
  std::atomic<bool> over_ = false;
  std::atomic<int> answered_ = 0;
  std::atomic<int> shed_ = 0;
  std::atomic<int> wrong_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST(Overload, IsShedEarlyFromWhoeverFloodsAndNobodyElseIsStarved) {
  const Program program({"SIR_CDS_SERVER_IO_THREADS=1", "SIR_CDS_LIMITS_SHED_MS=20", "SIR_CDS_LOG_LEVEL=error"});
  const std::string call = large_call();
  ASSERT_THAT(test::post(program.port(), test::service, call).body, HasSubstr("nsirs-referral"));
  int good = 0;
  int refused = 0;
  {
    Flood flood(program.port(), call);
    const auto end = std::chrono::steady_clock::now() + flood_time();
    while (std::chrono::steady_clock::now() < end || flood.shed() == 0) {
      const auto answer = test::post(program.port(), test::service, call);
      ++(answer.status == 200 ? good : refused);
      EXPECT_EQ(test::ask(program.port(), "GET", "/health/ready").status, 200);
      if (std::chrono::steady_clock::now() > end + 60s) break;
    }
    flood.stop();
    EXPECT_EQ(flood.wrong(), 0) << "an answer is a card or a 503";
    EXPECT_GT(flood.shed(), 0);
    EXPECT_GT(flood.answered(), 0) << "what was accepted was answered";
  }
  EXPECT_GT(good, 0);
  EXPECT_LE(refused * 10, good) << "who asks for little is hardly ever turned away";
  if (!test::sanitized) {
    EXPECT_LT(program.resident_bytes(), 400U << 20U);
  }
  EXPECT_THAT(test::ask(program.port(), "GET", "/metrics").body, HasSubstr("sir_cds_shed_requests_total"));

  // It is over: everybody is served at once, the flooding client as well.
  for (int i = 0; i < 200; ++i) {
    Socket socket(program.port(), flooding_address);
    socket.send(test::request("POST", test::service, call, {"Content-Type: application/json"}));
    if (socket.receive().status == 200) return;
    std::this_thread::sleep_for(50ms);
  }
  FAIL() << "it did not recover";
}

TEST(Overload, OneClientCannotTakeAllConnections) {
  const Program program({"SIR_CDS_LIMITS_CONNECTIONS=30", "SIR_CDS_LIMITS_CONNECTIONS_PER_CLIENT=20"});
  std::vector<Socket> greedy;
  for (int i = 0; i < 60; ++i) greedy.emplace_back(program.port(), flooding_address);
  int refused = 0;
  for (auto& socket : greedy) {
    socket.send("GET /cds-services HTTP/1.1\r\nHost: x\r\n\r\n");
    if (socket.receive().status == 503) ++refused;
  }
  EXPECT_EQ(refused, 40);
  EXPECT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 200);
}

TEST(Overload, HealthIsToldWhenAllConnectionsAreTaken) {
  const Program program({"SIR_CDS_LIMITS_CONNECTIONS=3"});
  std::vector<Socket> all;
  for (int i = 0; i < 3; ++i) {
    all.emplace_back(program.port());
    all.back().send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_EQ(all.back().receive().status, 200);
  }
  EXPECT_EQ(test::ask(program.port(), "GET", "/health/ready").status, 200);
  EXPECT_EQ(test::ask(program.port(), "GET", "/health/live").status, 200);
  EXPECT_EQ(test::ask(program.port(), "GET", "/cds-services").status, 503);
  EXPECT_EQ(test::post(program.port(), "/health/ready", "{}").status, 503);
}
