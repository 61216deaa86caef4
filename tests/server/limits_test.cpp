#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/sanitized.h"
#include "tests/server/schema.h"
#include "tests/server/socket.h"

// What strangers may cost: sizes, times, numbers. And the end: what has begun is finished.

namespace {

using namespace std::chrono_literals;
using test::ask;
using test::post;
using test::Program;
using test::sanitized;
using test::Socket;

std::string head_for(std::size_t length) {
  return "POST " + std::string(test::service) + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) +
         "\r\n\r\n";
}

/// Sends a byte each 100 ms until an answer comes; a limit that starts again at each byte would never answer.
test::Answer drip(Socket socket, std::string_view bytes) {
  std::atomic<bool> answered = false;
  std::thread sender([&] {
    for (const char byte : bytes) {
      if (answered || !socket.send(std::string_view(&byte, 1))) break;
      std::this_thread::sleep_for(100ms);
    }
  });
  auto answer = socket.receive();
  answered = true;
  sender.join();
  return answer;
}

bool refuses_connections(int port) {
  for (int i = 0; i < 500; ++i) {
    try {
      Socket probe(port);
    } catch (const std::runtime_error&) {
      return true;
    }
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

}  // namespace

// "body = limit / limit+1 with Content-Length: 200/4xx / 413 before reading the body, connection closed"
TEST(Limits, CH115_CH216_ABodyOverTheLimitIs413BeforeItIsRead) {
  Program program({"SIR_CDS_LIMITS_BODY_BYTES=100000"});
  const std::string body = test::Call().text();
  EXPECT_EQ(post(program.port(), test::service, body + std::string(100'000 - body.size(), ' ')).status, 200);
  const auto answer = test::send_raw(program.port(), head_for(100'001));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("connection"), "close");
}

// CH-216: "20 MB body, Content-Length and chunked"; the client gets to read the answer although it keeps sending
TEST(Limits, CH116_CH216_AnEndlessChunkedBodyIs413) {
  Program program({"SIR_CDS_LIMITS_BODY_BYTES=1000000"});
  Socket socket(program.port());
  socket.send("POST /explain HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  for (int i = 0; i < 320; ++i) socket.send(chunk);
  EXPECT_EQ(socket.receive().status, 413);
  EXPECT_TRUE(sanitized || program.resident_bytes() < 40U << 20U) << program.resident_bytes();
}

TEST(Limits, FortyMegabytesOfSpacesAre413OrWithARoomierLimit400) {
  const std::string spaces(40'000'000, ' ');
  EXPECT_EQ(post(test::shared_program().port(), test::service, spaces).status, 413);
  Program roomy({"SIR_CDS_LIMITS_BODY_BYTES=50000000"});
  EXPECT_EQ(post(roomy.port(), test::service, spaces).status, 400);
}

// "slow-loris 1 byte/s headers or body: 408/close after timeout; other clients unaffected"
TEST(Limits, CH117_SlowHeadersAndBodiesAre408) {
  Program program({"SIR_CDS_LIMITS_HEADER_SECONDS=1", "SIR_CDS_LIMITS_REQUEST_SECONDS=2"});
  const std::string chunked = "POST /explain HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n";
  const std::vector<std::pair<std::string, std::string>> at_once_and_slowly{{"POST /x HTTP/1.1\r\nHo", ""},
                                                                            {head_for(100) + "{", ""},
                                                                            {"GET /", std::string(200, 'a')},
                                                                            {head_for(300), std::string(200, ' ')},
                                                                            {chunked, std::string(200, ' ')}};
  std::vector<std::future<test::Answer>> answers;
  for (const auto& [at_once, slowly] : at_once_and_slowly) {
    answers.push_back(std::async(std::launch::async, [&] {
      Socket socket(program.port());
      socket.send(at_once);
      return drip(std::move(socket), slowly);
    }));
  }
  EXPECT_EQ(ask(program.port(), "GET", "/health/live").status, 200);
  for (auto& future : answers) {
    const auto answer = future.get();
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
  }
}

TEST(Limits, AConnectionThatRestsTooLongIsClosedWithoutAWord) {
  Program program({"SIR_CDS_LIMITS_IDLE_SECONDS=1"});
  Socket silent(program.port());
  EXPECT_TRUE(silent.closes_within(10s));
  Socket used(program.port());
  used.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(used.receive().status, 200);
  EXPECT_TRUE(used.closes_within(10s));
}

TEST(Limits, CH132_ConnectionsOverTheLimitHear503) {
  Program program({"SIR_CDS_LIMITS_CONNECTIONS=2"});
  Socket first(program.port());
  first.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first.receive().status, 200);
  Socket second(program.port());
  second.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(second.receive().status, 200);
  Socket third(program.port());
  const auto answer = third.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(test::schema_faults("operation-outcome", answer.body), "");
  first.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first.receive().status, 200);
}

// With one I/O thread, the body that came first has its memory before the next connection is looked at.
TEST(Limits, CH132_BodiesOverTheMemoryForThemHear503) {
  Program program({"SIR_CDS_LIMITS_BODIES_IN_FLIGHT_BYTES=10000", "SIR_CDS_SERVER_IO_THREADS=1"});
  EXPECT_EQ(post(program.port(), test::service, test::Call().text()).status, 200);
  Socket holder(program.port());
  holder.send(head_for(9'990) + "{");
  const auto refused = post(program.port(), test::service, test::Call().text());
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("retry-after"), "1");
  holder.reset();
  test::Answer answer;
  for (int i = 0; i < 500 && answer.status != 200; ++i)
    answer = post(program.port(), test::service, test::Call().text());
  EXPECT_EQ(answer.status, 200);
}

TEST(Limits, BodiesThatComeAtTheSameTimeAreNotAllInMemory) {
  constexpr std::size_t many = 64;
  const Program program({"SIR_CDS_SERVER_IO_THREADS=1", "SIR_CDS_LIMITS_REQUEST_SECONDS=120"});
  const auto call = test::Call().text();
  const auto body = call + std::string((512U << 10U) - call.size(), ' ');
  std::vector<Socket> callers;
  for (std::size_t i = 0; i < many; ++i) {
    callers.emplace_back(program.port());
    ASSERT_TRUE(callers.back().send(head_for(body.size()) + body));
    EXPECT_EQ(callers.back().receive().status, 200);
  }
  const auto before = program.resident_bytes();
  for (auto& caller : callers) {
    ASSERT_TRUE(caller.send(head_for(body.size()) + body.substr(0, body.size() / 2)));
  }
  EXPECT_EQ(post(program.port(), test::service, body).status, 200);
  EXPECT_LT(program.resident_bytes(), before + many * body.size() / 4);
  for (auto& caller : callers) {
    ASSERT_TRUE(caller.send(body.substr(body.size() / 2)));
    EXPECT_EQ(caller.receive().status, 200);
  }
}

TEST(Limits, RunningOutOfDescriptorsIsSurvived) {
  // UBSan opens a pipe to look at an object's type, and reports a fault when it gets none.
  if (sanitized) GTEST_SKIP() << "the sanitizers themselves need descriptors";
  Program program;
  const rlimit few{24, 24};
  ASSERT_EQ(::prlimit(program.id(), RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::vector<Socket> many;
    for (int i = 0; i < 60; ++i) many.emplace_back(program.port());
    std::this_thread::sleep_for(300ms);
  }
  EXPECT_TRUE(program.alive());
  EXPECT_EQ(ask(program.port(), "GET", "/health/live").status, 200);
}

TEST(Stop, ARequestInFlightIsFinishedAndTheStatusIsZero) {
  Program program;
  const std::string body = test::referral_call().text();
  Socket sending(program.port());
  sending.send(head_for(body.size()) + body.substr(0, 100));
  Socket idle(program.port());
  idle.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(idle.receive().status, 200);

  program.signal(SIGTERM);
  EXPECT_TRUE(refuses_connections(program.port()));
  EXPECT_TRUE(idle.closes_within(5s));
  sending.send(body.substr(100));
  const auto answer = sending.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(program.wait(10s), 0);
}

TEST(Stop, BothSignalsEndAnIdleProgramWithStatusZero) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program program;
    program.signal(signal);
    EXPECT_EQ(program.wait(10s), 0) << signal;
  }
}

// The second may arrive while the first is being handled: a program once waited for a third that never came.
TEST(Stop, BothSignalsAtOnceEndTheProgramEveryTime) {
  for (int i = 0; i < 20; ++i) {
    Program program;
    program.signal(SIGINT);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(10s), 0) << "start " << i;
  }
}

TEST(Stop, ARequestThatNeverEndsIsCutOffAfterTheDrainTime) {
  Program program({"SIR_CDS_LIMITS_DRAIN_SECONDS=1"});
  Socket endless(program.port());
  endless.send(head_for(100) + "{");
  Socket other(program.port());
  other.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(other.receive().status, 200);
  EXPECT_EQ(program.stop(), 0);
}

TEST(Stop, ASecondSignalEndsItAtOnce) {
  Program program;
  Socket endless(program.port());
  endless.send(head_for(100) + "{");
  EXPECT_EQ(ask(program.port(), "GET", "/health/live").status, 200);
  program.signal(SIGTERM);
  EXPECT_TRUE(refuses_connections(program.port()));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(10s), 0);
}

// Bodies above 1 MiB go to the workers; small ones are answered meanwhile.
TEST(Limits, LargeAndSmallBodiesTogetherAreAllAnswered) {
  const std::string large = std::string(3'000'000, ' ') + test::referral_call().text();
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int i = 0; i < 16; ++i)
    clients.emplace_back([&, i] {
      const auto answer = post(test::shared_program().port(), test::service, i % 2 ? large : test::Call().text());
      good += answer.status == 200 && (answer.body == R"({"cards":[]})") == (i % 2 == 0);
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 16);
}
