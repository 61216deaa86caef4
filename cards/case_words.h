#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cards {

/// A sentence of a case file, taken word by word from the front: "300 pmol/L fasting on 2026-05-16".
class CaseSentence {
 public:
  explicit CaseSentence(std::string_view text);

  /// Takes the phrase when it stands at the front, whole words only.
  bool take(std::string_view phrase);
  /// Takes the first of the words that stands at the front; empty when none does. Longer phrases go first.
  std::string_view take_one_of(std::initializer_list<std::string_view> phrases);
  /// Takes the next word, whatever it is; empty at the end.
  std::string word();
  /// Takes the next word when it is a JSON number; empty otherwise. As written.
  std::string number();
  /// Takes the next word when it is a FHIR date ("2026-05-16", "2026-05", "2026"); empty otherwise.
  std::string date();
  /// Takes the next word when it is a time of day ("08:30"); empty otherwise.
  std::string time_of_day();

  [[nodiscard]] bool at_end() const { return next_ == words_.size(); }
  /// The word that stands at the front: what a reader did not understand.
  [[nodiscard]] std::string_view front() const { return at_end() ? std::string_view() : words_[next_]; }
  /// Everything from the front on but the last word, and the last word. Both empty when fewer than two words are left.
  [[nodiscard]] std::pair<std::string, std::string> split_at_last_word() const;

 private:
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

}  // namespace cards
