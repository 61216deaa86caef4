#include "cards/units.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace cards {

namespace {

// The scheme is often mistyped in real records; the meaning is never in doubt (DATA.md 2.2).
constexpr std::array<std::string_view, 4> ucum_spellings = {"http://unitsofmeasure.org", "https://unitsofmeasure.org",
                                                            "http://ucum.org", "https://ucum.org"};

bool is_ucum(std::string_view system) {
  return std::find(ucum_spellings.begin(), ucum_spellings.end(), system) != ucum_spellings.end();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool holds(const std::vector<std::string>& spellings, std::string_view text) {
  return std::find(spellings.begin(), spellings.end(), text) != spellings.end();
}

}  // namespace

double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

const Analyte::Unit* Analyte::by_code(std::string_view code) const {
  const auto found = std::find_if(units_.begin(), units_.end(), [&](const Unit& u) { return holds(u.codes, code); });
  return found == units_.end() ? nullptr : &*found;
}

const Analyte::Unit* Analyte::by_text(std::string_view text) const {
  const auto found = std::find_if(units_.begin(), units_.end(),
                                  [&](const Unit& u) { return holds(u.texts, text) || holds(u.codes, text); });
  return found == units_.end() ? nullptr : &*found;
}

tl::expected<const Analyte::Unit*, std::string> Analyte::unit_of(const fhir::Quantity& quantity) const {
  const auto text = trimmed(quantity.unit);
  const auto code = trimmed(quantity.code);
  const bool coded = !code.empty() && (is_ucum(quantity.system) || quantity.system.empty());
  if (!coded) {
    if (text.empty()) return tl::unexpected<std::string>("has no unit");
    if (const auto* unit = by_text(text)) return unit;
    return tl::unexpected<std::string>("has a unit text that is not known for " + id_);
  }

  const auto* by_its_code = is_ucum(quantity.system) ? by_code(code) : by_text(code);
  if (!by_its_code) return tl::unexpected<std::string>("has a unit code that is not known for " + id_);
  // A text that means another unit than the code: one of the two is wrong, and nobody can tell which.
  const auto* by_its_text = text.empty() ? by_its_code : by_text(text);
  if (by_its_text && by_its_text->factor != by_its_code->factor) {
    return tl::unexpected<std::string>("has a unit code that contradicts its unit text");
  }
  return by_its_code;
}

tl::expected<Amount, std::string> Analyte::read(const fhir::Quantity& quantity) const {
  const auto unit = unit_of(quantity);
  if (!unit) return tl::unexpected<std::string>(unit.error());

  Amount amount;
  amount.factor = (*unit)->factor;
  amount.offset = (*unit)->offset;
  amount.other_factor = (*unit)->other_factor;
  amount.value = rounded(quantity.value * amount.factor + (*unit)->offset);
  amount.by_other_factor = rounded(quantity.value * amount.other_factor + (*unit)->offset);
  if (!std::isfinite(amount.value) || amount.value < at_least_ || amount.value > at_most_) {
    return tl::unexpected<std::string>("is outside what is possible for " + id_);
  }
  return amount;
}

const Analyte* UnitTable::analyte(std::string_view id) const {
  const auto found = std::find_if(analytes_.begin(), analytes_.end(), [&](const Analyte& a) { return a.id() == id; });
  return found == analytes_.end() ? nullptr : &*found;
}

}  // namespace cards
