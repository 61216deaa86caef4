#include "cards/growth.h"

#include <algorithm>
#include <cmath>

namespace cards {

namespace {

constexpr double restricted_from = 3;
constexpr double power_is_zero = 1e-7;

/// The BMI at a whole score: the LMS formula the other way round.
double bmi_at(const Lms& lms, double score) {
  if (std::abs(lms.l) < power_is_zero) return lms.m * std::exp(lms.s * score);
  return lms.m * std::pow(1 + lms.l * lms.s * score, 1 / lms.l);
}

Lms between(const Lms& low, const Lms& high, double share) {
  return {std::lerp(low.l, high.l, share), std::lerp(low.m, high.m, share), std::lerp(low.s, high.s, share)};
}

}  // namespace

double z_score(const Lms& lms, double bmi) {
  const double log_ratio = std::log(bmi / lms.m);
  // expm1 keeps the digits that "power minus one" loses for L near zero.
  return std::abs(lms.l) < power_is_zero ? log_ratio / lms.s : std::expm1(lms.l * log_ratio) / (lms.l * lms.s);
}

double restricted_z_score(const Lms& lms, double bmi) {
  const double z = z_score(lms, bmi);
  if (std::abs(z) <= restricted_from) return z;
  const double side = z > 0 ? 1 : -1;
  const double outer = bmi_at(lms, side * restricted_from);
  const double inner = bmi_at(lms, side * (restricted_from - 1));
  return side * restricted_from + (bmi - outer) / std::abs(outer - inner);
}

std::optional<GrowthReference::Table> GrowthReference::table_for(Reference reference, int age_days) {
  // Two weeks, two years (length, then height), four years (UK-WHO), five years (WHO) and the end of each, in days.
  constexpr int two_weeks = 14, two_years = 731, four_years = 1461, last_of_who2006 = 1826, last_of_who2007 = 6939,
                last_of_uk90 = 7305;
  if (age_days < (reference == Reference::who ? 0 : two_weeks)) return std::nullopt;
  if (age_days < two_years) return Table::who2006_length;
  if (reference == Reference::uk_who) {
    if (age_days < four_years) return Table::who2006_height;
    return age_days <= last_of_uk90 ? std::optional(Table::uk90) : std::nullopt;
  }
  if (age_days <= last_of_who2006) return Table::who2006_height;
  return age_days <= last_of_who2007 ? std::optional(Table::who2007) : std::nullopt;
}

const GrowthReference::Rows& GrowthReference::rows(Table table, fhir::Sex sex) const {
  return rows_[static_cast<std::size_t>(table)][sex == fhir::Sex::male ? 1 : 0];
}

GrowthReference::Rows& GrowthReference::rows(Table table, fhir::Sex sex) {
  return rows_[static_cast<std::size_t>(table)][sex == fhir::Sex::male ? 1 : 0];
}

bool GrowthReference::has_uk90() const {
  return !rows(Table::uk90, fhir::Sex::female).empty() && !rows(Table::uk90, fhir::Sex::male).empty();
}

std::optional<double> GrowthReference::z_score(Reference reference, fhir::Sex sex, int age_days, double bmi) const {
  const auto table = table_for(reference, age_days);
  if (!table || sex == fhir::Sex::unknown || !std::isfinite(bmi) || bmi <= 0) return std::nullopt;

  const auto& ages = rows(*table, sex);
  const auto at_or_after = std::lower_bound(ages.begin(), ages.end(), age_days,
                                            [](const Row& row, int days) { return row.age_days < days; });
  if (at_or_after == ages.end()) return std::nullopt;
  Lms lms = at_or_after->lms;
  if (at_or_after->age_days > age_days) {
    if (at_or_after == ages.begin()) return std::nullopt;
    const auto& before = *std::prev(at_or_after);
    lms = between(before.lms, lms, (age_days - before.age_days) / (at_or_after->age_days - before.age_days));
  }
  return reference == Reference::who ? restricted_z_score(lms, bmi) : cards::z_score(lms, bmi);
}

}  // namespace cards
