#pragma once

#include <string>
#include <string_view>

#include "cards/knowledge.h"

namespace cards {

/// "sha256:…" over the clinical files of a folder, in the order of their names. Left out: the generated review sheet,
/// the change notes, the cases and the approvals, which speak about the digest.
[[nodiscard]] std::string digest_of(const Folder& folder);

/// HMAC-SHA-256 of a text under a key, as 64 hexadecimal digits: tells whether two texts are the same to those who have
/// the key, and nothing to anybody else.
[[nodiscard]] std::string keyed_digest(std::string_view key, std::string_view text);

}  // namespace cards
