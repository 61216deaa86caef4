#pragma once

#include <string_view>

#include "cards/hook.h"
#include "fhir/json.h"

namespace cards {

/// Reads the parts of `context` that belong to one hook (PROTOCOL.md 6): `draftOrders` of order-select and order-sign,
/// `selections` of order-select, `conditions` of problem-list-item-create. Errors: bad_input with the JSON path.
[[nodiscard]] Result<void> read_hook_context(fhir::Json context, std::string_view hook, fhir::RecordReader& reader);

}  // namespace cards
