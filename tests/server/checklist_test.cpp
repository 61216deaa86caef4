#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>

#include "tests/server/bodies.h"

// The checklist is worth something only when it is complete: every number is tested, or excused in writing.

namespace {

constexpr int items = 225;

std::set<int> numbers_in(const std::string& text) {
  static const std::regex number("CH-?([0-9]{3})(?![0-9])");
  std::set<int> numbers;
  for (std::sregex_iterator match(text.begin(), text.end(), number), end; match != end; ++match)
    numbers.insert(std::stoi((*match)[1]));
  return numbers;
}

std::set<int> tested() {
  std::set<int> all;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(SIR_SOURCE_DIR) + "/tests/server")) {
    if (entry.path().filename() == "checklist_test.cpp" || entry.path().extension() != ".cpp") continue;
    all.merge(numbers_in(test::read_file(entry.path())));
  }
  return all;
}

std::set<int> excused() {
  static const std::regex row("\n[|] CH-([0-9]{3}) [|] [^|]+ [|] [^|]+ [|]");
  const std::string text = test::read_file(std::string(SIR_SOURCE_DIR) + "/tests/checklist.md");
  std::set<int> all;
  for (std::sregex_iterator match(text.begin(), text.end(), row), end; match != end; ++match)
    all.insert(std::stoi((*match)[1]));
  return all;
}

}  // namespace

TEST(Checklist, EveryItemIsTestedOrExcusedAndNoneIsBoth) {
  const auto tests = tested();
  const auto excuses = excused();
  for (int item = 1; item <= items; ++item) EXPECT_NE(tests.contains(item), excuses.contains(item)) << "item " << item;
}
