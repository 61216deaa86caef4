#include <array>

#include "fhir/resource.h"

namespace fhir {
namespace {

constexpr std::string_view uk_birth_sex = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-BirthSex";
constexpr std::string_view us_birth_sex = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex";

/// "1" and "2" are the codes of the NHS Data Dictionary and of ISO 5218.
Sex sex_of(std::string_view code) {
  for (const std::string_view female : {"female", "F", "f", "Female", "2"}) {
    if (code == female) return Sex::female;
  }
  for (const std::string_view male : {"male", "M", "m", "Male", "1"}) {
    if (code == male) return Sex::male;
  }
  return Sex::unknown;
}

Sex read_birth_sex(Json extensions) {
  Sex sex = Sex::unknown;
  for_each(extensions, [&](Json extension) {
    const std::string_view url = extension["url"].string();
    if (sex != Sex::unknown || (url != uk_birth_sex && url != us_birth_sex)) return;
    const Concept value = read_concept(first_of(extension, {"valueCodeableConcept", "valueCode", "valueCoding"}));
    for (const Coding& coding : value.codings) {
      if (sex == Sex::unknown) sex = sex_of(coding.code);
    }
  });
  return sex;
}

void read_places(Json addresses, Patient& patient) {
  const auto add = [](Json name, std::vector<std::string_view>& places) {
    if (!name.string().empty()) places.push_back(name.string());
  };
  for_each(addresses, [&](Json address) {
    add(address["country"], patient.countries);
    add(address["state"], patient.districts);
    add(address["district"], patient.districts);
  });
}

}  // namespace

Patient read_patient(Json json, std::string id, Notes& notes) {
  Patient patient;
  patient.id = std::move(id);
  patient.birth = read_time_at(json["birthDate"], "birthDate", notes);
  const std::string_view gender_code = json["gender"].string();
  const Sex gender = gender_code == "female" ? Sex::female : gender_code == "male" ? Sex::male : Sex::unknown;
  const Sex birth_sex = read_birth_sex(json["extension"]);
  patient.sex_from_birth_sex = birth_sex != Sex::unknown;
  patient.sex = patient.sex_from_birth_sex ? birth_sex : gender;
  patient.sex_contradicts_gender = patient.sex_from_birth_sex && gender != Sex::unknown && gender != birth_sex;
  const Json deceased = json["deceasedBoolean"];
  patient.deceased = is_given(json["deceasedDateTime"]) || (is_given(deceased) && deceased.boolean() != false);
  read_places(json["address"], patient);
  return patient;
}

}  // namespace fhir
