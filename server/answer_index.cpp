#include "server/answer_index.h"

#include <algorithm>

#include "cards/topic.h"

namespace server {

AnswerIndex::AnswerIndex(std::size_t most, std::set<std::string, std::less<>> reasons)
    : most_(most), reasons_(std::move(reasons)) {}

void AnswerIndex::add(const StoredAnswer& answer) {
  const bool ours = answer.reason_system.empty() || answer.reason_system == cards::override_reason_system;
  const auto day = fhir::read_day(answer.day);
  if (const auto known = by_card_.find(answer.card); known != by_card_.end()) {
    if (known->second.at == answer.at && known->second.answer.reason == answer.reason) return;  // read once more
    forget(answer.card);
  }
  if (!ours || !reasons_.contains(answer.reason) || answer.patient.empty() || !day) return;
  if (answer.outcome == "accepted") return;

  auto bases = cards::read_bases(answer.bases);
  if (bases.empty()) return;
  by_card_[answer.card] = {answer.patient, {std::move(bases), answer.reason, *day}, answer.at};
  cards_of_[answer.patient].push_back(answer.card);
  oldest_first_.push_back(answer.card);
  while (oldest_first_.size() > most_) {
    forget(oldest_first_.front());
    oldest_first_.pop_front();
  }
}

std::vector<cards::Answer> AnswerIndex::of(const std::string& patient, UnixSeconds not_before) const {
  const auto found = cards_of_.find(patient);
  if (found == cards_of_.end()) return {};
  std::vector<cards::Answer> answers;
  for (const auto& card : found->second) {
    const auto& entry = by_card_.at(card);
    if (entry.at >= not_before) answers.push_back(entry.answer);
  }
  return answers;
}

void AnswerIndex::forget(const std::string& card) {
  const auto found = by_card_.find(card);
  if (found == by_card_.end()) return;
  const auto cards = cards_of_.find(found->second.patient);
  std::erase(cards->second, card);
  if (cards->second.empty()) cards_of_.erase(cards);
  by_card_.erase(found);
}

}  // namespace server
