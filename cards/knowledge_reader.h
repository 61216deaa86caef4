#pragma once

#include <memory>
#include <string_view>

#include "cards/content.h"

namespace cards {

/// Reads and cross-checks all files of a knowledge folder. Errors: bad_input with file name and sentence; the first one
/// found.
[[nodiscard]] Result<std::unique_ptr<Knowledge::Content>> read_content(const Folder& folder, std::string_view uk90);

/// One fact. Its value sets must be in `known.codes`; the facts that it asks are filled in by position in `ids`.
[[nodiscard]] Result<Fact> read_fact(fhir::Json json, const std::string& file, const Knowledge::Content& known);

[[nodiscard]] Result<Definition> read_definition(fhir::Json json, const std::string& file,
                                                 const Knowledge::Content& known);
[[nodiscard]] Result<Criterion> read_criterion(fhir::Json json, const std::string& file,
                                               const Knowledge::Content& known);
[[nodiscard]] Result<Advice> read_advice(fhir::Json json, const std::string& file, const Knowledge::Content& known);

/// A whole number between the two; anything else is complained of, and the least is returned.
[[nodiscard]] int whole_number(fhir::Fields& in, std::string_view name, int least, int most);

}  // namespace cards
