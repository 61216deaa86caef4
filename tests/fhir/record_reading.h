#pragma once

#include <gtest/gtest.h>

#include <string>

#include "fhir/record.h"

// What the tests of records share: a record from literal JSON, in which ' stands for ".

namespace fhir {

inline std::string json_of(std::string text) {
  for (char& letter : text) {
    if (letter == '\'') letter = '"';
  }
  return text;
}

/// A reader that was handed values one by one; every document lives as long as its record.
class Reading {
 public:
  explicit Reading(std::string patient_id = "p1") : reader_(std::move(patient_id)) {}

  Result<Supplied> supply(const std::string& text, const std::string& path = "prefetch.x") {
    auto document = read_document(json_of(text));
    EXPECT_TRUE(document) << text;
    if (!document) return Supplied::nothing;
    const auto supplied = reader_.add(document->root(), path);
    reader_.keep(std::move(*document));
    return supplied;
  }
  Reading& add(const std::string& text, const std::string& path = "prefetch.x") {
    const auto supplied = supply(text, path);
    EXPECT_TRUE(supplied) << text;
    return *this;
  }
  Result<Record> try_finish() { return reader_.finish(); }
  Record finish() {
    auto record = reader_.finish();
    EXPECT_TRUE(record) << record.error().where << " " << record.error().what;
    if (!record) return {};
    const Counts& counts = record->counts;
    EXPECT_EQ(counts.seen, counts.used + counts.ignored + counts.dropped);
    return std::move(*record);
  }

 private:
  RecordReader reader_;
};

inline Record record_of(const std::string& text) {
  return Reading().add(text).finish();
}

inline std::string bundle_of(const std::string& resources) {
  return "{'resourceType':'Bundle','type':'searchset','entry':[" + resources + "]}";
}

/// The notes, one per line.
inline std::string unreadable_in(const Record& record) {
  std::string text;
  for (const Unreadable& note : record.unreadable) text += note.reference + ": " + note.path + " " + note.reason + "\n";
  return text;
}

}  // namespace fhir
