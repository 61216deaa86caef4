#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

// Body mass index, at which age it was measured, and its z-score in children (CLINICAL.md 2.4, GROWTH.md).

namespace cards {

/// Age today in whole years by the calendar; an interval when the birth date is partial.
[[nodiscard]] Sighting age(const Chart& chart, const Fact& fact);

/// The body mass index in kg/m2 that counts: recorded, or weight by height squared; recent enough for the age at which
/// it was measured; not from a pregnancy; of several the one nearest to the insulin sample, else the latest.
[[nodiscard]] Sighting body_mass_index(const Chart& chart, const Fact& fact);

/// Whose rule applies on the day of the BMI (today when there is none): "adult", "child" or "infant"; "unclear" when
/// the birth date is missing or too vague.
[[nodiscard]] Sighting age_group(const Chart& chart, const Fact& fact);

/// The z-score of the BMI for age and sex by the growth reference in force; an interval over both sexes when the sex is
/// not known, and over all days that a partial birth date may mean. Not applicable to adults.
[[nodiscard]] Sighting bmi_z_score(const Chart& chart, const Fact& fact);

}  // namespace cards
