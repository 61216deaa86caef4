#pragma once

#include <string>

#include "server/screen_summary.h"

namespace server {

/// The report of a run as one HTML page: no scripts, nothing from elsewhere, fit to print. Numbers of people below the
/// limit are not told, and larger ones are rounded to fives, so that small ones cannot be worked out.
[[nodiscard]] std::string screen_report(const ScreenedRun& run);

}  // namespace server
