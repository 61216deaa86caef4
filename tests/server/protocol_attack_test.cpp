#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/sanitized.h"
#include "tests/server/socket.h"

// Attacks over raw sockets. The shapes of request smuggling are those that scanners try (CL.TE, TE.CL and the hidden
// Transfer-Encodings of J. Kettle's "HTTP Desync Attacks", and the ambiguities that RFC 9112 section 11.2 warns of):
// each ends the connection with one refusal, or is one request whole. What is smuggled behind is never answered.

namespace {

using namespace std::chrono_literals;
using test::Program;
using test::Socket;

const std::string post = "POST /explain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/// The statuses of everything that comes back, until the other end closes.
std::vector<int> statuses_of(Socket& socket) {
  const auto text = socket.receive_rest();
  std::vector<int> statuses;
  for (auto at = text.find("HTTP/1.1 "); at != std::string::npos; at = text.find("HTTP/1.1 ", at + 9))
    statuses.push_back(std::atoi(text.substr(at + 9, 3).c_str()));
  return statuses;
}

std::vector<int> answers_to(const std::string& bytes) {
  Socket socket(test::shared_program().port());
  socket.send(bytes);
  socket.finish_sending();
  return statuses_of(socket);
}

struct Shape {
  const char* name;
  std::string bytes;
};

std::string with(const std::string& fields, const std::string& body) {
  return post + fields + "\r\n" + body;
}

const std::string chunks = "2\r\n{}\r\n0\r\n\r\n";
const std::string short_chunks = "0\r\n\r\n";

/// Framing that two servers might read in two ways, each with a request hidden where the other would see one.
std::vector<Shape> ambiguous_lengths() {
  return {{"length and chunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", short_chunks + smuggled)},
          {"chunked and length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", short_chunks + smuggled)},
          {"two lengths", with("Content-Length: 2\r\nContent-Length: 40\r\n", "{}" + smuggled)},
          {"two equal lengths", with("Content-Length: 2\r\nContent-Length: 2\r\n", "{}" + smuggled)},
          {"a list of lengths", with("Content-Length: 2, 2\r\n", "{}" + smuggled)},
          {"a length with a sign", with("Content-Length: +2\r\n", "{}" + smuggled)},
          {"a negative length", with("Content-Length: -2\r\n", "{}" + smuggled)},
          {"a hexadecimal length", with("Content-Length: 0x2\r\n", "{}" + smuggled)},
          {"a length with a blank in it", with("Content-Length: 2 0\r\n", "{}" + smuggled)},
          {"a length with a point", with("Content-Length: 2.0\r\n", "{}" + smuggled)},
          {"a length that overflows", with("Content-Length: 18446744073709551618\r\n", "{}" + smuggled)},
          {"no length at all", with("Content-Length: \r\n", "{}" + smuggled)},
          {"a blank before the colon", with("Content-Length : 2\r\n", "{}" + smuggled)},
          {"a name with a blank in front", with("A: b\r\n Content-Length: 2\r\n", "{}" + smuggled)},
          {"a name with a NUL", with(std::string("Content-Length\0: 2\r\n", 20), "{}" + smuggled)},
          {"a length in two lines", with("Content-Length:\r\n 2\r\n", "{}" + smuggled)}};
}

std::vector<Shape> hidden_codings() {
  std::vector<Shape> shapes;
  for (const char* coding : {"xchunked", "chunked, identity", "identity, chunked", "chunked, chunked", "gzip, chunked",
                             "\"chunked\"", "chunked;q=1",
                             "\x0b"
                             "chunked",
                             "chunked\x0b", "cow", "identity", "", "chunk", "Chunked x", "chunked,"})
    shapes.push_back({coding, with("Transfer-Encoding: " + std::string(coding) + "\r\n", short_chunks + smuggled)});
  shapes.push_back(
      {"twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n", short_chunks + smuggled)});
  shapes.push_back({"twice the same",
                    with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", short_chunks + smuggled)});
  shapes.push_back({"a blank before the colon", with("Transfer-Encoding : chunked\r\n", short_chunks + smuggled)});
  shapes.push_back({"folded", with("Transfer-Encoding:\r\n chunked\r\n", short_chunks + smuggled)});
  shapes.push_back({"behind a bare line feed", with("A: b\nTransfer-Encoding: chunked\r\n", short_chunks + smuggled)});
  shapes.push_back(
      {"behind a bare carriage return", with("A: b\rTransfer-Encoding: chunked\r\n", short_chunks + smuggled)});
  shapes.push_back({"with a blank in front", with("A: b\r\n Transfer-Encoding: chunked\r\n", short_chunks + smuggled)});
  shapes.push_back(
      {"in HTTP/1.0", "POST /explain HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + short_chunks + smuggled});
  return shapes;
}

std::vector<Shape> bad_chunks() {
  std::vector<Shape> shapes;
  const auto chunked = [](const std::string& body) { return with("Transfer-Encoding: chunked\r\n", body + smuggled); };
  for (const char* size :
       {"0x2", "-2", "+2", "2 2", "g", "", " ", "2_0", "ffffffffffffffffff", "7fffffffffffffff", "2\t;"})
    shapes.push_back({size, chunked(std::string(size) + "\r\n{}\r\n0\r\n\r\n")});
  shapes.push_back({"data longer than its size", chunked("2\r\n{}xx\r\n0\r\n\r\n")});
  shapes.push_back({"data without an end", chunked("2\r\n{}0\r\n\r\n")});
  shapes.push_back({"data that ends in a bare line feed", chunked("2\r\n{}\n0\r\n\r\n")});
  shapes.push_back({"a size that ends in a bare line feed", chunked("2\n{}\r\n0\r\n\r\n")});
  shapes.push_back({"a size that ends in a bare carriage return", chunked("2\r{}\r\n0\r\n\r\n")});
  shapes.push_back({"an endless extension", chunked("2;" + std::string(100'000, 'x') + "\r\n{}\r\n0\r\n\r\n")});
  return shapes;
}

std::vector<Shape> malformed_heads() {
  const std::string end = " HTTP/1.1\r\nHost: x\r\n\r\n";
  return {{"bare line feeds", "GET /cds-services HTTP/1.1\nHost: x\n\n"},
          {"an obsolete fold", "GET /cds-services HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"},
          {"no host", "GET /cds-services HTTP/1.1\r\n\r\n"},
          {"two hosts", "GET /cds-services HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
          {"a field without a colon", "GET /cds-services HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"},
          {"a field without a name", "GET /cds-services HTTP/1.1\r\nHost: x\r\n: value\r\n\r\n"},
          {"a NUL in a value", "GET /cds-services HTTP/1.1\r\nHost: x\r\nA: " + std::string(1, '\0') + "\r\n\r\n"},
          {"a carriage return in a value", "GET /cds-services HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n"},
          {"a blank in the target", "GET /cds services" + end},
          {"a tab in the target", "GET /cds\tservices" + end},
          {"a NUL in the target", "GET /cds" + std::string(1, '\0') + end},
          {"no target", "GET" + end},
          {"HTTP/0.9", "GET /cds-services\r\n"},
          {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
          {"HTTP/1.2.3", "GET /cds-services HTTP/1.1.1\r\nHost: x\r\n\r\n"},
          {"another protocol", "GET /cds-services ICY/1.1\r\nHost: x\r\n\r\n"},
          {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(500, '\x42')},
          {"a method that is no word", "G(ET /cds-services" + end},
          {"an endless method", std::string(20'000, 'G') + " /" + end},
          {"an endless target", "GET /" + std::string(20'000, 'x') + end},
          {"an endless field", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n"}};
}

void expect_one_refusal(const std::vector<Shape>& shapes) {
  for (const auto& shape : shapes) {
    const auto statuses = answers_to(shape.bytes);
    ASSERT_EQ(statuses.size(), 1U) << shape.name << ": " << ::testing::PrintToString(statuses);
    EXPECT_GE(statuses.front(), 400) << shape.name;
    EXPECT_NE(statuses.front(), 404) << shape.name << ": what was smuggled was answered";
    EXPECT_NE(statuses.front(), 500) << shape.name;
  }
}

}  // namespace

TEST(Smuggling, LengthsThatCanBeReadInTwoWaysEndTheConnection) {
  expect_one_refusal(ambiguous_lengths());
}

TEST(Smuggling, CodingsThatAreHiddenEndTheConnection) {
  expect_one_refusal(hidden_codings());
}

TEST(Smuggling, ChunksThatAreMalformedEndTheConnection) {
  expect_one_refusal(bad_chunks());
}

TEST(Smuggling, HeadsThatAreMalformedEndTheConnection) {
  expect_one_refusal(malformed_heads());
}

TEST(Smuggling, ABodyThatNobodyReadsIsNoNextRequest) {
  for (const std::string target : {"/nowhere", "/cds-services", "/cds-services/unknown"}) {
    const auto statuses =
        answers_to("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(smuggled.size()) +
                   "\r\n\r\n" + smuggled);
    EXPECT_EQ(statuses.size(), 1U) << target;
  }
  EXPECT_EQ(answers_to("GET /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(smuggled.size()) +
                       "\r\n\r\n" + smuggled),
            std::vector<int>{200})
      << "a GET may have a body; it is no request";
}

TEST(Attack, UpgradesAndTunnelsAreNotEntered) {
  EXPECT_EQ(
      answers_to("GET /cds-services HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                 "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"),
      std::vector<int>{200});
  EXPECT_EQ(answers_to("GET /cds-services HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
            std::vector<int>{200});
  const auto tunnel = answers_to("CONNECT internal.example:443 HTTP/1.1\r\nHost: internal.example:443\r\n\r\n");
  ASSERT_EQ(tunnel.size(), 1U);
  EXPECT_GE(tunnel.front(), 400);
}

TEST(Attack, EncodedAndForeignTargetsLeadNowhereElse) {
  for (const std::string target :
       {"/cds-services/..%2f..%2fetc%2fpasswd", "/web/..%2f..%2f..%2fetc%2fpasswd", "/web/../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/web/%00", "/web/%2500", "/cds-services%0d%0aX-Injected:%20yes",
        "/;/metrics", "/metrics;x", "/metrics%20", "http://internal.example/admin", "http://x@internal.example/admin",
        "file:///etc/passwd", "/web/style.css%00.js", "/web/\\..\\x"}) {
    const auto answer = test::ask(test::shared_program().port(), "GET", target);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << target << " " << answer.status;
    EXPECT_EQ(answer.body.find("root:"), std::string::npos) << target;
    EXPECT_EQ(answer.header("x-injected"), "") << target;
  }
}

TEST(Attack, WhatIsReflectedCannotBeSplit) {
  // Origin and the names of header fields are all that an answer repeats.
  for (const std::string value :
       {"https://a.example%0d%0aX-Injected: yes", "https://a.example\tX-Injected: yes", "null"}) {
    const auto answer = test::ask(
        test::shared_program().port(), "OPTIONS", test::service, "",
        {"Origin: " + value, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: a, " + value});
    EXPECT_EQ(answer.header("x-injected"), "") << value;
  }
}

TEST(Attack, AReaderWhoReadsNothingHoldsNobodyUp) {
  const Program program({"SIR_CDS_LIMITS_REQUEST_SECONDS=2", "SIR_CDS_SERVER_IO_THREADS=1"});
  std::vector<Socket> lazy;
  const std::string flood = [] {
    std::string many;
    for (int i = 0; i < 400; ++i) many += "GET /criteria HTTP/1.1\r\nHost: x\r\n\r\n";
    return many;
  }();
  for (int i = 0; i < 20; ++i) {
    lazy.emplace_back(program.port());
    lazy.back().send(flood);
  }
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 200);
  if (!test::sanitized) {
    EXPECT_LT(program.resident_bytes(), 400U << 20U);
  }
}

TEST(Attack, APipelinedFloodIsAnsweredInOrderAndOthersMeanwhile) {
  const Program program({"SIR_CDS_SERVER_IO_THREADS=1"});
  constexpr int requests = 2000;
  Socket flood(program.port());
  std::thread sender([&] {
    std::string many;
    for (int i = 0; i < requests; ++i)
      many += std::string("GET ") + (i % 2 == 0 ? "/health/live" : "/nowhere") + " HTTP/1.1\r\nHost: x\r\n\r\n";
    flood.send(many);
  });
  EXPECT_EQ(test::ask(program.port(), "GET", "/health/ready").status, 200);
  for (int i = 0; i < requests; ++i) ASSERT_EQ(flood.receive().status, i % 2 == 0 ? 200 : 404) << i;
  sender.join();
}

TEST(Attack, HalfOpenConnectionsAndResetsLeaveNothingBehind) {
  const Program program({"SIR_CDS_LIMITS_IDLE_SECONDS=1", "SIR_CDS_LIMITS_HEADER_SECONDS=1"});
  for (int i = 0; i < 200; ++i) {
    Socket socket(program.port());
    if (i % 4 == 1) socket.send("POST /explain HT");
    if (i % 4 == 2) socket.send(post + "Content-Length: 1000\r\n\r\n{");
    if (i % 4 == 3) socket.finish_sending();
    if (i % 2 == 0) socket.reset();
  }
  // Only the connection that asks is left.
  std::string page;
  for (int i = 0; i < 1000 && page.find("sir_cds_connections 1\n") == std::string::npos; ++i) {
    page = test::ask(program.port(), "GET", "/metrics").body;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_NE(page.find("sir_cds_connections 1\n"), std::string::npos);
}

// Found by fuzzing: the end of a head came late, and the fault of the request behind it was taken for this one's.
TEST(Attack, AFoldedFieldIsTheFaultOfItsOwnRequestHoweverTheBytesCome) {
  const std::string bytes =
      "GET /cds-services HTTP/1.1\r\nHost: x\r\n\r\nGET /cds-services HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n";
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    Socket socket(test::shared_program().port());
    socket.send(bytes.substr(0, cut));
    std::this_thread::sleep_for(2ms);
    socket.send(bytes.substr(cut));
    EXPECT_EQ(socket.receive().status, 200) << "cut behind " << cut;
    EXPECT_EQ(socket.receive().status, 400) << "cut behind " << cut;
  }
}

TEST(Attack, TenThousandIdleConnectionsCostLittleAndStopNobody) {
  constexpr std::size_t many = 10'000;
  rlimit descriptors{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  if (descriptors.rlim_max < many + 200) GTEST_SKIP() << "this user may not open so many sockets";
  const rlimit all{descriptors.rlim_max, descriptors.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &all), 0);
  const Program program({"SIR_CDS_LIMITS_CONNECTIONS=12000", "SIR_CDS_LIMITS_CONNECTIONS_PER_CLIENT=12000"});
  const auto before = program.resident_bytes();
  {
    std::vector<Socket> idle;
    for (std::size_t i = 0; i < many; ++i) idle.emplace_back(program.port());
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 200);
    // The one that asks is counted as well; those that asked before may be just ending.
    std::string page;
    for (int i = 0; i < 1000 && page.find("sir_cds_connections 10001\n") == std::string::npos; ++i) {
      page = test::ask(program.port(), "GET", "/metrics").body;
      std::this_thread::sleep_for(10ms);
    }
    EXPECT_NE(page.find("sir_cds_connections 10001\n"), std::string::npos);
    if (!test::sanitized) {
      EXPECT_LT(program.resident_bytes() - before, many * 16384) << "16 KiB for each";
    }
  }
  EXPECT_EQ(test::ask(program.port(), "GET", "/health/ready").status, 200);
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
}
