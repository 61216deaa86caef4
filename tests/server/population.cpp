#include "tests/server/population.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace test {

Workplace::Workplace() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sir-cds-screen-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

Workplace::~Workplace() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Workplace::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path(name);
}

std::string Workplace::read(const std::string& name) const {
  std::ifstream file(path_ / name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string lines(const std::vector<std::string>& resources) {
  std::string text;
  for (auto resource : resources) {
    std::replace(resource.begin(), resource.end(), '\'', '"');
    text += resource + "\n";
  }
  return text;
}

std::string patient(const std::string& id) {
  return "{'resourceType':'Patient','id':'" + id +
         "','gender':'male','birthDate':'1990-03-04','identifier':[{'system':"
         "'https://fhir.nhs.uk/Id/nhs-number','value':'nhs-" +
         id + "'}]}";
}

namespace {

std::string observation(const std::string& id, const std::string& subject, const std::string& loinc,
                        const std::string& value, const std::string& unit) {
  return "{'resourceType':'Observation','id':'" + id +
         "','status':'final','code':{'coding':[{'system':"
         "'http://loinc.org','code':'" +
         loinc + "'}]},'subject':" + subject + ",'effectiveDateTime':'2026-05-14','valueQuantity':{'value':" + value +
         ",'unit':'" + unit + "','system':'http://unitsofmeasure.org','code':'" + unit + "'}}";
}

}  // namespace

std::string bmi(const std::string& id, const std::string& subject, const std::string& value) {
  return observation(id, subject, "39156-5", value, "kg/m2");
}

std::string fasting_insulin(const std::string& id, const std::string& subject, const std::string& value) {
  return observation(id, subject, "27873-9", value, "pmol/L");
}

std::string somebody_flagged(const std::string& id) {
  const std::string subject = "{'reference':'Patient/" + id + "'}";
  return lines({patient(id), bmi("bmi-" + id, subject), fasting_insulin("insulin-" + id, subject)});
}

bool generate(const std::string& folder, int people, const std::vector<std::string>& more) {
  std::string command = std::string("python3 '") + SIR_SOURCE_DIR + "/tests/population/generate' --people " +
                        std::to_string(people) + " --seed 7 --out '" + folder + "'";
  for (const auto& word : more) command += " " + word;
  return std::system(command.c_str()) == 0;
}

}  // namespace test
