#pragma once

#include <string>

#include "cards/chart.h"
#include "cards/fact.h"
#include "fhir/record.h"

// Conditions as facts. Codes only: free text is never parsed for a diagnosis (DECISIONS.md 12).

namespace cards {

/// True when the Condition was present on that day: active now and not begun later, or ended after it.
[[nodiscard]] bool is_present_on(const fhir::Condition& condition, fhir::Day day, fhir::Day today);

/// The name of a Condition as the record gives it, else as the value set does.
[[nodiscard]] std::string name_of(const fhir::Concept& concept_, const Knowledge::Content& knowledge);

/// A coded diagnosis, confirmed or provisional, active or ever, as the fact's options say. Also met by an examination
/// Observation of the same code with the value true or "present"; contradicted by one that says false or "absent".
[[nodiscard]] Sighting diagnosis(const Chart& chart, const Fact& fact);

/// The same, on the day of the insulin sample that decides (today when there is none): what explains a value must have
/// been there when the blood was taken (CLINICAL.md 2.6).
[[nodiscard]] Sighting diagnosis_at_sample(const Chart& chart, const Fact& fact);

/// A coded diagnosis whose onset, or else recording, lies at most `within` months back.
[[nodiscard]] Sighting recent_diagnosis(const Chart& chart, const Fact& fact);

/// The day of the fact that stands in the role "sample", today when it has none.
[[nodiscard]] fhir::Day sample_day(const Chart& chart, const Fact& fact);

}  // namespace cards
