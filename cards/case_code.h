#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cards/case_record.h"
#include "cards/code_index.h"

namespace cards {

/// The member that says a set's meaning and as little else as can be: the one that the fewest sets hold; of several one
/// in the preferred system, and then the shortest name. Null when there is no such set.
[[nodiscard]] const fhir::ValueSet::Member* plainest_member(const CodeIndex& codes, std::string_view set_id,
                                                            std::string_view preferred_system);

/// The code that a word of a case stands for: "acanthosis-nigricans" or "snomed|402599005". Nothing when it is neither
/// the id of a value set nor a code in a system that cases may name.
[[nodiscard]] std::optional<CaseCode> code_for(std::string_view word, const CodeIndex& codes);

}  // namespace cards
