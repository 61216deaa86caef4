#include <filesystem>
#include <fstream>
#include <sstream>

#include "record_reading.h"

// Real and foreign data, looked for beside the repository.

namespace fhir {
namespace {

const std::filesystem::path data = std::filesystem::path(SIR_SOURCE_DIR) / ".." / "shared" / "data";

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) files.push_back(file.path());
  return files;
}

std::size_t resources_in(Json prefetch) {
  std::size_t count = 0;
  for (const Json value : prefetch) count += value["resourceType"].string() == "Bundle" ? value["entry"].size() : 1;
  return count;
}

TEST(RecordOfSharedRequests, IsReadWholeByEitherReader) {
  if (!std::filesystem::exists(data / "requests")) GTEST_SKIP() << "there is no ../shared/data/requests";
  for (const auto& file : files_in(data / "requests")) {
    for (const JsonReader json_reader : {JsonReader::simdjson, JsonReader::rapidjson}) {
      auto document = read_document(content_of(file), json_reader);
      ASSERT_TRUE(document) << file;
      const Json root = document->root();
      RecordReader reader{std::string(root["context"]["patientId"].string())};
      for (const Json value : root["prefetch"]) {
        ASSERT_TRUE(reader.add(value, "prefetch." + std::string(value.name()))) << file;
      }
      const std::size_t sent = resources_in(root["prefetch"]);
      reader.keep(std::move(*document));
      const auto record = reader.finish();
      ASSERT_TRUE(record) << file;
      EXPECT_EQ(unreadable_in(*record), "") << file;
      EXPECT_EQ(record->counts.seen, sent) << file;
      EXPECT_EQ(record->counts.used, sent) << file;
      EXPECT_TRUE(record->patient->birth) << file;
    }
  }
}

/// Every line of a file, as it is: some lines are no JSON, which is one of the things to find out.
std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::istringstream text(content_of(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::optional<Result<Time>> time_in(const std::string& line) {
  const auto document = read_document(line);
  if (!document || !document->root().is(JsonType::string)) return std::nullopt;
  return read_time(document->root().string());
}

TEST(SharedVectors, OfValidTimesAreRead) {
  if (!std::filesystem::exists(data / "vectors")) GTEST_SKIP() << "there is no ../shared/data/vectors";
  for (const char* type : {"date", "date_time", "instant"}) {
    for (const std::string& line : lines_of(data / "vectors" / (std::string(type) + ".valid.ndjson"))) {
      const auto time = time_in(line);
      EXPECT_TRUE(line == "null" || (time && *time)) << type << " " << line;
    }
  }
}

TEST(SharedVectors, OfInvalidTimesAreRefusedUnlessOnlyTheZoneIsMissing) {
  if (!std::filesystem::exists(data / "vectors")) GTEST_SKIP() << "there is no ../shared/data/vectors";
  const std::vector<std::string> tolerated = {
      R"("1970-01-01T12:00:00.123")",
      R"("2014-10-09T14:58:00")",  // no zone, as in real records
      R"("3000")",
      R"("1800-02")",
      R"("1970-01-01")",  // no instant, but a date
  };
  for (const char* type : {"date", "date_time", "instant"}) {
    for (const std::string& line : lines_of(data / "vectors" / (std::string(type) + ".invalid.ndjson"))) {
      const auto time = time_in(line);
      const bool expected = std::find(tolerated.begin(), tolerated.end(), line) != tolerated.end();
      EXPECT_EQ(time && *time, expected) << type << " " << line;
    }
  }
}

TEST(SharedVectors, ComeThroughEveryPlaceOfARecord) {
  if (!std::filesystem::exists(data / "vectors")) GTEST_SKIP() << "there is no ../shared/data/vectors";
  for (const auto& file : files_in(data / "vectors")) {
    for (const std::string& line : lines_of(file)) {
      for (const char* place : {"status", "code", "subject", "valueQuantity", "valueInteger", "effectiveDateTime",
                                "component", "id", "contained"}) {
        const auto other = std::string(place) == "code" ? "" : R"(,"code":{"text":"a"})";
        auto document =
            read_document(R"({"resourceType":"Observation")" + std::string(other) + ",\"" + place + "\":" + line + "}");
        if (!document) continue;
        RecordReader reader("p1");
        ASSERT_TRUE(reader.add(document->root(), "x")) << line;
        const auto record = reader.finish();
        ASSERT_TRUE(record) << line;
        EXPECT_EQ(record->counts.seen, record->counts.used + record->counts.dropped) << line;
      }
    }
  }
}

}  // namespace
}  // namespace fhir
