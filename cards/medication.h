#pragma once

#include <optional>
#include <string>

#include "cards/chart.h"
#include "cards/fact.h"
#include "cards/stretch.h"
#include "fhir/record.h"

// Medicines as facts: what was being taken on a day.

namespace cards {

/// The days on which the medicine may have been taken. An end date decides where there is one; an order that is stopped
/// or completed without one counts for the time at which it was written, and for none without that; an active one
/// without a start has begun at some time before.
[[nodiscard]] std::optional<Stretch> days_of_use(const fhir::MedicationUse& use);

/// True when the medicine may have been taken at some time in [first, last].
[[nodiscard]] bool was_used_between(const fhir::MedicationUse& use, fhir::Day first, fhir::Day last);

/// The days on which any medicine of the sets may have been taken; of one that ends before it begins, those between.
[[nodiscard]] Stretches days_of_use(const Chart& chart, const SetBits& medicines);

/// The medicine's name as the record gives it.
[[nodiscard]] std::string name_of(const fhir::MedicationUse& use, const Knowledge::Content& knowledge);

/// A medicine of the sets in use now, or within `within` days before today.
[[nodiscard]] Sighting medication(const Chart& chart, const Fact& fact);
/// The same before the insulin sample that decides.
[[nodiscard]] Sighting medication_at_sample(const Chart& chart, const Fact& fact);
/// A medicine of the sets at any time, now or in the past.
[[nodiscard]] Sighting medication_ever(const Chart& chart, const Fact& fact);

/// A glucocorticoid that reaches the whole body, within `within` days before the insulin sample. A route that is not
/// systemic, and hydrocortisone of at most `replacement_mg` a day, do not count (CLINICAL.md 2.6).
[[nodiscard]] Sighting systemic_glucocorticoid(const Chart& chart, const Fact& fact);

/// How often a day a dosage line is taken, by its timing; nothing when it does not say so.
[[nodiscard]] std::optional<double> times_a_day(const fhir::Dosage& dosage);

}  // namespace cards
