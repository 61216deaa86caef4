#include "cards/card.h"

#include <algorithm>

#include "cards/chart.h"
#include "cards/detail.h"
#include "cards/order.h"
#include "cards/placeholder.h"
#include "cards/topic.h"

namespace cards {

namespace {

// CDS Hooks 2.0: "a summary … fewer than 140 characters"; counted in bytes, which is never less strict.
constexpr std::size_t summary_bytes_max = 139;

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string summary_of(const Advice& advice, const Chart& chart) {
  const auto brief = [&](std::string_view fact) -> std::optional<std::string> {
    const auto& sighting = chart.sighting(fact);
    if (sighting.brief.empty()) return std::nullopt;
    return sighting.brief;
  };
  for (const auto& pattern : advice.summaries) {
    const auto summary = filled(pattern, brief);
    if (summary && summary->size() <= summary_bytes_max) return capitalised(*summary);
  }
  return advice.summaries.back();  // the reader has checked: no placeholder, short enough
}

std::string source_label(const Knowledge& knowledge) {
  const std::string label = "sir-cds " + knowledge.version() + ", after the NSIRS referral criteria";
  return knowledge.approved() ? label : "DRAFT – " + label;
}

std::vector<Coding> reasons_of(const Advice& advice, const Knowledge::Content& content) {
  std::vector<Coding> reasons;
  for (const auto& reason : content.override_reasons) {
    const auto& wanted = advice.override_reasons;
    if (std::find(wanted.begin(), wanted.end(), reason.code) == wanted.end()) continue;
    reasons.push_back({std::string(override_reason_system), reason.code, reason.display});
  }
  return reasons;
}

Card card_for(const Advice& advice, const std::string& criterion, const Assessment& assessment, const Chart& chart,
              const Knowledge& knowledge, const Site& site, const std::function<std::string()>& new_uuid) {
  Card card;
  card.uuid = new_uuid();
  card.criterion = criterion;
  card.summary = summary_of(advice, chart);
  card.indicator = advice.indicator;
  card.detail = detail_of(advice, criterion, assessment, chart, knowledge, site);
  card.source_label = source_label(knowledge);
  card.source_url = site.base_url + "/criteria";
  card.topic = advice.topic;
  card.topic_display = std::string(topic(advice.topic)->display);
  card.suggestions = drafts_of(advice, chart, knowledge, site, new_uuid);
  card.override_reasons = reasons_of(advice, knowledge.content());
  for (const auto& link : advice.links) card.links.push_back({link.label, link.url});
  card.links.push_back({"The rule, its sources and value sets", site.base_url + "/criteria#" + criterion});
  return card;
}

}  // namespace

std::vector<Card> compose(const Assessment& assessment, const fhir::Record& record, const Knowledge& knowledge,
                          const Site& site, const std::function<std::string()>& new_uuid) {
  const auto& content = knowledge.content();
  if (assessment.advice.empty()) return {};
  const auto advice_of = [&](const std::string& id) -> const Advice& {
    return content.advice[content.advice_by_id.find(id)->second];
  };
  const auto& advice = advice_of(assessment.advice);
  if (advice.only_when_explaining && !site.show_explained) return {};

  const Chart chart(record, content, assessment.today);
  std::vector<Card> cards;
  cards.push_back(card_for(advice, assessment.decided_by, assessment, chart, knowledge, site, new_uuid));
  if (assessment.also_advice.empty()) return cards;
  cards.push_back(card_for(advice_of(assessment.also_advice), assessment.also_decided_by, assessment, chart, knowledge,
                           site, new_uuid));
  // Of two cards one interrupts.
  if (cards.front().indicator != "info") cards.back().indicator = "info";
  return cards;
}

}  // namespace cards
