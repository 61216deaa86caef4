#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// Whole answers, byte for byte but for uuids and the digest of the knowledge. SIR_UPDATE_GOLDEN=1 rewrites them; a
// person reads the difference.

namespace {

constexpr const char* base_url = "https://cds.example.org";

std::string normalised(const std::string& text) {
  static const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  static const std::regex digest("sha256:[0-9a-f]{8,64}");
  return std::regex_replace(std::regex_replace(text, uuid, "00000000-0000-4000-8000-000000000000"), digest, "sha256:…");
}

void expect_golden(const std::string& name, const test::Answer& answer, int status) {
  ASSERT_EQ(answer.status, status) << answer.body;
  const std::string path = std::string(SIR_SOURCE_DIR) + "/tests/golden/" + name + ".json";
  const std::string text = normalised(answer.body) + "\n";
  if (std::getenv("SIR_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(text, test::read_file(path)) << path;
}

test::Program& program() {
  static test::Program one({std::string("SIR_CDS_SERVER_PUBLIC_BASE_URL=") + base_url});
  return one;
}

test::Answer call(const test::Call& body) {
  return test::post(program().port(), test::service, body.text());
}

}  // namespace

TEST(Golden, Discovery) {
  expect_golden("discovery", test::ask(program().port(), "GET", "/cds-services"), 200);
}

TEST(Golden, Cards) {
  expect_golden("cards-none", call(test::Call()), 200);
  expect_golden("card-nsirs-referral", call(test::referral_call()), 200);
  expect_golden("card-acanthosis-nigricans", call(test::acanthosis_call()), 200);
  expect_golden("card-missing-measurement", call(test::missing_measurement_call()), 200);
  expect_golden("cards-type-b-and-referral", call(test::two_cards_call()), 200);
}

TEST(Golden, CardsOfTheOrderHooks) {
  const auto ask = [](const test::Call& body, const std::string& service) {
    return test::post(program().port(), "/cds-services/" + service, body.text());
  };
  expect_golden("card-order-insulin-dose",
                ask(test::order_call("order-sign", test::insulin_order("190")), "sir-order-sign"), 200);
  expect_golden("card-order-insulin-assay",
                ask(test::order_call("order-select", test::lab_order("20448-7", "t1"), R"(["ServiceRequest/t1"])"),
                    "sir-order-select"),
                200);
  expect_golden("card-new-condition", ask(test::new_condition_call("402599005"), "sir-problem-list-item-create"), 200);
  test::Call without_orders = test::order_call("order-sign", test::insulin_order("190"));
  without_orders.context = R"({"patientId":"1288992"})";
  expect_golden("error-400-draft-orders", ask(without_orders, "sir-order-sign"), 400);
}

TEST(Golden, Explanation) {
  expect_golden(
      "explanation-order-sign",
      test::post(program().port(), "/explain", test::order_call("order-sign", test::insulin_order("190")).text()), 200);
  expect_golden("explanation-nsirs-referral", test::post(program().port(), "/explain", test::referral_call().text()),
                200);
}

TEST(Golden, Errors) {
  const int port = program().port();
  const std::string head = "POST /explain HTTP/1.1\r\nHost: x\r\n";
  expect_golden("error-400-syntax", test::post(port, test::service, "{"), 400);
  test::Call without_hook;
  without_hook.hook = "";
  expect_golden("error-400-hook", call(without_hook), 400);
  test::Call wrong_id;
  wrong_id.context = R"({"patientId":"a/../b"})";
  expect_golden("error-400-patient-id", call(wrong_id), 400);
  expect_golden("error-400-framing", test::send_raw(port, head + "Content-Length: x\r\n\r\n"), 400);
  expect_golden("error-404-address", test::ask(port, "GET", "/nowhere"), 404);
  expect_golden("error-404-service", test::post(port, "/cds-services/other", "{}"), 404);
  expect_golden("error-405", test::ask(port, "GET", test::service), 405);
  test::Call bare;
  bare.whole_prefetch = "-";
  expect_golden("error-412", call(bare), 412);
  expect_golden("error-413", test::send_raw(port, head + "Content-Length: 99999999999\r\n\r\n"), 413);
  expect_golden("error-415", test::post(port, test::service, "{}", {"Content-Type: text/plain"}), 415);
  expect_golden("error-417", test::send_raw(port, head + "Expect: x\r\nContent-Length: 1\r\n\r\n"), 417);
  expect_golden("error-431", test::send_raw(port, head + "X: " + std::string(20'000, 'x') + "\r\n\r\n"), 431);
  expect_golden("error-501-coding", test::send_raw(port, head + "Transfer-Encoding: gzip\r\n\r\n"), 501);
}

TEST(Golden, ErrorsOfTheLimits) {
  test::Program small({"SIR_CDS_LIMITS_HEADER_SECONDS=1", "SIR_CDS_LIMITS_BODIES_IN_FLIGHT_BYTES=1024"});
  expect_golden("error-408", test::send_raw(small.port(), "GET /"), 408);
  expect_golden("error-503", test::post(small.port(), test::service, std::string(2000, ' ')), 503);
}
