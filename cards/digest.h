#pragma once

#include <string>

#include "cards/knowledge.h"

namespace cards {

/// "sha256:…" over the clinical files of a folder, in the order of their names. Left out: the generated review sheet,
/// the change notes, the cases and the approvals, which speak about the digest.
[[nodiscard]] std::string digest_of(const Folder& folder);

}  // namespace cards
