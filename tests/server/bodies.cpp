#include "tests/server/bodies.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace test {

Call::Call()
    : prefetch{{"patient", R"({"resourceType":"Patient","id":"1288992","gender":"female","birthDate":"1980-01-01"})"},
               {"conditions", bundle({})},
               {"observations", bundle({})},
               {"medications", bundle({})},
               {"familyHistory", bundle({})},
               {"referrals", bundle({})}} {}

std::string Call::text() const {
  std::string all;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) all += (all.empty() ? "\"" : ",\"") + std::string(name) + "\":" + value;
  };
  add("hook", hook);
  add("hookInstance", instance);
  add("context", context);
  std::string keys;
  for (const auto& [key, value] : prefetch)
    if (!value.empty()) keys += (keys.empty() ? "\"" : ",\"") + key + "\":" + value;
  if (whole_prefetch != "-") add("prefetch", whole_prefetch.empty() ? "{" + keys + "}" : whole_prefetch);
  return "{" + all + more + "}";
}

std::string bundle(const std::vector<std::string>& resources, std::string_view more) {
  std::string text = R"({"resourceType":"Bundle","type":"searchset","total":)" + std::to_string(resources.size());
  for (std::size_t i = 0; i < resources.size(); ++i)
    text += (i == 0 ? R"(,"entry":[{"resource":)" : R"(},{"resource":)") + resources[i];
  if (!resources.empty()) text += "}]";
  return text + std::string(more) + "}";
}

std::string observation(std::string_view id, std::string_view loinc, std::string_view value, std::string_view unit,
                        std::string_view patient) {
  std::ostringstream text;
  text << R"({"resourceType":"Observation","id":")" << id << R"(","status":"final","code":{"coding":[{"system":)"
       << R"("http://loinc.org","code":")" << loinc << R"("}]},"subject":{"reference":"Patient/)" << patient
       << R"("},"effectiveDateTime":"2026-05-14T08:30:00Z","valueQuantity":{"value":)" << value << R"(,"unit":")"
       << unit << R"(","system":"http://unitsofmeasure.org","code":")" << unit << R"("}})";
  return text.str();
}

std::string condition(std::string_view id, std::string_view snomed) {
  std::ostringstream text;
  text << R"({"resourceType":"Condition","id":")" << id << R"(","code":{"coding":[{"system":"http://snomed.info/sct",)"
       << R"("code":")" << snomed << R"("}]},"subject":{"reference":"Patient/1288992"}})";
  return text.str();
}

Call referral_call(std::string_view insulin, std::string_view patient) {
  Call call;
  const std::string id(patient);
  call.context = R"({"userId":"Practitioner/example","patientId":")" + id + R"("})";
  call.prefetch["patient"] =
      R"({"resourceType":"Patient","id":")" + id + R"(","gender":"female","birthDate":"1992-03-01"})";
  call.prefetch["observations"] = bundle({observation("bmi-1", "39156-5", "22.8", "kg/m2", patient),
                                          observation("insulin-1", "59179-2", insulin, "pmol/L", patient)});
  return call;
}

Call acanthosis_call() {
  Call call;
  call.prefetch["conditions"] = bundle({condition("an-1", "402599005")});
  call.prefetch["observations"] = bundle({observation("bmi-1", "39156-5", "22.8", "kg/m2")});
  return call;
}

Call missing_measurement_call() {
  Call call;
  call.prefetch["observations"] = bundle({observation("insulin-1", "59179-2", "412", "pmol/L")});
  return call;
}

std::string first_card_uuid(const std::string& answer) {
  constexpr std::string_view before = R"({"cards":[{"uuid":")";
  return answer.starts_with(before) ? answer.substr(before.size(), 36) : "";
}

Call two_cards_call() {
  auto call = referral_call("800");
  call.prefetch["conditions"] = bundle({condition("vitiligo-1", "56727007"), condition("weight-loss-1", "448765001")});
  const std::string recorded = R"("recordedDate":"2026-05-01",)";
  auto& conditions = call.prefetch["conditions"];
  conditions.insert(conditions.find(R"("id":"weight-loss-1")"), recorded);
  return call;
}

std::string insulin_order(std::string_view units) {
  std::ostringstream text;
  text << R"({"resourceType":"MedicationRequest","id":"o1","status":"draft","intent":"order","subject":{"reference":)"
       << R"("Patient/1288992"},"medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":)"
       << R"("A10AB01","display":"insulin human"}]},"dosageInstruction":[{"timing":{"repeat":{"frequency":1,)"
       << R"("period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":)" << units
       << R"(,"unit":"U","system":"http://unitsofmeasure.org","code":"[iU]"}}]}]})";
  return text.str();
}

std::string lab_order(std::string_view loinc, std::string_view id) {
  std::ostringstream text;
  text << R"({"resourceType":"ServiceRequest","id":")" << id << R"(","status":"draft","intent":"order","subject":)"
       << R"({"reference":"Patient/1288992"},"code":{"coding":[{"system":"http://loinc.org","code":")" << loinc
       << R"("}]}})";
  return text.str();
}

namespace {

Call hook_call(std::string_view hook, const std::string& more_context) {
  Call call;
  call.hook = "\"" + std::string(hook) + "\"";
  call.context = R"({"userId":"Practitioner/example","patientId":"1288992",)" + more_context + "}";
  call.prefetch["observations"] =
      bundle({observation("bmi-1", "39156-5", "22.8", "kg/m2"), observation("weight-1", "29463-7", "60", "kg")});
  return call;
}

}  // namespace

Call order_call(std::string_view hook, const std::string& orders, std::string_view selections) {
  const auto selected = selections.empty() ? std::string() : "\"selections\":" + std::string(selections) + ",";
  return hook_call(hook, selected + "\"draftOrders\":" + bundle({orders}));
}

Call new_condition_call(std::string_view snomed) {
  return hook_call("problem-list-item-create", "\"conditions\":" + bundle({condition("new-1", snomed)}));
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string shared_folder() {
  const std::string folder = std::string(SIR_SOURCE_DIR) + "/../shared";
  return std::filesystem::is_directory(folder) ? folder : "";
}

}  // namespace test
