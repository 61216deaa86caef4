#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json.h"
#include "fhir/record.h"
#include "fhir/result.h"

// What a laboratory wrote, in the unit that the rules speak. Units are never guessed: a closed table per analyte says
// which codes and spellings are understood (TERMINOLOGY.md 6; a generic UCUM converter is wrong for insulin and HbA1c).

namespace cards {

/// A quantity in the canonical unit of its analyte, rounded to six decimals (DECISIONS.md 6).
struct Amount {
  double value = 0;
  /// The same by the analyte's other conversion factor where two are in use (insulin: 6.945), else equal to `value`.
  double by_other_factor = 0;
  /// Canonical per recorded unit; 1 when the record already speaks the canonical unit.
  double factor = 1;
  double other_factor = 1;  ///< the second factor in use, else equal to `factor`
  double offset = 0;        ///< added after the factor
};

/// One analyte: its canonical unit, the units that are read, and what is possible at all.
class Analyte {
 public:
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& canonical_unit() const { return canonical_; }

  /// Reads a quantity. Errors: a sentence that says why it cannot be used ("has no unit"), without its value.
  [[nodiscard]] tl::expected<Amount, std::string> read(const fhir::Quantity& quantity) const;

 private:
  friend fhir::Result<class UnitTable> read_units(fhir::Json, const std::string&);
  struct Unit {
    std::vector<std::string> codes;
    std::vector<std::string> texts;
    double factor = 1;
    double other_factor = 1;
    double offset = 0;  ///< added after the factor: HbA1c in % (NGSP) to mmol/mol (IFCC)
    std::string source;
  };
  [[nodiscard]] const Unit* by_code(std::string_view code) const;
  [[nodiscard]] const Unit* by_text(std::string_view text) const;
  [[nodiscard]] tl::expected<const Unit*, std::string> unit_of(const fhir::Quantity& quantity) const;

  std::string id_;
  std::string canonical_;
  double at_least_ = 0;
  double at_most_ = 0;
  std::string source_;
  std::vector<Unit> units_;

 public:
  /// For the review sheet.
  [[nodiscard]] const std::vector<Unit>& units() const { return units_; }
  [[nodiscard]] double at_least() const { return at_least_; }
  [[nodiscard]] double at_most() const { return at_most_; }
  [[nodiscard]] const std::string& source() const { return source_; }
};

class UnitTable {
 public:
  /// Null when there is no such analyte.
  [[nodiscard]] const Analyte* analyte(std::string_view id) const;
  [[nodiscard]] const std::vector<Analyte>& analytes() const { return analytes_; }

 private:
  friend fhir::Result<UnitTable> read_units(fhir::Json, const std::string&);
  std::vector<Analyte> analytes_;
};

/// Reads units.json. Errors: bad_input with file name and member.
[[nodiscard]] fhir::Result<UnitTable> read_units(fhir::Json json, const std::string& file);

/// Six decimals: what 76.8 kg / (1.60 m)² needs to be exactly 30 (CLINICAL.md, "the seven things", 2).
[[nodiscard]] double rounded(double value);

}  // namespace cards
