#pragma once

#include "fhir/result.h"
#include "server/config.h"

namespace server {

/// What a profile does not leave to chance. demo: open, so on the loopback only. production: callers are known, the
/// line is encrypted, the public address is known, and the knowledge approved, unless the site says in writing that it
/// is not. Errors: bad_input, `where` is the setting to change.
[[nodiscard]] fhir::Result<void> fit_for_profile(const Config& config, bool on_loopback, bool knowledge_approved);

/// Whether this is the demo profile, which every card has to say.
[[nodiscard]] bool is_demonstration(const Config& config);

}  // namespace server
