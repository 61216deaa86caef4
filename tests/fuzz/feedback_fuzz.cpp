#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/feedback.h"

// Whatever is posted as feedback: it is refused with a sentence, or what is kept of it is within its bounds.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_item(const server::FeedbackItem& item, bool with_comments) {
  for (const auto* text : {&item.card, &item.reason_system, &item.reason})
    check(text->size() <= server::feedback_text_bytes_max && text->find('\0') == std::string::npos);
  check(!item.card.empty());
  check(item.outcome == "accepted" || item.outcome == "overridden");
  check(item.suggestions.size() <= server::accepted_suggestions_max * (server::feedback_text_bytes_max + 1));
  check(item.comment.size() <= (with_comments ? server::comment_bytes_max : 0));
  check(item.comment.find('\0') == std::string::npos && item.outcome_time.size() < 64);
  check(item.service == "sir-patient-view" && item.day == "2026-06-15");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto feedback = cards::read_feedback(std::string(reinterpret_cast<const char*>(data), size));
  if (!feedback) {
    check(!feedback.error().what.empty());
    return 0;
  }
  for (const bool with_comments : {false, true}) {
    const auto items = server::items_of(*feedback, "sir-patient-view", *fhir::read_day("2026-06-15"), with_comments);
    if (!items) {
      check(!items.error().what.empty());
      continue;
    }
    check(items->size() == feedback->size() && items->size() <= server::feedback_items_max);
    for (const auto& item : *items) check_item(item, with_comments);
  }
  return 0;
}
