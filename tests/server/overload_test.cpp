#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/open_loop.h"
#include "tests/server/program.h"
#include "tests/server/sanitized.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

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
  Flood(int port, const std::string& call, const std::string& more_header = "A: b")
      : request_(test::request("POST", test::service, call, {"Content-Type: application/json", more_header})) {
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

constexpr const char* base_url = "https://cds.example.org";

/// The program behind a proxy that ends TLS and tells no addresses. It believes two record systems; to look at a
/// signature of theirs costs far more than to read a call.
class Hospital {
  test::SigningKey key_{"P-384"};
  test::TemporaryFile keys_{key_.jwks()};

 public:
  const Program program;

  explicit Hospital(const std::vector<std::string>& more = {}) : program(environment(more)) {}

  /// A call of "a" or "b" with a token that was never used.
  [[nodiscard]] std::string call(const std::string& who) const {
    test::Claims claims = test::Claims::today();
    claims.iss = "\"https://" + who + ".example\"";
    claims.aud = "\"" + std::string(base_url) + std::string(test::service) + "\"";
    return call_with(claims.signed_by(key_));
  }
  [[nodiscard]] static std::string call_with(const std::string& token) {
    static const std::string body = test::referral_call().text();
    return "POST " + std::string(test::service) + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
           "Authorization: " + test::bearer(token) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  [[nodiscard]] std::vector<std::string> calls(const std::string& who, std::size_t count) const {
    std::vector<std::string> all(count);
    std::atomic<std::size_t> next = 0;
    const auto sign = [&] {
      for (auto i = next++; i < count; i = next++) all[i] = call(who);
    };
    std::thread other(sign);
    sign();
    other.join();
    return all;
  }

  /// Calls per second that are all answered, the best of three: four connections, each with its next call when the last
  /// was answered.
  [[nodiscard]] double sustainable_rate() const {
    return std::max({measured_rate(), measured_rate(), measured_rate()});
  }

 private:
  [[nodiscard]] double measured_rate() const {
    const auto all = calls("a", 300);
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> good = 0;
    const auto begun = std::chrono::steady_clock::now();
    const auto ask = [&] {
      Socket socket(program.port());
      for (auto i = next++; i < all.size(); i = next++) good += socket.send(all[i]) && socket.receive().status == 200;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(ask);
    for (auto& thread : threads) thread.join();
    return static_cast<double>(good) / std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }

  [[nodiscard]] std::vector<std::string> environment(const std::vector<std::string>& more) const {
    const auto issuer = [this](const std::string& who) {
      return R"({iss = "https://)" + who + R"(.example", jwks_file = ")" + keys_.path() + "\"}";
    };
    std::vector<std::string> all{"SIR_CDS_SERVER_IO_THREADS=1",
                                 "SIR_CDS_SERVER_TLS_PROXY=true",
                                 "SIR_CDS_LOG_LEVEL=error",
                                 "SIR_CDS_LIMITS_SHED_MS=50",
                                 std::string("SIR_CDS_SERVER_PUBLIC_BASE_URL=") + base_url,
                                 "SIR_CDS_TRUST_ISSUER=[" + issuer("a") + ", " + issuer("b") + "]"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

/// Calls that were turned away are made again, with the same token: nobody has looked at it.
class Calls {
 public:
  explicit Calls(std::vector<std::string> all) : all_(std::move(all)) {
    for (std::size_t i = 1; i < all_.size(); ++i) unused_.push_back(i);  // the first stands in when there are no more
  }
  [[nodiscard]] std::string next(std::size_t number) {
    if (unused_.empty()) return all_.front();
    used_[number] = unused_.back();
    unused_.pop_back();
    return all_[used_[number]];
  }
  void hear(std::size_t number, int status, std::string_view text) {
    if (status == 200 && text.find("nsirs-referral") != std::string_view::npos) {
      ++answered;
    } else if (status == 503 && text.find("\r\nRetry-After: 1\r\n") != std::string_view::npos) {
      ++shed;
      if (used_.contains(number)) unused_.push_back(used_[number]);
    } else if (status == 401 && !used_.contains(number)) {
      ++used_up;
    } else {
      ++wrong;
      std::cout << "wrong: " << text << "\n";
    }
    used_.erase(number);
  }
  std::size_t answered = 0;
  std::size_t shed = 0;
  std::size_t used_up = 0;  ///< more were accepted than tokens had been made
  std::size_t wrong = 0;

 private:
  std::vector<std::string> all_;
  std::vector<std::size_t> unused_;
  std::map<std::size_t, std::size_t> used_;
};

/// Somebody who does one thing after the other until it is over, and counts how often it went well.
class Meanwhile {
 public:
  explicit Meanwhile(std::function<bool()> once)
      : thread_([this, once = std::move(once)] {
          while (!over_) ++(once() ? good_ : bad_);
        }) {}
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;
  ~Meanwhile() { stop(); }
  void stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int good() const { return good_; }
  int bad() const { return bad_; }

 private:
  std::atomic<bool> over_ = false;
  std::atomic<int> good_ = 0;
  std::atomic<int> bad_ = 0;
  std::thread thread_;
};

struct Outcome {
  double sustainable = 0;
  test::Offered offered;
  std::size_t answered = 0;
  std::size_t shed = 0;
  std::size_t wrong = 0;
};

/// "a" offers a multiple of what can be done.
Outcome flood_with(const Hospital& hospital, double times) {
  Outcome outcome;
  outcome.sustainable = hospital.sustainable_rate();
  const auto seconds = static_cast<double>(flood_time().count());
  Calls calls(hospital.calls("a", static_cast<std::size_t>(outcome.sustainable * seconds) + 100));
  outcome.offered = test::offer(
      {.port = hospital.program.port(),
       .per_second = times * outcome.sustainable,
       .requests = static_cast<std::size_t>(times * outcome.sustainable * seconds),
       .make = [&](std::size_t number) { return calls.next(number); },
       .heard = [&](std::size_t number, int status, std::string_view text) { calls.hear(number, status, text); }});
  outcome.answered = calls.answered + calls.used_up;
  outcome.shed = calls.shed;
  outcome.wrong = calls.wrong;
  std::cout << "sustainable " << outcome.sustainable << "/s, offered " << outcome.offered.requests << " at "
            << static_cast<double>(outcome.offered.requests) / outcome.offered.seconds / outcome.sustainable
            << " times that, answered " << outcome.answered << ", shed " << outcome.shed << ", the longest took "
            << outcome.offered.longest_seconds << " s\n";
  return outcome;
}

}  // namespace

TEST(Overload, TenTimesTheSustainableLoadIsShedWhatIsAcceptedIsAnsweredAndNothingLasts) {
  if (test::sanitized) GTEST_SKIP() << "a sanitizer makes what is shed as slow as what is answered";
  const Hospital hospital;
  const int port = hospital.program.port();
  const auto before = hospital.program.resident_bytes();
  Meanwhile health([port] {
    std::this_thread::sleep_for(100ms);
    return test::ask(port, "GET", "/health/ready").status == 200;
  });
  const auto outcome = flood_with(hospital, 10);
  health.stop();

  EXPECT_EQ(outcome.wrong, 0U) << "an answer is a card or a 503 with Retry-After";
  EXPECT_EQ(outcome.offered.unanswered, 0U);
  EXPECT_GT(outcome.shed, outcome.answered) << "it was more than could be done";
  const auto sustained = outcome.sustainable * static_cast<double>(flood_time().count());
  EXPECT_GT(static_cast<double>(outcome.answered) * 10, sustained) << "what can be done is done all the same";
  EXPECT_LT(outcome.offered.longest_seconds, 60) << "limits.request_seconds";
  EXPECT_GT(health.good(), 0);
  EXPECT_EQ(health.bad(), 0);
  if (!test::sanitized) {
    EXPECT_LT(hospital.program.resident_bytes(), before + (200U << 20U));
  }
  int refused = 0;
  for (Socket socket(port); refused < 200; ++refused) {
    socket.send(hospital.call("a"));
    if (socket.receive().status == 200) break;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_LT(refused, 200) << "it did not recover";
  std::cout << "refused afterwards: " << refused << ", health asked " << health.good() << " times\n";
}

// All connections come from the proxy's address: who calls is known by the tokens.
TEST(Overload, BehindAProxyOneRecordSystemCannotStarveAnother) {
  const Hospital hospital;
  const int port = hospital.program.port();
  Meanwhile other([&hospital, port] {
    Socket socket(port);
    socket.send(hospital.call("b"));
    return socket.receive().status == 200;
  });
  const auto outcome = flood_with(hospital, 5);
  other.stop();
  EXPECT_EQ(outcome.wrong, 0U);
  EXPECT_GT(outcome.shed, 0U);
  EXPECT_GT(other.good(), 0);
  EXPECT_LE(other.bad() * 10, other.good()) << "who asks for little is hardly ever turned away";
  std::cout << "the other record system: " << other.good() << " answered, " << other.bad() << " turned away\n";
}

TEST(Overload, BehindAProxyThatTellsAddressesTheyAreWhatCounts) {
  const Program program({"SIR_CDS_SERVER_IO_THREADS=1", "SIR_CDS_LIMITS_SHED_MS=20", "SIR_CDS_LOG_LEVEL=error",
                         "SIR_CDS_SERVER_TLS_PROXY=true", "SIR_CDS_SERVER_FORWARDED_FOR=true"});
  const std::string call = large_call();
  int good = 0;
  int refused = 0;
  {
    Flood flood(program.port(), call, "X-Forwarded-For: 198.51.100.7, 203.0.113.1");
    const auto end = std::chrono::steady_clock::now() + flood_time();
    while (std::chrono::steady_clock::now() < end || flood.shed() == 0) {
      // What comes before the last address was written by the caller, and is not believed.
      const auto answer = test::post(program.port(), test::service, call,
                                     {"Content-Type: application/json", "X-Forwarded-For: 203.0.113.1, 203.0.113.2"});
      ++(answer.status == 200 ? good : refused);
      if (std::chrono::steady_clock::now() > end + 60s) break;
    }
    flood.stop();
    EXPECT_EQ(flood.wrong(), 0);
    EXPECT_GT(flood.shed(), 0);
  }
  EXPECT_GT(good, 0);
  EXPECT_LE(refused * 10, good);
}

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
