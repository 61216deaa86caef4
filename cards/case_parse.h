#pragma once

#include <string>
#include <string_view>

#include "cards/case_record.h"
#include "cards/case_words.h"
#include "cards/code_index.h"
#include "fhir/result.h"

// The sentences of a case, one kind each; what they may say stands in case_record.h.

namespace cards {

/// Why a sentence is not understood: reads on from it ("has the unknown word \"yesterday\"").
struct Misunderstanding {
  std::string what;
};
template <class T>
using Parsed = tl::expected<T, Misunderstanding>;

[[nodiscard]] tl::unexpected<Misunderstanding> misunderstood(std::string what);
/// For a word in front that is not known, or an end that comes too early.
[[nodiscard]] tl::unexpected<Misunderstanding> not_understood(const CaseSentence& sentence);

/// "on 2026-05-16" and the like; true when the word stood there with a date behind it.
bool take_date(CaseSentence& sentence, std::string_view word, std::string& date);

/// The code that a sentence begins with.
[[nodiscard]] Parsed<CaseCode> read_code(CaseSentence& sentence, const CodeIndex& codes);

[[nodiscard]] Parsed<CaseMeasurement> read_measurement(std::string_view what, std::string_view text,
                                                       const std::string& usual_date);
[[nodiscard]] Parsed<CaseMedicine> read_medicine(std::string_view text, const CodeIndex& codes);

}  // namespace cards
