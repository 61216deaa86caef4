#include <cstdint>
#include <cstdlib>
#include <string>

#include "fhir/json.h"

// Whatever the bytes: both readers come to the same verdict and the same tree, and what is written reads back the same.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_same(fhir::Json one, fhir::Json other) {
  check(one.type() == other.type());
  check(one.name() == other.name());
  check(one.text() == other.text());
  check(one.size() == other.size());
  check(one.boolean() == other.boolean());
  check(one.number() == other.number());
  check(one.is(fhir::JsonType::number) == one.number().has_value());
  auto twin = other.begin();
  for (const fhir::Json part : one) {
    check(twin != other.end());
    check_same(part, *twin);
    ++twin;
  }
  check(twin == other.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto one = fhir::read_document(text, fhir::JsonReader::simdjson);
  const auto other = fhir::read_document(text, fhir::JsonReader::rapidjson);
  check(one.has_value() == other.has_value());
  if (!one) {
    check(one.error() == other.error());
    return 0;
  }
  check_same(one->root(), other->root());
  for (const auto layout : {fhir::JsonWriter::Layout::compact, fhir::JsonWriter::Layout::indented}) {
    fhir::JsonWriter writer(layout);
    writer.value(one->root());
    const auto again = fhir::read_document(writer.take());
    check(again.has_value());
    check_same(one->root(), again->root());
  }
  return 0;
}
