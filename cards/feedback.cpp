#include <algorithm>
#include <array>

#include "cards/hook.h"

namespace cards {

namespace {

using fhir::Json;
using fhir::JsonType;

tl::unexpected<fhir::Error> refuse(std::string where, std::string what) {
  return fhir::fault(fhir::Kind::bad_input, std::move(where), std::move(what));
}

bool are_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// RFC 3339 section 5.6: date, time with seconds, optional fraction, zone.
bool is_timestamp(std::string_view text) {
  if (text.size() < 20 || !fhir::read_day(text.substr(0, 10)) || (text[10] != 'T' && text[10] != 't')) return false;
  if (!are_digits(text.substr(11, 2)) || text[13] != ':' || !are_digits(text.substr(14, 2)) || text[16] != ':' ||
      !are_digits(text.substr(17, 2))) {
    return false;
  }
  if (text.substr(11, 2) > "23" || text.substr(14, 2) > "59" || text.substr(17, 2) > "60") return false;
  auto rest = text.substr(19);
  if (rest.front() == '.') {
    const auto end = rest.find_first_not_of("0123456789", 1);
    if (end == std::string_view::npos || end == 1) return false;
    rest.remove_prefix(end);
  }
  if (rest == "Z" || rest == "z") return true;
  return rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && are_digits(rest.substr(1, 2)) && rest[3] == ':' &&
         are_digits(rest.substr(4, 2));
}

Result<std::vector<std::string>> read_accepted(Json item, const std::string& path) {
  const auto json = item["acceptedSuggestions"];
  if (!json.is(JsonType::array) || json.size() == 0) {
    return refuse(path + ".acceptedSuggestions", "is missing or empty although the card was accepted");
  }
  std::vector<std::string> ids;
  for (const auto& suggestion : json) {
    if (suggestion["id"].string().empty()) return refuse(path + ".acceptedSuggestions", "holds one without an id");
    ids.emplace_back(suggestion["id"].string());
  }
  return ids;
}

Result<void> read_reason(Json item, const std::string& path, Feedback& feedback) {
  const auto json = item["overrideReason"];
  if (!json.present() || json.is(JsonType::null)) return {};
  if (!json.is(JsonType::object) || json.size() == 0)
    return refuse(path + ".overrideReason", "is not an object, or empty");
  if (const auto reason = json["reason"]; reason.present() && !reason.is(JsonType::null)) {
    if (!reason.is(JsonType::object)) return refuse(path + ".overrideReason.reason", "is not an object");
    if (reason["code"].string().empty()) return refuse(path + ".overrideReason.reason.code", "is missing");
    feedback.reason = Coding{std::string(reason["system"].string()), std::string(reason["code"].string()),
                             std::string(reason["display"].string())};
  }
  const auto comment = json["userComment"];
  if (comment.present() && !comment.is(JsonType::null) && !comment.is(JsonType::string))
    return refuse(path + ".overrideReason.userComment", "is not a text");
  feedback.user_comment = comment.string();
  return {};
}

Result<Feedback> read_item(Json item, const std::string& path) {
  if (!item.is(JsonType::object)) return refuse(path, "is not an object");
  Feedback feedback;
  feedback.card = item["card"].string();
  if (feedback.card.empty()) return refuse(path + ".card", "is missing");
  feedback.outcome = item["outcome"].string();
  if (feedback.outcome != "accepted" && feedback.outcome != "overridden") {
    return refuse(path + ".outcome", "is neither accepted nor overridden");
  }
  feedback.timestamp = item["outcomeTimestamp"].string();
  if (!is_timestamp(feedback.timestamp)) return refuse(path + ".outcomeTimestamp", "is not an RFC 3339 timestamp");
  if (feedback.outcome == "accepted") {
    auto ids = read_accepted(item, path);
    if (!ids) return tl::unexpected<fhir::Error>(ids.error());
    feedback.accepted_suggestions = std::move(*ids);
  }
  if (auto done = read_reason(item, path, feedback); !done) return tl::unexpected<fhir::Error>(done.error());
  return feedback;
}

}  // namespace

Result<std::vector<Feedback>> read_feedback(std::string body) {
  const auto document = fhir::read_document(std::move(body));
  if (!document) return tl::unexpected<fhir::Error>(document.error());
  const auto items = document->root()["feedback"];
  if (!items.is(JsonType::array)) return refuse("feedback", items.present() ? "is not an array" : "is missing");
  if (items.size() == 0) return refuse("feedback", "is empty");
  std::vector<Feedback> all;
  for (const auto& json : items) {
    auto item = read_item(json, "feedback[" + std::to_string(all.size()) + "]");
    if (!item) return tl::unexpected<fhir::Error>(item.error());
    all.push_back(std::move(*item));
  }
  return all;
}

}  // namespace cards
