#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/server/bodies.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// Requests made of public data, when the folder that holds them stands beside the repository.

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST(RealRequests, NobodyInThePublicDataGetsACard) {
  if (test::shared_folder().empty()) GTEST_SKIP() << "there is no shared folder beside the repository";
  const auto files = files_in(test::shared_folder() + "/data/requests");
  EXPECT_EQ(files.size(), 40U);
  for (const auto& file : files) {
    const auto answer = test::post(test::shared_program().port(), test::service, test::read_file(file));
    EXPECT_EQ(answer.status, 200) << file.filename() << answer.body;
    EXPECT_EQ(answer.body, R"({"cards":[]})") << file.filename();
  }
}

// Values of FHIR primitives, right and wrong, where records have such values; and as whole bodies.
TEST(RealRequests, NoPrimitiveValueMakesTheServerFail) {
  if (test::shared_folder().empty()) GTEST_SKIP() << "there is no shared folder beside the repository";
  const int port = test::shared_program().port();
  std::size_t count = 0;
  for (const auto& file : files_in(test::shared_folder() + "/data/vectors")) {
    std::ifstream lines(file);
    for (std::string value; std::getline(lines, value); ++count) {
      EXPECT_LT(test::post(port, test::service, value).status, 500) << value.substr(0, 80);
      test::Call call;
      call.prefetch["patient"] = R"({"resourceType":"Patient","id":"1288992","birthDate":)" + value + "}";
      call.prefetch["observations"] = test::bundle(
          {R"({"resourceType":"Observation","id":)" + value + R"(,"status":)" + value + R"(,"effectiveDateTime":)" +
           value + R"(,"subject":{"reference":)" + value + R"(},"code":{"text":)" + value +
           R"(},"valueQuantity":{"value":)" + value + R"(,"unit":)" + value + "}}"});
      const auto answer = test::post(port, test::service, call.text());
      EXPECT_TRUE(answer.status == 200 || answer.status == 400 || answer.status == 412)
          << answer.status << value.substr(0, 80);
    }
  }
  EXPECT_GT(count, 100U);
  EXPECT_TRUE(test::shared_program().alive());
}
