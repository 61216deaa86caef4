#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cards/assess.h"
#include "cards/card.h"
#include "cards/chart.h"
#include "cards/content.h"
#include "cards/hook.h"
#include "cards/knowledge.h"

// What the tests of cards/ share: the shipped knowledge, read once, and records from JSON literals.

namespace cards::tests {

inline const fhir::Day today = *fhir::read_day("2026-06-15");

inline const Folder& shipped_folder() {
  static const Folder folder = *read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge");
  return folder;
}

inline const Knowledge& shipped() {
  static const Knowledge knowledge = [] {
    auto read = read_knowledge(shipped_folder());
    if (!read) throw std::runtime_error(read.error().where + " " + read.error().what);
    return std::move(*read);
  }();
  return knowledge;
}

/// JSON with single quotes, for literals that can be read.
inline std::string json(std::string text) {
  for (auto& c : text) {
    if (c == '\'') c = '"';
  }
  return text;
}

/// A Bundle of resources, each without its braces' quotes doubled: `bundle({"'resourceType':'Patient',…"})`.
inline std::string bundle(const std::vector<std::string>& resources) {
  std::string entries;
  for (const auto& resource : resources) {
    entries += (entries.empty() ? "" : ",") + std::string("{\"resource\":{") + json(resource) + "}}";
  }
  return R"({"resourceType":"Bundle","type":"collection","entry":[)" + entries + "]}";
}

inline fhir::Record record_of(const std::vector<std::string>& resources) {
  auto read = read_any(bundle(resources), shipped());
  if (!read) throw std::runtime_error(read.error().where + " " + read.error().what);
  return std::move(read->record);
}

inline const std::string woman_of_34 = "'resourceType':'Patient','id':'p','gender':'female','birthDate':'1992-02-01'";

inline std::string quantity(const std::string& value, const std::string& unit) {
  return "'valueQuantity':{'value':" + value + ",'unit':'" + unit + "','system':'http://unitsofmeasure.org','code':'" +
         unit + "'}";
}

inline std::string observation(const std::string& id, const std::string& loinc, const std::string& value,
                               const std::string& day = "2026-05-16", const std::string& more = "") {
  return "'resourceType':'Observation','id':'" + id +
         "','status':'final','subject':{'reference':'Patient/p'},"
         "'code':{'coding':[{'system':'http://loinc.org','code':'" +
         loinc + "'}]},'effectiveDateTime':'" + day + "'," + value + (more.empty() ? "" : "," + more);
}

inline std::string condition(const std::string& id, const std::string& snomed, const std::string& more = "") {
  return "'resourceType':'Condition','id':'" + id +
         "','subject':{'reference':'Patient/p'},'code':{'coding':[{"
         "'system':'http://snomed.info/sct','code':'" +
         snomed + "'}]}" + (more.empty() ? "" : "," + more);
}

inline std::string bmi(const std::string& value, const std::string& day = "2026-05-16") {
  return observation("bmi", "39156-5", quantity(value, "kg/m2"), day);
}

inline std::string fasting_insulin(const std::string& value, const std::string& day = "2026-05-16",
                                   const std::string& id = "ins") {
  return observation(id, "59179-2", quantity(value, "pmol/L"), day);
}

inline std::string outcome_of(const std::vector<std::string>& resources) {
  return assess(record_of(resources), shipped(), today).outcome;
}

inline std::function<std::string()> counting_uuids() {
  return [n = 0]() mutable { return "uuid-" + std::to_string(++n); };
}

inline std::vector<Card> cards_for(const std::vector<std::string>& resources, const Site& site = {}) {
  const auto record = record_of(resources);
  return compose(assess(record, shipped(), today, {}, Trail::verdicts_only), record, shipped(), site, counting_uuids());
}

}  // namespace cards::tests
