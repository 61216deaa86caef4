#pragma once

#include <string>

#include "cards/card.h"
#include "cards/chart.h"

namespace cards {

/// The Markdown text under a card: why, from the record, not recorded, other explanations, who does what, before you
/// act, contact, limits (CLINICAL.md 5). Lists, no tables: some clients strip them.
[[nodiscard]] std::string detail_of(const Advice& advice, const std::string& criterion, const Assessment& assessment,
                                    const Chart& chart, const Knowledge& knowledge, const Site& site);

/// The text of a referral, ready to edit and send: why, the evidence, what was looked for and not found, what is
/// missing. Plain text, at most a page, no identifiers.
[[nodiscard]] std::string referral_text(const Advice& advice, const Chart& chart, const Knowledge& knowledge,
                                        const Site& site);

/// One line of what the record says of a fact, without Markdown.
[[nodiscard]] std::string without_markdown(std::string_view line);

}  // namespace cards
