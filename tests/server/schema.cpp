#include "tests/server/schema.h"

#include <rapidjson/document.h>

#include <fstream>
#include <sstream>
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace test {

std::string schema_faults(const std::string& name, std::string_view json) {
  std::ifstream file(std::string(SIR_SOURCE_DIR) + "/tests/schemas/" + name + ".json");
  std::ostringstream text;
  text << file.rdbuf();
  rapidjson::Document schema_document;
  if (schema_document.Parse(text.str().c_str()).HasParseError()) return "the schema " + name + " cannot be read";
  rapidjson::Document document;
  if (document.Parse(json.data(), json.size()).HasParseError()) return "this is no JSON: " + std::string(json);

  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::RapidJsonAdapter(schema_document), schema);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(schema, valijson::adapters::RapidJsonAdapter(document), &results)) return {};
  std::string faults;
  for (const auto& fault : results) {
    for (const auto& step : fault.context) faults += step;
    faults += ": " + fault.description + "\n";
  }
  return faults.empty() ? "does not fit the schema " + name : faults;
}

}  // namespace test
