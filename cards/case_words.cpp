#include "cards/case_words.h"

#include <algorithm>

#include "fhir/time.h"

namespace cards {

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::size_t from = 0;
  while ((from = text.find_first_not_of(' ', from)) != std::string_view::npos) {
    const auto to = std::min(text.find(' ', from), text.size());
    words.emplace_back(text.substr(from, to - from));
    from = to;
  }
  return words;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A JSON number without an exponent: what people write.
bool is_number(std::string_view word) {
  if (!word.empty() && word.front() == '-') word.remove_prefix(1);
  const auto point = word.find('.');
  const auto whole = word.substr(0, point);
  const bool leading_zero = whole.size() > 1 && whole.front() == '0';
  if (whole.empty() || leading_zero || !std::all_of(whole.begin(), whole.end(), is_digit)) return false;
  if (point == std::string_view::npos) return true;
  const auto fraction = word.substr(point + 1);
  return !fraction.empty() && std::all_of(fraction.begin(), fraction.end(), is_digit);
}

bool is_time_of_day(std::string_view word) {
  return word.size() == 5 && word[2] == ':' && is_digit(word[0]) && is_digit(word[1]) && is_digit(word[3]) &&
         is_digit(word[4]) && word.substr(0, 2) < "24" && word.substr(3) < "60";
}

bool is_date(std::string_view word) {
  const auto time = fhir::read_time(word);
  return time && !time->second_of_day;
}

}  // namespace

CaseSentence::CaseSentence(std::string_view text) : words_(words_of(text)) {}

bool CaseSentence::take(std::string_view phrase) {
  const auto wanted = words_of(phrase);
  if (words_.size() - next_ < wanted.size()) return false;
  const auto here = words_.begin() + static_cast<std::ptrdiff_t>(next_);
  if (!std::equal(wanted.begin(), wanted.end(), here)) return false;
  next_ += wanted.size();
  return true;
}

std::string_view CaseSentence::take_one_of(std::initializer_list<std::string_view> phrases) {
  for (const auto phrase : phrases) {
    if (take(phrase)) return phrase;
  }
  return {};
}

std::string CaseSentence::word() {
  return at_end() ? std::string() : words_[next_++];
}

std::string CaseSentence::number() {
  return is_number(front()) ? word() : std::string();
}

std::string CaseSentence::date() {
  return is_date(front()) ? word() : std::string();
}

std::string CaseSentence::time_of_day() {
  return is_time_of_day(front()) ? word() : std::string();
}

std::pair<std::string, std::string> CaseSentence::split_at_last_word() const {
  if (words_.size() - next_ < 2) return {};
  std::string before = words_[next_];
  for (std::size_t i = next_ + 1; i + 1 < words_.size(); ++i) before += " " + words_[i];
  return {before, words_.back()};
}

}  // namespace cards
