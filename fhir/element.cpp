#include "fhir/element.h"

#include <cmath>

namespace fhir {
namespace {

/// No measurement of a person is larger, or nearer to zero without being zero.
constexpr double magnitude_max = 1e15;
constexpr double magnitude_min = 1e-15;

bool is_written_zero(std::string_view digits) {
  const std::string_view mantissa = digits.substr(0, digits.find_first_of("eE"));
  return mantissa.find_first_of("123456789") == std::string_view::npos;
}

const char* fault_of_number(Json json, std::optional<double> value) {
  if (!json.present()) return "is missing";
  if (!value) return "is not a number";
  if (std::abs(*value) > magnitude_max) return "is too large a number to be a measurement";
  if (std::abs(*value) < magnitude_min && !is_written_zero(json.text()))
    return "is too small a number to be a measurement";
  return nullptr;
}

/// In one walk, because there are more Quantities than anything else; lengths first, because they are at hand.
struct QuantityParts {
  Json value;
  Json comparator;
  Json unit;
  Json system;
  Json code;
};

QuantityParts parts_of_quantity(Json json) {
  QuantityParts parts;
  for (const Json member : json) {
    const std::string_view name = member.name();
    if (name.size() == 5 && name == "value") parts.value = member;
    if (name.size() == 10 && name == "comparator") parts.comparator = member;
    if (name.size() == 6 && name == "system") parts.system = member;
    if (name.size() != 4) continue;
    if (name == "unit") parts.unit = member;
    if (name == "code") parts.code = member;
  }
  return parts;
}

std::optional<Comparator> read_comparator(Json json) {
  if (!is_given(json)) return Comparator::none;
  const std::string_view text = json.string();
  if (text == "<") return Comparator::less;
  if (text == "<=") return Comparator::less_or_equal;
  if (text == ">=") return Comparator::greater_or_equal;
  if (text == ">") return Comparator::greater;
  if (text == "ad") return Comparator::sufficient;
  return std::nullopt;
}

}  // namespace

Json first_given(std::initializer_list<Json> values) {
  for (const Json value : values) {
    if (is_given(value)) return value;
  }
  return {};
}

Json first_of(Json object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const Json member = object[name]; is_given(member)) return member;
  }
  return {};
}

Json single(Json json) {
  if (!json.is(JsonType::array)) return json;
  for (const Json element : json) {
    if (is_given(element)) return element;
  }
  return {};
}

Concept read_concept(Json json) {
  json = single(json);
  if (json.is(JsonType::string)) return {json.string().empty() ? Codings() : Codings::of_code(json), {}};
  const Json codings = json["coding"];
  const bool is_coding = !codings.present() && json["code"].is(JsonType::string);
  return {Codings(is_coding ? json : codings), json["text"].string()};
}

std::vector<Concept> read_concepts(Json json) {
  std::vector<Concept> read;
  for_each(json, [&](Json element) {
    if (const Concept one = read_concept(element); !one.empty()) read.push_back(one);
  });
  return read;
}

Concept read_concept_or_reference(Json json) {
  json = single(json);
  return json["concept"].present() ? read_concept(json["concept"]) : read_concept(json);
}

std::optional<Quantity> read_bare_number(Json json, std::string_view path, Notes& notes) {
  const auto value = json.number();
  if (const char* fault = fault_of_number(json, value)) {
    notes.add(path, fault);
    return std::nullopt;
  }
  Quantity read;
  read.written = json.text();
  read.value = *value;
  return read;
}

std::optional<Quantity> read_quantity(Json json, std::string_view path, Notes& notes) {
  json = single(json);
  if (!is_given(json)) return std::nullopt;
  const auto note = [&](const char* member, const char* reason) {
    notes.add(std::string(path) + member, reason);
    return std::nullopt;
  };
  if (!json.is(JsonType::object)) return note("", "is not a quantity");
  const QuantityParts parts = parts_of_quantity(json);
  const auto value = parts.value.number();
  if (const char* fault = fault_of_number(parts.value, value)) return note(".value", fault);
  const auto comparator = read_comparator(parts.comparator);
  if (!comparator) return note(".comparator", "is not a comparator that is known");
  return Quantity{parts.value.text(), *value, *comparator, parts.unit.string(), parts.system.string(),
                  parts.code.string()};
}

std::optional<Time> read_time_at(Json json, std::string_view path, Notes& notes) {
  if (!is_given(json)) return std::nullopt;
  if (const auto time = read_time(json.string())) return *time;
  notes.add(path, "is not a date or time");
  return std::nullopt;
}

std::optional<double> read_positive(Json json) {
  const auto value = json.number();
  return value && *value > 0 && *value < magnitude_max ? value : std::nullopt;
}

std::vector<std::string_view> read_texts(Json json) {
  std::vector<std::string_view> texts;
  for_each(json, [&](Json element) {
    if (!element.string().empty()) texts.push_back(element.string());
  });
  return texts;
}

std::string_view literal_reference(Json reference) {
  reference = single(reference);
  return reference.is(JsonType::string) ? reference.string() : reference["reference"].string();
}

Coding Codings::Iterator::operator*() const {
  const Json json = *rest_.first;
  if (is_code_) return {{}, json.string(), {}};
  Coding coding;
  for (const Json member : json) {
    const std::string_view name = member.name();
    if (name.size() == 6 && name == "system") coding.system = member.string();
    if (name.size() == 4 && name == "code") coding.code = member.text();
    if (name.size() == 7 && name == "display") coding.display = member.string();
  }
  return coding;
}

bool Concept::has_code(std::string_view wanted) const {
  for (const Coding& coding : codings) {
    if (coding.code == wanted) return true;
  }
  return false;
}

}  // namespace fhir
