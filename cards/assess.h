#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/finding.h"
#include "cards/knowledge.h"
#include "cards/silence.h"
#include "fhir/record.h"

namespace cards {

/// A part of the record that was asked for and did not come, as a card names it.
struct MissingPart {
  std::string key;    ///< prefetch key: "conditions"
  std::string cause;  ///< "not sent", "could not be fetched", "only the first page was sent"
};

/// A part of the record, and where it came from.
struct ReceivedPart {
  std::string key;    ///< prefetch key: "conditions"
  std::string from;   ///< "prefetch", "fetched", "prefetch and fetched", "missing" or "failed"
  std::string cause;  ///< why it is not there, or not all of it; empty otherwise
};

struct CriterionFinding {
  std::string id;
  Verdict verdict = Verdict::unknown;
  Finding because;
};

/// What the record says against every criterion, and which of them decides (CONTRACT.md 5).
struct Assessment {
  fhir::Day today;
  std::optional<double> age_years;
  fhir::Sex sex = fhir::Sex::unknown;
  std::string outcome;          ///< topic code, "none" or "already-known"
  std::string decided_by;       ///< criterion id; empty when outcome is "none"
  std::string advice;           ///< advice id for the card; empty when silent
  std::string also_decided_by;  ///< criterion of a second card; mostly empty
  std::string also_advice;      ///< its advice
  /// Why nothing is said although a criterion decided: a sentence; empty otherwise.
  std::string silence;
  std::vector<CriterionFinding> criteria;  ///< in the order of evaluation
  std::vector<Silenced> silenced;          ///< what would have decided but for an answer to an earlier card
  std::vector<fhir::Unreadable> unreadable;
  std::vector<MissingPart> missing;
  std::vector<ReceivedPart> received;  ///< of a call; empty for a bare Bundle
};

/// How much is told: the whole trail of every criterion, or verdicts up to the one that decides, which is all that
/// cards need.
enum class Trail { whole, verdicts_only };

/// Holds a record against the criteria of a service on a day, and against what clinicians answered before. Pure: the
/// same gives the same assessment. The service is named by its id; an empty one is the first, which judges a record
/// without a call.
/// For problem-list-item-create the outcome is that of the record together with the new Conditions, and "none" when it
/// is the same without them: then patient-view has said it.
[[nodiscard]] Assessment assess(const fhir::Record& record, const Knowledge& knowledge, fhir::Day today,
                                std::vector<MissingPart> missing = {}, Trail trail = Trail::whole,
                                std::string_view service = {}, const Answers& answers = {});

/// The way out of a criterion with a verdict in a record: the first branch that holds; null: evaluation goes on.
[[nodiscard]] const Branch* branch_that_holds(const Criterion& criterion, Verdict verdict, const Chart& chart);

}  // namespace cards
