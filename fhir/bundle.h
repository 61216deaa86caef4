#pragma once

#include <string>
#include <vector>

#include "fhir/json.h"
#include "fhir/record.h"
#include "fhir/resource.h"

namespace fhir {

/// Where resources go when they come in.
struct Intake {
  std::uint32_t part = 0;   ///< number of the `path`
  const std::string& path;  ///< "prefetch.observations"
  std::vector<Sent>& sent;
  std::vector<Unreadable>& unreadable;
  Counts& counts;
};

/// Takes a resource, the resources of a Bundle, null or an OperationOutcome apart (see RecordReader::add).
[[nodiscard]] Result<Supplied> take_in(Json json, Intake& intake);

/// "prefetch.observations.entry[3].resource", or the path alone.
[[nodiscard]] std::string place_of(const Sent& sent, const std::string& path);

}  // namespace fhir
