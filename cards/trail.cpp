#include "cards/content.h"
#include "cards/english.h"
#include "cards/ignored.h"

namespace cards {

namespace {

std::string sign_of(Verdict verdict) {
  return "[" + std::string(name_of(verdict)) + "] ";
}

void write(const Finding& finding, std::size_t depth, std::string& text) {
  text += std::string(depth * 2, ' ') + sign_of(finding.verdict) + finding.text;
  for (const auto& evidence : finding.evidence) {
    text += "\n" + std::string(depth * 2 + 4, ' ') + "<- " + evidence.reference + ": " + evidence.value;
    if (!evidence.date.empty()) text += " (" + evidence.date + ")";
  }
  text += "\n";
  for (const auto& part : finding.parts) write(part, depth + 1, text);
}

std::string title_of(const std::string& criterion, const Knowledge::Content& content) {
  for (const auto& one : content.criteria) {
    if (one.id == criterion) return one.title;
  }
  return criterion;
}

std::string sentence_of(const Silenced& silenced, const Knowledge::Content& content) {
  std::string text = "Silenced: " + title_of(silenced.criterion, content) + " (" + silenced.outcome + "). ";
  text += silenced.reason == given_before
              ? "Its card was given on " + fhir::in_words(silenced.on)
              : "A card was answered with \"" + silenced.reason + "\" on " + fhir::in_words(silenced.on);
  if (silenced.answered != silenced.criterion) text += ", that of " + title_of(silenced.answered, content);
  if (silenced.until) text += "; until " + fhir::in_words(*silenced.until);
  if (!silenced.ends.empty()) text += (silenced.until ? " or " : "; until ") + std::string(silenced.ends);
  return text + ".\n";
}

std::string indented(const std::string& text) {
  std::string lines = "    ";
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += "    ";
  }
  return lines;
}

}  // namespace

std::string explained_as_text(const Assessment& assessment, const std::vector<Card>& cards,
                              const Knowledge& knowledge) {
  std::string text = "Knowledge " + knowledge.version() + " (" + knowledge.digest() + ")" +
                     (knowledge.approved() ? "" : ", DRAFT, not approved") + "\nToday " +
                     fhir::iso_date(assessment.today) + "\nOutcome: " + assessment.outcome;
  if (!assessment.decided_by.empty()) text += ", decided by " + assessment.decided_by;
  if (!assessment.silence.empty()) text += "; " + assessment.silence;
  text += "\n\n";
  for (const auto& criterion : assessment.criteria) {
    text += title_of(criterion.id, knowledge.content()) + " (" + criterion.id +
            "): " + std::string(name_of(criterion.verdict)) + "\n";
    write(criterion.because, 1, text);
    text += "\n";
  }
  for (const auto& one : assessment.silenced) text += sentence_of(one, knowledge.content());
  if (!assessment.received.empty()) text += "What was received:\n";
  for (const auto& part : assessment.received)
    text += "  " + part.key + ": " + part.from + (part.cause.empty() ? "" : " (" + part.cause + ")") + "\n";
  for (const auto& part : assessment.missing) text += "Not available: " + part.key + " (" + part.cause + ")\n";
  if (!assessment.unreadable.empty()) text += "What could not be used:\n";
  for (const auto& sentence : ignored_in_words(assessment.unreadable)) text += "  " + sentence + "\n";
  text += cards.empty() ? "\nNo card.\n" : "";
  for (const auto& card : cards)
    text += "\nCard (" + card.indicator + "): " + card.summary + "\n" + indented(card.detail) + "\n";
  return text;
}

}  // namespace cards
