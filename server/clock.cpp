#include "server/clock.h"

#include <date/tz.h>
#include <chrono>
#include <stdexcept>

namespace server {

fhir::Result<Today> today_in(const std::string& time_zone) {
  try {
    const date::time_zone* zone = date::locate_zone(time_zone);
    return [zone] {
      const auto local = zone->to_local(std::chrono::system_clock::now());
      return fhir::Day(std::chrono::floor<std::chrono::days>(local.time_since_epoch()));
    };
  } catch (const std::runtime_error&) {
    return fault(fhir::Kind::bad_input, "server.time_zone", "is not a time zone that this system knows");
  }
}

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Today always(fhir::Day day) {
  return [day] { return day; };
}

}  // namespace server
