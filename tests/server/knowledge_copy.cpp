#include "tests/server/knowledge_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/socket.h"

namespace test {

KnowledgeCopy::KnowledgeCopy() {
  std::filesystem::copy(std::string(SIR_SOURCE_DIR) + "/cards/knowledge", path(),
                        std::filesystem::copy_options::recursive);
}

void KnowledgeCopy::change(const std::string& file, const std::string& from, const std::string& to) const {
  const std::string name = path() + "/" + file;
  std::string text = read_file(name);
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  std::ofstream(name, std::ios::binary) << text;
}

void KnowledgeCopy::set_fasting_threshold(const std::string& number) const {
  change("facts/severe-hyperinsulinaemia.json", R"("value": 150)", R"("value": )" + number);
}

std::string ready_page(const Program& program) {
  return ask(program.port(), "GET", "/health/ready").body;
}

std::string metrics_page(const Program& program) {
  return ask(program.port(), "GET", "/metrics").body;
}

bool comes_to(const Program& program, const std::string& text) {
  for (int i = 0; i < 3000; ++i) {
    if (metrics_page(program).find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

void renew(const Program& program, const std::string& result, int times) {
  program.signal(SIGHUP);
  const std::string done = "sir_cds_knowledge_reads_total{result=\"" + result + "\"} " + std::to_string(times) + "\n";
  EXPECT_TRUE(comes_to(program, done)) << metrics_page(program);
}

}  // namespace test
