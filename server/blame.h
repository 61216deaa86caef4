#pragma once

#include "fhir/result.h"
#include "server/config.h"

namespace server {

/// An error of something that a setting names, told at that setting: a fault of "server.profile", or of the file
/// "/etc/tls.pem", gets `where` "sir-cds.toml: tls.certificate_file" or the environment variable that was set. Errors
/// of what no setting names stay as they are.
[[nodiscard]] fhir::Error at_its_setting(fhir::Error error, const Config& config);

}  // namespace server
