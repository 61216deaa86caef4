#include "fhir/condensed.h"

#include "fhir/hole_writer.h"

namespace fhir {
namespace {

/// Takes a resource apart into skeleton and filling.
class Condenser {
 public:
  explicit Condenser(SharedTexts& texts) : texts_(texts), writer_(texts) {}

  std::string condense(Json resource) {
    is_patient_ = resource["resourceType"].string() == "Patient";
    object(resource, 0);
    std::string condensed;
    const auto number = texts_.number_of(writer_.skeleton);
    append_number(number ? *number + std::uint64_t{1} : 0, condensed);
    if (!number) {
      append_number(writer_.skeleton.size(), condensed);
      condensed += writer_.skeleton;
    }
    return condensed + writer_.filling;
  }

 private:
  void object(Json json, int level) {
    writer_.skeleton += '{';
    bool first = true;
    for (const Json member : json) {
      if (!is_kept(member, level, is_patient_)) continue;
      if (!first) writer_.skeleton += ',';
      first = false;
      writer_.skeleton += '"';
      append_escaped(member.name(), writer_.skeleton);
      writer_.skeleton += "\":";
      value(member, member.name(), level);
    }
    writer_.skeleton += '}';
  }

  void value(Json json, std::string_view name, int level) {
    switch (json.type()) {
      case JsonType::object:
        return object(json, level + 1);
      case JsonType::array:
        return array(json, name, level);
      case JsonType::string:
        writer_.skeleton += '"';
        writer_.string(json.string(), name);
        writer_.skeleton += '"';
        return;
      case JsonType::number:
        return writer_.number(json.text());
      case JsonType::boolean:
        writer_.skeleton += json.boolean() == true ? "true" : "false";
        return;
      case JsonType::null:
      case JsonType::absent:
        writer_.skeleton += "null";
    }
  }

  void array(Json json, std::string_view name, int level) {
    writer_.skeleton += '[';
    bool first = true;
    for (const Json element : json) {
      if (!first) writer_.skeleton += ',';
      first = false;
      value(element, name, level);
    }
    writer_.skeleton += ']';
  }

  SharedTexts& texts_;
  HoleWriter writer_;
  bool is_patient_ = false;
};

bool names_patient_literally(Json subject) {
  return is_patient_name(subject.is(JsonType::string) ? subject.string() : subject["reference"].string());
}

}  // namespace

void append_number(std::uint64_t number, std::string& bytes) {
  for (; number >= 0x80; number >>= 7U) bytes += static_cast<char>((number & 0x7FU) | 0x80U);
  bytes += static_cast<char>(number);
}

bool is_patient_name(std::string_view reference) {
  return !reference.empty() && reference.find('#') == std::string_view::npos &&
         reference.find('?') == std::string_view::npos;
}

bool is_kept(Json member, int level, bool of_patient) {
  const std::string_view name = member.name();
  if (!is_kept_member(name)) return false;
  // The narrative, names of people, and identifiers of anything but people: no reader looks at them.
  if (name == "text") return member.is(JsonType::string);
  if (name == "name") return member.is(JsonType::string);
  if (level == 0 && (name == "extension" || name == "identifier")) return of_patient;
  // Whose resource it is, is known from where it is kept.
  if (level == 0 && (name == "subject" || name == "patient")) return !names_patient_literally(member);
  return true;
}

std::string condense(Json resource, SharedTexts& texts) {
  return Condenser(texts).condense(resource);
}

}  // namespace fhir
