#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cards/hook.h"
#include "fhir/result.h"
#include "server/store.h"

namespace server {

/// What one post of feedback may hold.
inline constexpr std::size_t feedback_items_max = 1'000;
/// A comment is cut here, between two characters.
inline constexpr std::size_t comment_bytes_max = 4'000;
/// Ids, codes and systems are refused above this.
inline constexpr std::size_t feedback_text_bytes_max = 256;
inline constexpr std::size_t accepted_suggestions_max = 20;

/// What is kept of feedback. The same item sent again is kept again: the newest answer to a card is the one that
/// counts. Errors: too_big for too many items; bad_input with the JSON path for texts that are too long or hold NUL.
[[nodiscard]] fhir::Result<std::vector<FeedbackItem>> items_of(const std::vector<cards::Feedback>& feedback,
                                                               std::string_view service, fhir::Day today,
                                                               bool with_comments);

}  // namespace server
