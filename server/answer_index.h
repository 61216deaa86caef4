#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "cards/silence.h"
#include "server/store.h"

namespace server {

/// The answers that count for a patient, in memory, so that a service call need not ask the database. Holds the newest
/// answer of each card, for so many cards; the oldest give way. Not for several threads at once.
class AnswerIndex {
 public:
  /// `most` is the number of cards, `reasons` are the codes that silence something.
  AnswerIndex(std::size_t most, std::set<std::string, std::less<>> reasons);

  /// Takes in an answer; one that silences nothing takes back what was answered to the same card before.
  void add(const StoredAnswer& answer);
  /// Answers given to cards of a patient at or after a time.
  [[nodiscard]] std::vector<cards::Answer> of(const std::string& patient, UnixSeconds not_before = 0) const;
  [[nodiscard]] std::size_t size() const { return by_card_.size(); }

 private:
  struct Entry {
    std::string patient;
    cards::Answer answer;
    UnixSeconds at = 0;
  };

  void forget(const std::string& card);

  std::size_t most_;
  std::set<std::string, std::less<>> reasons_;
  std::unordered_map<std::string, Entry> by_card_;
  std::unordered_map<std::string, std::vector<std::string>> cards_of_;  ///< by patient
  std::deque<std::string> oldest_first_;                                ///< may name cards that are forgotten
};

}  // namespace server
