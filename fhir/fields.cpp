#include <algorithm>
#include <cmath>
#include <utility>

#include "fhir/json.h"

namespace fhir {

Fields::Fields(Json object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object_.is(JsonType::object)) complain(Error{Kind::bad_input, path_, "is not an object"});
}

std::string Fields::path_of(std::string_view name) const {
  return path_ + ": " + std::string(name);
}

void Fields::complain(std::string_view name, std::string what) {
  complain(Error{Kind::bad_input, path_of(name), std::move(what)});
}

void Fields::complain(Error error) {
  if (!fault_) fault_ = std::move(error);
}

Json Fields::optional(std::string_view name) {
  const Json member = object_[name];
  if (member.present()) asked_.push_back(member.name());
  return member;
}

Json Fields::take(std::string_view name, JsonType type, const char* type_name) {
  const Json member = optional(name);
  if (!member.present()) {
    complain(name, "is missing");
  } else if (!member.is(type)) {
    complain(name, std::string("is not ") + type_name);
  } else {
    return member;
  }
  return {};
}

std::string Fields::text(std::string_view name) {
  const Json member = take(name, JsonType::string, "a string");
  if (member.present() && member.string().empty()) complain(name, "is empty");
  return std::string(member.string());
}

double Fields::number(std::string_view name) {
  return take(name, JsonType::number, "a number").number().value_or(0);
}

bool Fields::boolean(std::string_view name) {
  return take(name, JsonType::boolean, "true or false").boolean().value_or(false);
}

Json Fields::object(std::string_view name) {
  return take(name, JsonType::object, "an object");
}

Json Fields::array(std::string_view name) {
  return take(name, JsonType::array, "an array");
}

std::vector<std::string> Fields::texts(std::string_view name) {
  std::vector<std::string> texts;
  for (const Json element : array(name)) {
    if (element.string().empty()) complain(name, "has an element that is not a string with something in it");
    texts.emplace_back(element.string());
  }
  return texts;
}

std::string Fields::text_or(std::string_view name, std::string_view otherwise) {
  return object_[name].present() ? text(name) : std::string(otherwise);
}

bool Fields::boolean_or(std::string_view name, bool otherwise) {
  return object_[name].present() ? boolean(name) : otherwise;
}

std::optional<double> Fields::optional_number(std::string_view name) {
  if (!object_[name].present()) return std::nullopt;
  return number(name);
}

std::vector<std::string> Fields::texts_or_none(std::string_view name) {
  return object_[name].present() ? texts(name) : std::vector<std::string>();
}

void Fields::refuse_unknown_members() {
  for (const Json member : object_) {
    if (!object_.is(JsonType::object)) return;
    if (std::find(asked_.begin(), asked_.end(), member.name()) != asked_.end()) continue;
    complain(member.name(), "is not a word that is known here");
    return;
  }
}

}  // namespace fhir
