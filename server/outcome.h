#pragma once

#include <string>
#include <string_view>

#include "fhir/result.h"
#include "server/http.h"

namespace server {

/// The HTTP status of a kind of trouble (PROTOCOL.md 2.6). The only place that knows.
[[nodiscard]] int status_of(fhir::Kind kind);

/// An error as an answer: its status, and a FHIR OperationOutcome that names the JSON path and never the record.
[[nodiscard]] Response error_response(const fhir::Error& error);

/// The same for faults that HTTP knows and nothing below it: 405, 408, 431 and the like. `what` is a sentence.
[[nodiscard]] Response error_response(int status, std::string_view what);

}  // namespace server
