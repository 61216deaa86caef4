#include "server/feedback.h"

#include <algorithm>

#include "server/ledger.h"

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

tl::unexpected<fhir::Error> refuse(std::string where, std::string what) {
  return fhir::fault(Kind::bad_input, std::move(where), std::move(what));
}

/// NUL has no place in the texts of PostgreSQL, and none in an id.
std::string_view fault_in(std::string_view text) {
  if (text.size() > feedback_text_bytes_max) return "is too long";
  return text.find('\0') == std::string_view::npos ? "" : "holds a NUL character";
}

bool continues_character(char letter) {
  return (static_cast<unsigned char>(letter) & 0xC0U) == 0x80U;
}

std::string shortened(std::string comment) {
  std::erase(comment, '\0');
  if (comment.size() <= comment_bytes_max) return comment;
  std::size_t end = comment_bytes_max;
  while (end > 0 && continues_character(comment[end])) --end;
  comment.resize(end);
  return comment;
}

Result<std::string> joined(const std::vector<std::string>& ids, const std::string& path) {
  if (ids.size() > accepted_suggestions_max) return refuse(path, "holds more suggestions than a card has");
  std::string text;
  for (const auto& id : ids) {
    if (const auto fault = fault_in(id); !fault.empty()) return refuse(path, "holds an id that " + std::string(fault));
    text.append(text.empty() ? "" : " ").append(id);
  }
  return text;
}

Result<FeedbackItem> item_of(const cards::Feedback& feedback, const std::string& path) {
  FeedbackItem item;
  item.card = feedback.card;
  item.outcome = feedback.outcome;
  item.outcome_time = feedback.timestamp;
  if (feedback.reason) {
    item.reason_system = feedback.reason->system;
    item.reason = feedback.reason->code;
  }
  const auto judge = [&](const std::string& text, std::string_view name) -> Result<void> {
    if (const auto fault = fault_in(text); !fault.empty()) return refuse(path + std::string(name), std::string(fault));
    return {};
  };
  auto suggestions = joined(feedback.accepted_suggestions, path + ".acceptedSuggestions");
  if (!suggestions) return tl::unexpected(suggestions.error());
  item.suggestions = std::move(*suggestions);
  auto good = judge(item.card, ".card")
                  .and_then([&] { return judge(item.outcome_time, ".outcomeTimestamp"); })
                  .and_then([&] { return judge(item.reason, ".overrideReason.reason.code"); })
                  .and_then([&] { return judge(item.reason_system, ".overrideReason.reason.system"); });
  if (!good) return tl::unexpected(good.error());
  return item;
}

}  // namespace

Result<std::vector<FeedbackItem>> items_of(const std::vector<cards::Feedback>& feedback, std::string_view service,
                                           fhir::Day today, bool with_comments) {
  if (feedback.size() > feedback_items_max)
    return fhir::fault(Kind::too_big, "feedback", "has more than " + std::to_string(feedback_items_max) + " items");
  std::vector<FeedbackItem> items;
  const auto now = unix_now();
  for (const auto& one : feedback) {
    auto item = item_of(one, "feedback[" + std::to_string(items.size()) + "]");
    if (!item) return tl::unexpected(item.error());
    if (with_comments) item->comment = shortened(one.user_comment);
    item->service = service;
    item->day = fhir::iso_date(today);
    item->at = now;
    items.push_back(std::move(*item));
  }
  return items;
}

}  // namespace server
