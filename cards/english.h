#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cards/assess.h"
#include "cards/card.h"
#include "cards/knowledge.h"

namespace cards {

/// The whole knowledge in English, as Markdown: what clinicians read and sign (cards/knowledge/REVIEW.md).
[[nodiscard]] std::string review_sheet(const Knowledge& knowledge);

/// The same for GET /criteria, with how to read it in front and what changed behind: the inside of an HTML page with an
/// anchor per criterion id, and its table of contents.
struct CriteriaHtml {
  std::string contents;
  std::string body;
};
[[nodiscard]] CriteriaHtml criteria_html(const Knowledge& knowledge);

/// One sentence per approval on file, whatever version it is for.
[[nodiscard]] std::vector<std::string> approvals_in_words(const Knowledge& knowledge);

/// An assessment for a terminal: every criterion as an indented trail, the cards, what could not be read.
[[nodiscard]] std::string explained_as_text(const Assessment& assessment, const std::vector<Card>& cards,
                                            const Knowledge& knowledge);

/// Text from a record made safe inside Markdown: no HTML, no links, no line breaks, no control or bidi characters.
[[nodiscard]] std::string escaped_markdown(std::string_view text);

}  // namespace cards
