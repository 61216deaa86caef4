#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/record.h"
#include "fhir/result.h"

// Body mass index of children against a growth reference (LMS method; GROWTH.md 3).
// WHO Child Growth Standards 2006 and WHO growth reference 5-19 years 2007; UK90 from a file that a site installs.

namespace cards {

/// Which charts a child is judged by. `uk_who` is WHO 2006 from two weeks to four years, then UK90 (British 1990).
enum class Reference { who, uk_who };

/// The three parameters of a reference at one age: the power L (no unit), the median M (kg/m2), the variation S (no
/// unit).
struct Lms {
  double l = 0;
  double m = 0;
  double s = 0;
};

/// Standard deviation score of a BMI (kg/m2), stable where L is near zero. Both the BMI and the parameters M and S must
/// be positive.
[[nodiscard]] double z_score(const Lms& lms, double bmi);

/// The same as WHO computes it: beyond 3 and below -3 in steps of the distance between the outer two whole scores,
/// because the power misbehaves there (WHO 2006, 2007 computation note). Equal to `z_score` in between.
[[nodiscard]] double restricted_z_score(const Lms& lms, double bmi);

/// The tables of the references; immutable. A default-made one is empty and knows no score.
class GrowthReference {
 public:
  /// Score of a BMI (kg/m2) at an age in whole days between the calendar dates of birth and measurement. The parameters
  /// are linear in days between two rows of one table, never across the steps between tables (731 d, 4 y, 5 y). Nothing
  /// when the reference has no figure for this age or sex, or the BMI is not a positive number.
  [[nodiscard]] std::optional<double> z_score(Reference reference, fhir::Sex sex, int age_days, double bmi) const;

  /// Whether UK90 was read: without it `uk_who` ends at the fourth birthday.
  [[nodiscard]] bool has_uk90() const;

 private:
  friend class GrowthTableReader;
  enum class Table { who2006_length, who2006_height, who2007, uk90 };
  struct Row {
    double age_days = 0;
    Lms lms;
  };
  using Rows = std::vector<Row>;  ///< ascending in age

  [[nodiscard]] static std::optional<Table> table_for(Reference reference, int age_days);
  [[nodiscard]] const Rows& rows(Table table, fhir::Sex sex) const;
  [[nodiscard]] Rows& rows(Table table, fhir::Sex sex);

  std::array<std::array<Rows, 2>, 4> rows_;  ///< by table, then female, male
};

/// Reads the WHO tables and, when `uk90` is not empty, UK90. Both are CSV with the header
/// "reference,sex,age_days,L,M,S", sorted by age in each reference and sex; references who2006l, who2006h, who2007 in
/// the first, uk90 in the second. Errors: bad_input with the file name, the number of the line and a sentence.
[[nodiscard]] fhir::Result<GrowthReference> read_growth_reference(std::string_view who, const std::string& who_name,
                                                                  std::string_view uk90 = {},
                                                                  const std::string& uk90_name = "uk90.csv");

}  // namespace cards
