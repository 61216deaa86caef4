#include <cmath>

#include "cards/units.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;

bool is_positive(double factor) {
  return std::isfinite(factor) && factor > 0;
}

}  // namespace

fhir::Result<UnitTable> read_units(Json json, const std::string& file) {
  UnitTable table;
  Fields top(json, file);
  std::size_t i = 0;
  for (const auto& entry : top.array("analytes")) {
    const auto path = file + ": analytes[" + std::to_string(i++) + "]";
    Fields in(entry, path);
    Analyte analyte;
    analyte.id_ = in.text("id");
    analyte.canonical_ = in.text("canonical");
    Fields plausible(in.object("plausible"), path + ".plausible");
    analyte.at_least_ = plausible.number("at_least");
    analyte.at_most_ = plausible.number("at_most");
    analyte.source_ = plausible.text("source");
    if (auto read = plausible.finish(true); !read) in.complain(read.error());
    for (const auto& unit_json : in.array("units")) {
      Fields unit_in(unit_json, path + ".units");
      Analyte::Unit unit;
      unit.codes = unit_in.texts_or_none("codes");
      unit.texts = unit_in.texts_or_none("texts");
      unit.factor = unit_in.number("factor");
      unit.offset = unit_in.optional_number("offset").value_or(0);
      unit.other_factor = unit_in.optional_number("other_factor").value_or(unit.factor);
      unit.source = unit_in.text_or("source", "");
      if (!is_positive(unit.factor) || !is_positive(unit.other_factor)) unit_in.complain("factor", "is not positive");
      // A number that changes a value is never without its source; the canonical unit itself needs none.
      if ((unit.factor != 1 || unit.offset != 0) && unit.source.empty()) unit_in.complain("source", "is missing");
      if (auto read = unit_in.finish(true); !read) in.complain(read.error());
      analyte.units_.push_back(std::move(unit));
    }
    if (auto read = in.finish(true); !read) top.complain(read.error());
    table.analytes_.push_back(std::move(analyte));
  }
  return top.finish(std::move(table));
}

}  // namespace cards
