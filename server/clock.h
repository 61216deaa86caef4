#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fhir/result.h"
#include "fhir/time.h"

namespace server {

/// Says what day it is. Ages and time windows are counted against it.
using Today = std::function<fhir::Day()>;

/// Says what time it is, in seconds since 1970. Tokens and keys are judged against it.
using Now = std::function<std::int64_t()>;

/// The clock of this machine.
[[nodiscard]] std::int64_t seconds_now();

/// The calendar day in a time zone ("Europe/London"). Errors: bad_input when the system does not know the zone.
[[nodiscard]] fhir::Result<Today> today_in(const std::string& time_zone);

/// Always the same day, for demonstrations and tests.
[[nodiscard]] Today always(fhir::Day day);

}  // namespace server
