#include "cards/case_parse.h"

#include "cards/case_code.h"

namespace cards {

namespace {

// 'Intestinal lipodystrophy': what somebody wrote, without a code.
Parsed<CaseCode> read_text(CaseSentence& sentence) {
  auto text = sentence.word().substr(1);
  while (!text.ends_with('\'')) {
    if (sentence.at_end()) return misunderstood("has no second quotation mark");
    text += " " + sentence.word();
  }
  text.pop_back();
  if (text.empty()) return misunderstood("quotes nothing");
  return CaseCode{{}, {}, {}, text};
}

}  // namespace

tl::unexpected<Misunderstanding> misunderstood(std::string what) {
  return tl::unexpected<Misunderstanding>(Misunderstanding{std::move(what)});
}

tl::unexpected<Misunderstanding> not_understood(const CaseSentence& sentence) {
  if (sentence.at_end()) return misunderstood("ends too early");
  return misunderstood("has the unknown word \"" + std::string(sentence.front()) + "\"");
}

Parsed<CaseCode> read_code(CaseSentence& sentence, const CodeIndex& codes) {
  if (sentence.front().starts_with('\'')) return read_text(sentence);
  auto code = code_for(sentence.front(), codes);
  if (!code) return misunderstood("names neither a value set nor a code: \"" + std::string(sentence.front()) + "\"");
  (void)sentence.word();
  return *code;
}

bool take_date(CaseSentence& sentence, std::string_view word, std::string& date) {
  if (!sentence.take(word)) return false;
  date = sentence.date();
  return !date.empty();
}

}  // namespace cards
