#include <algorithm>
#include <array>

#include "fhir/resource.h"

namespace fhir {
namespace {

/// How an Observation of this status is used; nothing when it is dropped.
std::optional<ResultStatus> read_status(Json json, Notes& notes) {
  if (!is_given(json)) return ResultStatus::unknown;
  const std::string_view code = json.string();
  if (code == "final" || code == "amended" || code == "corrected") return ResultStatus::final_result;
  if (code == "preliminary") return ResultStatus::preliminary;
  if (code == "unknown") return ResultStatus::unknown;
  if (code != "registered" && code != "cancelled" && code != "entered-in-error") {
    notes.add("status", "is not a status that is known");
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 14> value_types = {
    "Quantity", "CodeableConcept", "String", "Boolean",    "Integer", "Decimal",     "DateTime",
    "Time",     "Period",          "Range",  "Attachment", "Ratio",   "SampledData", "Reference"};

bool is_value_name(std::string_view name) {
  return name.starts_with("value") && (name.size() == 5 || (name[5] >= 'A' && name[5] <= 'Z'));
}

/// A value[x] and whether one was there that could not be read.
struct ReadValue {
  Value value;
  bool lost = false;
};

ReadValue read_one_value(Json json, const std::string& path, Notes& notes) {
  const std::string_view type = json.name().substr(5);
  const auto from = [](std::optional<Quantity> quantity) {
    return quantity ? ReadValue{*quantity, false} : ReadValue{{}, true};
  };
  if (type == "Quantity") return from(read_quantity(json, path, notes));
  if (type == "Integer" || type == "Decimal") return from(read_bare_number(json, path, notes));
  if (type == "CodeableConcept") {
    if (const Concept read = read_concept(json); !read.empty()) return {read, false};
  } else if (type == "Boolean") {
    if (const auto truth = json.boolean()) return {*truth, false};
  } else if (type == "String" || type == "DateTime" || type == "Time") {
    if (!json.string().empty()) return {json.string(), false};
  } else {
    notes.add(path, "is a kind of value that is not read");
    return {{}, true};
  }
  notes.add(path, "is not what its name says");
  return {{}, true};
}

/// value[x] of an Observation or component; there may be one only.
ReadValue read_value(Json holder, const std::string& prefix, Notes& notes) {
  Json found;
  for (const Json member : holder) {
    if (!is_value_name(member.name()) || !is_given(member)) continue;
    if (found.present()) {
      notes.add(prefix + "value", "is given more than once");
      return {{}, true};
    }
    found = member;
  }
  if (!found.present()) return {};
  // A name that FHIR does not know is not repeated: it may be anything.
  const bool known = std::find(value_types.begin(), value_types.end(), found.name().substr(5)) != value_types.end();
  return read_one_value(found, prefix + (known ? std::string(found.name()) : "value"), notes);
}

std::vector<ReferenceRange> read_ranges(Json json, Notes& notes) {
  std::vector<ReferenceRange> ranges;
  for_each(json, [&](Json element) {
    ReferenceRange range;
    range.low = read_quantity(element["low"], "referenceRange.low", notes);
    range.high = read_quantity(element["high"], "referenceRange.high", notes);
    range.text = element["text"].string();
    if (range.low || range.high || !range.text.empty()) ranges.push_back(range);
  });
  return ranges;
}

/// Components that can be read; `lost` becomes true when one could not.
std::vector<Component> read_components(Json json, Notes& notes, bool& lost) {
  std::vector<Component> components;
  for_each(json, [&](Json element, std::size_t place) {
    const std::string prefix = "component[" + std::to_string(place) + "].";
    if (element["modifierExtension"].size() > 0) {
      notes.add(prefix + "modifierExtension", "changes the meaning in a way that is not known");
      lost = true;
      return;
    }
    ReadValue read = read_value(element, prefix, notes);
    Component component{read_concept(element["code"]), read.value, read_concept(element["dataAbsentReason"]),
                        read_ranges(element["referenceRange"], notes), read_concepts(element["interpretation"])};
    lost = lost || read.lost;
    if (!read.lost || !component.interpretations.empty()) components.push_back(std::move(component));
  });
  return components;
}

/// effectiveDateTime, else effectiveInstant, else the end of effectivePeriod, else issued. One that is there and cannot
/// be read leaves the Observation undated: a later choice might make it look newer than it is.
std::optional<Time> read_when(const Members& json, Notes& notes) {
  if (const Json time = first_given({json["effectiveDateTime"], json["effectiveInstant"]}); time.present()) {
    return read_time_at(time, time.name(), notes);
  }
  if (const Json end = json["effectivePeriod"]["end"]; is_given(end)) {
    return read_time_at(end, "effectivePeriod.end", notes);
  }
  return read_time_at(json["issued"], "issued", notes);
}

std::vector<std::string> read_members(const Source& source) {
  std::vector<std::string> members;
  const auto add = [&](Json reference) {
    auto member = source.surroundings.canonical(literal_reference(reference), "Observation", source.container);
    if (!member.empty()) members.push_back(std::move(member));
  };
  for_each(source.members["hasMember"], add);
  for_each(source.members["related"], [&](Json related) {
    const std::string_view type = related["type"].string();
    if (type == "has-member" || type == "has-component") add(related["target"]);
  });
  return members;
}

}  // namespace

std::optional<Observation> read_observation(const Source& source) {
  const Members& json = source.members;
  const auto status = read_status(json["status"], source.notes);
  if (!status) return std::nullopt;
  Observation read;
  read.status = *status;
  read.code = read_concept(json["code"]);
  if (read.code.empty()) {
    source.notes.add("code", "is missing");
    return std::nullopt;
  }
  ReadValue value = read_value(source.json, "", source.notes);
  bool lost = value.lost;
  read.value = value.value;
  read.components = read_components(json["component"], source.notes, lost);
  read.members = read_members(source);
  read.interpretations = read_concepts(json["interpretation"]);
  read.absent_reason = read_concept(json["dataAbsentReason"]);
  const bool says_something = read.value.index() != 0 || !read.components.empty() || !read.members.empty() ||
                              !read.interpretations.empty() || !read.absent_reason.empty();
  if (lost && !says_something) return std::nullopt;
  read.ranges = read_ranges(json["referenceRange"], source.notes);
  read.method = read_concept(json["method"]);
  read.when = read_when(json, source.notes);
  read.specimen = source.surroundings.canonical(literal_reference(json["specimen"]), "Specimen", source.container);
  read.encounter = source.surroundings.canonical(literal_reference(first_given({json["encounter"], json["context"]})),
                                                 "Encounter", source.container);
  read.reference = source.reference;
  return read;
}

}  // namespace fhir
