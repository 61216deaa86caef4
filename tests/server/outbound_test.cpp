#include "server/outbound.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "tests/server/fhir_server.h"

// HTTP to other servers, most of them hostile. What is asked of each: a clear end, in time, with bounded memory.

namespace {

using namespace std::chrono_literals;
using server::Outbound;
using server::OutboundRequest;
using server::Reach;
using test::Asked;
using test::FhirServer;
using test::Wire;

Outbound make(server::OutboundOptions options = {}) {
  auto outbound = Outbound::make(std::move(options));
  if (!outbound) throw std::runtime_error(outbound.error().what);
  return std::move(*outbound);
}

OutboundRequest get(const std::string& url, std::chrono::milliseconds time = 5s) {
  return {.url = url,
          .headers = {},
          .body = {},
          .reach = Reach::listed,
          .deadline = std::chrono::steady_clock::now() + time};
}

/// What comes of one GET; the error's sentence when nothing does.
std::string outcome_of(const FhirServer& server, std::chrono::milliseconds time = 5s) {
  auto outbound = make();
  const auto reply = outbound.exchange(get(server.base() + "/Patient/1", time));
  return reply ? std::to_string(reply->status) + " " + reply->body : reply.error().what;
}

}  // namespace

TEST(Outbound, AnAnswerComesBackAsAValue) {
  const FhirServer server(test::always_answers(
      test::answer_text(R"({"resourceType":"Patient"})", "200 OK", "application/fhir+json", {"ETag: W/\"1\""})));
  auto outbound = make();
  auto request = get(server.base() + "/Patient/1?_format=json&x=a|b");
  request.headers = {{"Accept", "application/fhir+json"}, {"Authorization", "Bearer secret"}};
  const auto reply = outbound.exchange(request);
  ASSERT_TRUE(reply) << reply.error().what;
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->header("content-type"), "application/fhir+json");
  EXPECT_EQ(reply->header("etag"), "W/\"1\"");
  EXPECT_EQ(reply->body, R"({"resourceType":"Patient"})");

  ASSERT_EQ(server.asked().size(), 1U);
  const auto asked = server.asked().front();
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.target, "/fhir/Patient/1?_format=json&x=a%7Cb");
  EXPECT_EQ(asked.header("host"), server.origin().substr(7));
  EXPECT_EQ(asked.header("accept"), "application/fhir+json");
  EXPECT_EQ(asked.header("accept-encoding"), "gzip");
  EXPECT_EQ(asked.header("authorization"), "Bearer secret");
}

TEST(Outbound, AFormIsPosted) {
  const FhirServer server(test::always_answers(test::answer_text("{}")));
  auto outbound = make();
  auto request = get(server.base() + "/Observation/_search");
  request.method = "POST";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "patient=1&_count=5";
  ASSERT_TRUE(outbound.exchange(request));
  EXPECT_EQ(server.asked().front().method, "POST");
  EXPECT_EQ(server.asked().front().body, "patient=1&_count=5");
  EXPECT_EQ(server.asked().front().header("content-type"), "application/x-www-form-urlencoded");
}

TEST(Outbound, ConnectionsAreKeptAndUsedAgain) {
  const FhirServer server(test::always_answers(test::answer_text("{}")));
  auto outbound = make();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(outbound.exchange(get(server.base() + "/metadata")));
    std::this_thread::sleep_for(5ms);  // the library lays a connection back a moment after its answer
  }
  EXPECT_LE(server.connections(), 3);
}

TEST(Outbound, AConnectionThatWasClosedMeanwhileIsReplaced) {
  const FhirServer server([](Wire& wire, const Asked&) {
    wire.send(test::answer_text("{}"));
    return false;  // although nothing said so
  });
  auto outbound = make();
  for (int i = 0; i < 10; ++i) {
    const auto reply = outbound.exchange(get(server.base() + "/metadata"));
    EXPECT_TRUE(reply) << reply.error().what;
    std::this_thread::sleep_for(5ms);
  }
}

TEST(Outbound, WhatFollowsAnAnswerUnaskedIsNotTakenForTheNext) {
  const FhirServer server([](Wire& wire, const Asked& asked) {
    return wire.send(test::answer_text(asked.target) + test::answer_text("somebody else's"));
  });
  auto outbound = make();
  for (int i = 0; i < 5; ++i) {
    const auto path = "/fhir/" + std::to_string(i);
    const auto reply = outbound.exchange(get(server.origin() + path));
    std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(!reply || reply->body == path) << reply->body;
  }
}

TEST(Outbound, AServerThatNeverAnswersTimesOut) {
  const FhirServer server([](Wire& wire, const Asked&) { return wire.wait(60'000); });
  EXPECT_EQ(outcome_of(server, 200ms), "timed out");
}

TEST(Outbound, AByteASecondTimesOut) {
  for (const bool headers_first : {false, true}) {
    const FhirServer server([&](Wire& wire, const Asked&) {
      const auto text = test::answer_text(std::string(1000, 'x'));
      std::size_t sent = headers_first ? text.find("\r\n\r\n") + 4 : 0;
      if (headers_first) wire.send(text.substr(0, sent));
      while (sent < text.size() && wire.send(text.substr(sent++, 1)) && wire.wait(1000)) {
      }
      return false;
    });
    EXPECT_EQ(outcome_of(server, 300ms), "timed out");
  }
}

TEST(Outbound, MoreThanIsAcceptedIsNotReadToTheEnd) {
  const std::string much(1U << 20U, 'x');
  const auto flood = [&much](std::string head) {
    return [&much, head = std::move(head)](Wire& wire, const Asked&) {
      if (!wire.send(head)) return false;
      for (int i = 0; i < 1024 && wire.send(much); ++i) {
      }
      return false;
    };
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const std::string& head :
       {ok + "Content-Length: 1073741824\r\n\r\n", ok + "\r\n", ok + "X: ", ok,
        ok + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n", ok + "Transfer-Encoding: chunked\r\n\r\n-5\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\n"}) {
    const FhirServer server(flood(head));
    const auto outcome = outcome_of(server);
    EXPECT_TRUE(outcome == "answered with more than is accepted" ||
                outcome == "broke the connection, or does not speak HTTP")
        << head << outcome.substr(0, 200);
  }
}

TEST(Outbound, AllAnswersTogetherAreBounded) {
  const FhirServer server([](Wire& wire, const Asked&) {
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(300'000, 'x'));
    return wire.wait(60'000);
  });
  std::vector<std::promise<std::string>> ends(6);
  auto outbound = make({.ca_file = {}, .proxy = {}, .threads = 2, .bytes_in_flight_max = 800'000});
  for (auto& end : ends)
    outbound.begin(get(server.base(), 10s), [&end](auto reply) { end.set_value(reply ? "" : reply.error().what); });
  int busy = 0;
  std::size_t ready = 0;
  for (auto& end : ends) {
    auto future = end.get_future();
    if (future.wait_for(1s) != std::future_status::ready) continue;
    ++ready;
    busy += future.get().find("too much is under way") != std::string::npos;
  }
  EXPECT_GE(ready, 3U);
  EXPECT_EQ(static_cast<std::size_t>(busy), ready);
}

TEST(Outbound, RedirectsAreAnswersAndNothingIsAskedElsewhere) {
  const FhirServer elsewhere(test::always_answers(test::answer_text("{}")));
  for (const std::string status : {"301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"}) {
    const FhirServer server(test::always_answers(
        test::answer_text("", status, "text/plain", {"Location: " + elsewhere.origin() + "/latest/meta-data"})));
    EXPECT_EQ(outcome_of(server), status.substr(0, 3) + " ");
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(Outbound, LengthsThatAreWrongAreFaults) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const std::string& text :
       {ok + "Content-Length: 100\r\n\r\n{}", ok + "Content-Length: 5, 7\r\n\r\n{}",
        ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\n5\r\n{}", std::string("220 smtp ready\r\n\r\n"),
        std::string("HTTP/1.1 100 Continue\r\n\r\n"), std::string("\r\n\r\n"), std::string()}) {
    const FhirServer server([&](Wire& wire, const Asked&) {
      wire.send(text);
      return false;
    });
    const auto outcome = outcome_of(server);
    EXPECT_TRUE(outcome.starts_with("broke the connection") || outcome.starts_with("does not speak HTTP"))
        << text << outcome;
  }
}

TEST(Outbound, AddressesOutOfReachAreNotConnectedTo) {
  const FhirServer server(test::always_answers(test::answer_text("{}")));
  const std::string port = std::to_string(server.port());
  const auto outcome = [&](const std::string& host, Reach reach, std::vector<std::string> addresses) {
    auto outbound = make({.ca_file = {}, .proxy = {}, .lookup = [&](const std::string&) { return addresses; }});
    auto request = get("http://" + host + ":" + port + "/fhir");
    request.reach = reach;
    const auto reply = outbound.exchange(request);
    return reply ? "reached" : reply.error().what;
  };
  const std::string refused = "has an address that may not be connected to";
  EXPECT_EQ(outcome("ehr.example", Reach::listed, {"127.0.0.1"}), "reached");
  EXPECT_EQ(outcome("ehr.example", Reach::loopback, {"127.0.0.1"}), "reached");
  EXPECT_EQ(outcome("127.0.0.1", Reach::loopback, {}), "reached");
  EXPECT_EQ(outcome("ehr.example", Reach::public_addresses, {"127.0.0.1"}), refused);
  EXPECT_EQ(outcome("127.0.0.1", Reach::public_addresses, {}), refused);
  EXPECT_EQ(outcome("2130706433", Reach::public_addresses, {"127.0.0.1"}), refused);
  EXPECT_EQ(outcome("ehr.example", Reach::listed, {"8.8.8.8", "127.0.0.1"}), refused);
  EXPECT_EQ(outcome("ehr.example", Reach::listed, {"169.254.169.254"}), refused);
  EXPECT_EQ(outcome("ehr.example", Reach::loopback, {"8.8.8.8"}), refused);
  EXPECT_EQ(outcome("ehr.example", Reach::listed, {}), "has a name without an address");
  EXPECT_EQ(server.connections(), 3);
}

TEST(Outbound, TheAddressThatWasCheckedIsTheOneThatIsUsed) {
  const FhirServer good(test::always_answers(test::answer_text("good")));
  int asked = 0;
  auto outbound = make({.ca_file = {}, .proxy = {}, .lookup = [&](const std::string&) -> std::vector<std::string> {
                          return {++asked == 1 ? "127.0.0.1" : "127.0.0.2"};
                        }});
  // The name exists nowhere but in the look-up above: nobody else can have resolved it.
  const auto url = "http://rebound.invalid:" + std::to_string(good.port()) + "/fhir";
  for (int i = 0; i < 5; ++i) {
    const auto reply = outbound.exchange(get(url));
    ASSERT_TRUE(reply) << reply.error().what;
    EXPECT_EQ(reply->body, "good");
  }
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(good.asked().front().header("host"), "rebound.invalid:" + std::to_string(good.port()));
}

TEST(Outbound, AnAddressThatDoesNotAnswerIsPassedOverForTheNext) {
  const FhirServer server(test::always_answers(test::answer_text("{}")));
  auto outbound = make({.ca_file = {}, .proxy = {}, .lookup = [](const std::string&) -> std::vector<std::string> {
                          return {"127.0.0.9", "127.0.0.1"};
                        }});
  EXPECT_TRUE(outbound.exchange(get("http://two.invalid:" + std::to_string(server.port()))));
}

TEST(Outbound, ANameThatIsNotResolvedInTimeTimesOut) {
  const auto released = std::make_shared<std::promise<void>>();
  const auto release = released->get_future().share();
  auto outbound =
      make({.ca_file = {}, .proxy = {}, .lookup = [release](const std::string&) -> std::vector<std::string> {
              release.wait_for(30s);
              return {};
            }});
  const auto reply = outbound.exchange(get("http://slow.invalid/", 100ms));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().what, "timed out");
  released->set_value();
}

TEST(Outbound, RequestsThatCouldSmuggleAreNotSent) {
  const FhirServer server(test::always_answers(test::answer_text("{}")));
  auto outbound = make();
  auto header = get(server.base());
  header.headers = {{"Authorization", "Bearer a\r\nX-Evil: 1"}};
  EXPECT_FALSE(outbound.exchange(header));
  for (const std::string url : {"", "ftp://127.0.0.1/", "http://", "http://user:pw@127.0.0.1/", "http://a b/",
                                "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://[::1/", "http://x\r\n/"})
    EXPECT_FALSE(outbound.exchange(get(url))) << url;
  EXPECT_EQ(server.connections(), 0);
}

TEST(Outbound, NobodyListeningIsAFault) {
  int port = 0;
  { port = FhirServer(test::always_answers("")).port(); }
  auto outbound = make();
  const auto reply = outbound.exchange(get("http://127.0.0.1:" + std::to_string(port)));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().what, "could not be reached");
}

TEST(Outbound, WhatIsUnderWayEndsWithTheOutbound) {
  const FhirServer server([](Wire& wire, const Asked&) { return wire.wait(60'000); });
  std::promise<bool> ended;
  {
    auto outbound = make();
    outbound.begin(get(server.base(), 60s), [&](auto reply) { ended.set_value(!reply); });
  }
  EXPECT_TRUE(ended.get_future().get());
}
