#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cards/assess.h"
#include "cards/case_record.h"
#include "cards/hook.h"
#include "cards/knowledge.h"

// The cases of the knowledge: patients in a few lines, and what the program must say about them. One file per
// criterion, cards/knowledge/cases/<criterion>.json:
//
//   {"criterion": "lipodystrophy", "today": "2026-06-15", "cases": [
//     {"id": "O3", "name": "partial lipodystrophy with a BMI of 33",
//      "given": {"age": "47 a", "sex": "female", "bmi": ["33 kg/m2"], "conditions": ["lipodystrophy-partial"]},
//      "expect": {"outcome": "nsirs-referral", "indicator": "warning", "verdict": "met"},
//      "because": "criterion 2 has no BMI limit"}]}
//
// The words of `given` are described in case_record.h. `expect` may also hold "second" (the topic of a second card),
// "criteria" (verdicts of other criteria by id) and "card_says" and "card_does_not_say" (parts of the card's summary or
// detail). `because` and `source` are for people.

namespace cards {

struct Expectation {
  std::string outcome;                                   ///< topic code, "none" or "already-known"
  std::string indicator;                                 ///< empty: no card
  std::string second;                                    ///< topic of the second card; empty: there is none
  std::map<std::string, Verdict, std::less<>> verdicts;  ///< by criterion id
  std::vector<std::string> card_says;
  std::vector<std::string> card_does_not_say;
};

struct Case {
  std::string file;  ///< "cases/lipodystrophy.json"
  std::string criterion;
  std::string id;
  std::string name;
  std::string because;
  std::string source;
  fhir::Day today;
  std::string service;  ///< id of the service that is called
  std::string request;  ///< body of the call
  Expectation expected;
};

/// What the program said about a case.
struct CaseResult {
  std::string outcome;
  std::string indicator;
  std::string decided_by;
  std::map<std::string, Verdict, std::less<>> verdicts;
  std::vector<std::string> topics;
  std::string complaint;  ///< a sentence when it is not what was expected; empty otherwise

  [[nodiscard]] bool as_expected() const { return complaint.empty(); }
};

/// Reads all case files of a folder, in the order of the criteria. Errors: bad_input with file, case and sentence.
[[nodiscard]] Result<std::vector<Case>> read_cases(const Folder& folder, const Knowledge& knowledge);

/// The whole way from the bytes of the request to the cards.
[[nodiscard]] CaseResult run(const Case& one, const Knowledge& knowledge);

/// The record of a case, read from its request: the same for all knowledge, so that many can be held against it.
[[nodiscard]] Result<CompleteRecord> record_of(const Case& one, const Knowledge& knowledge);

/// The rest of the way, from the record on.
[[nodiscard]] CaseResult run(const Case& one, const CompleteRecord& record, const Knowledge& knowledge);

/// Whether `run` would find what is expected, without sentences where none are asked for: cheap enough to be asked by
/// hundreds of thousands. Always equal to run(...).as_expected().
[[nodiscard]] bool passes(const Case& one, const CompleteRecord& record, const Knowledge& knowledge);

}  // namespace cards
