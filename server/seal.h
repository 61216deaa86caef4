#pragma once

#include <string>
#include <string_view>

#include "cards/knowledge.h"
#include "fhir/result.h"

// The detached signature of a knowledge folder: who has released what runs.

namespace server {

/// What is signed: a line for each file of the folder, "SHA-256 in hexadecimal, two blanks, path", in the order of the
/// paths, as sha256sum writes it. All files count, cases and approvals too.
[[nodiscard]] std::string manifest_of(const cards::Folder& folder);

/// Whether one of the public keys (PEM, one after the other; Ed25519, or EC and RSA with SHA-256) has signed the
/// manifest. `signature` is what openssl writes: its bytes, or the same in base64. Errors: bad_input, `where` is empty.
[[nodiscard]] fhir::Result<void> check_seal(const cards::Folder& folder, const std::string& public_keys,
                                            const std::string& signature);

}  // namespace server
