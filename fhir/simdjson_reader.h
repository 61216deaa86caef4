#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "fhir/json_tree.h"

namespace fhir {

/// Bytes that were written with escapes, as they read without.
using UnescapedText = std::unique_ptr<char[]>;

/// Why a text was not read.
struct ReadingFault {
  const char* refusal = nullptr;  ///< what TreeBuilder said; null when it is no JSON
  std::size_t at = 0;             ///< the byte where TreeBuilder refused
};

/// Reads a JSON text into nodes; gives nothing back when all went well. `json_padding` bytes behind the text must be
/// readable. The nodes borrow from the text, and from `unescaped`.
[[nodiscard]] std::optional<ReadingFault> read_with_simdjson(std::string_view text, JsonNodes& nodes,
                                                             UnescapedText& unescaped);

}  // namespace fhir
