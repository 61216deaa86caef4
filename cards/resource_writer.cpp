#include "cards/resource_writer.h"

#include <algorithm>
#include <array>

namespace cards {

namespace {

constexpr std::string_view ucum = "http://unitsofmeasure.org";

struct Unit {
  std::string_view written;
  std::string_view code;
};

// UCUM codes of units that laboratories print differently.
constexpr std::array<Unit, 9> units = {{{"mIU/L", "m[IU]/L"},
                                        {"uIU/mL", "u[IU]/mL"},
                                        {"IU/L", "[IU]/L"},
                                        {"U", "[iU]"},
                                        {"U/d", "[iU]/d"},
                                        {"lb", "[lb_av]"},
                                        {"in", "[in_i]"},
                                        {"mL/min/1.73m2", "mL/min/{1.73_m2}"},
                                        {"days", "d"}}};

std::string_view ucum_code(std::string_view unit) {
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.written == unit; });
  return found == units.end() ? unit : found->code;
}

}  // namespace

void ResourceWriter::optional(std::string_view name, std::string_view text) {
  if (!text.empty()) out_.member(name, text);
}

void ResourceWriter::reference(std::string_view name, std::string_view to) {
  out_.name(name).begin_object().member("reference", to).end_object();
}

void ResourceWriter::concept_(std::string_view name, std::string_view system, std::string_view code,
                              std::string_view display) {
  out_.name(name);
  concept_value(system, code, display);
}

void ResourceWriter::concept_value(std::string_view system, std::string_view code, std::string_view display) {
  out_.begin_object().name("coding").begin_array().begin_object();
  out_.member("system", system).member("code", code);
  optional("display", display);
  out_.end_object().end_array().end_object();
}

void ResourceWriter::concept_(std::string_view name, const CaseCode& code) {
  if (code.code.empty()) {
    out_.name(name).begin_object().member("text", code.text).end_object();
  } else {
    concept_(name, code.system, code.code, code.display);
  }
}

void ResourceWriter::quantity(std::string_view name, std::string_view value, std::string_view unit,
                              std::string_view comparator) {
  out_.name(name).begin_object();
  out_.name("value").number_as_written(value);
  optional("comparator", comparator);
  if (!unit.empty()) {
    out_.member("unit", unit).member("system", ucum).member("code", ucum_code(unit));
  }
  out_.end_object();
}

void ResourceWriter::period(std::string_view name, std::string_view from, std::string_view until) {
  if (from.empty() && until.empty()) return;
  out_.name(name).begin_object();
  optional("start", from);
  optional("end", until);
  out_.end_object();
}

}  // namespace cards
