#pragma once

#include <string>

#include "fhir/result.h"
#include "server/config.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/trust.h"

namespace server {

/// Larger sets of keys are not read.
inline constexpr std::size_t jwks_bytes_max = 256U << 10U;

/// Who may call, as the site has configured it. `base_url` is how clients reach this server. Store, log and metrics
/// must outlive the answer. Errors: a file of keys or of
/// authorities cannot be read.
[[nodiscard]] fhir::Result<Trust> site_trust(const Config& config, const std::string& base_url,
                                             ReplayStore& used_tokens, Log& log, Metrics& metrics);

}  // namespace server
