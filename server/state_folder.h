#pragma once

#include <string>

#include "fhir/result.h"

namespace server {

/// The folder in which the program keeps what must outlive it: sir-cds under XDG_STATE_HOME, else under .local/state of
/// the user's home. Errors: internal when the user has no home.
[[nodiscard]] fhir::Result<std::string> state_folder();

/// Makes the folder in which a file is to stand, readable by its owner only; one that is there is left as it is.
/// Errors: internal, with the reason of the system.
[[nodiscard]] fhir::Result<void> make_folder_of(const std::string& file);

}  // namespace server
