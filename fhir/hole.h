#pragma once

#include <string>
#include <string_view>

#include "fhir/condensed.h"
#include "fhir/time.h"

namespace fhir {

// A condensed resource is the number of its skeleton, JSON text with holes, and then what goes into the holes. JSON
// text has no control characters, so they can stand for holes.
inline constexpr char hole_text = 1;    // its length and its bytes
inline constexpr char hole_uuid = 2;    // 16 bytes
inline constexpr char hole_day = 3;     // days since 1900 in two bytes: "2026-05-14"
inline constexpr char hole_second = 4;  // second of the day in three bytes: "10:20:30"
inline constexpr char hole_milli = 5;   // thousandths in two bytes: "250"
inline constexpr char hole_number = 6;  // decimal digits and how many of them stand behind the point
inline constexpr char hole_shared = 7;  // the number of a text

inline constexpr Day first_day = std::chrono::sys_days(std::chrono::year(1900) / 1 / 1);

/// Appends what goes into a hole, and takes it from the filling.
void fill_hole(char hole, std::string_view& filling, const SharedTexts& texts, std::string& json);

}  // namespace fhir
