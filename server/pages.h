#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cards/knowledge.h"
#include "server/troubles.h"

namespace server {

/// What a browser may do with our pages: use what this server sends, call this server, and nothing else. Nothing is
/// inline; only the sanitiser may turn text into elements.
inline constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types dompurify";

/// The pages for people and their files, written once at start. They hold no patient's data.
class Pages {
 public:
  struct Page {
    std::string_view media_type;
    std::string content;
  };

  Pages(const cards::Knowledge& knowledge, std::string_view base_url);

  [[nodiscard]] const Page& home() const { return home_; }
  [[nodiscard]] const Page& criteria() const { return criteria_; }
  /// The frame of the feedback page; its numbers come from an address that asks who wants them.
  [[nodiscard]] const Page& feedback() const { return feedback_; }
  /// A file below /web/, or null. Without the try-out page, only what the other pages need.
  [[nodiscard]] const Page* file(const std::string& name, bool tryout) const;
  /// Why the invented patients cannot be offered, when the knowledge has other words than theirs; else empty.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  void add_patients(const cards::Knowledge& knowledge);

  Page home_;
  Page criteria_;
  Page feedback_;
  std::map<std::string, Page, std::less<>> files_;
  std::string complaint_;
};

/// How the program is, for those who operate it.
struct Readiness {
  std::string_view program_version;
  std::string_view store;  ///< "available", "unavailable" or "off": cards are given in all three cases
  bool can_serve = true;
  std::vector<Troubles::Trouble> troubles;
  const cards::Knowledge* shadow = nullptr;  ///< that judges beside the one in force; null: none does
};

/// GET /health/ready. Its status is "ready", "degraded" (cards are given, something else is wrong) or "unavailable".
[[nodiscard]] std::string ready_page(const cards::Knowledge& knowledge, const Readiness& readiness);

}  // namespace server
