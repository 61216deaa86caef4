#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/verdict.h"
#include "fhir/record.h"
#include "fhir/time.h"

// A clinician's answer to a card silences what the card said, about that patient, for as long as the knowledge says
// (override_reasons in knowledge.json).
//
// What exactly is silenced is decided when the card is given, not when it is answered: the criterion that decided, and
// the criteria that it covers as far as they hold in the same record and their cards are no graver. So a silenced
// criterion hands over to those that say something else (criterion 3 never silences Type B), while a weaker way of
// saying the same does not pop up in its place; and what becomes true later, or becomes graver (another branch), was
// not answered and is shown. Nothing that is kept names a patient or a result: digests are keyed by the site.

namespace cards {

class Chart;
struct Branch;
struct Criterion;
class Knowledge;

/// A keyed digest of a text from a record; the key belongs to the site.
using Digest = std::function<std::string(std::string_view)>;

/// How a criterion stood in a record when a card was given.
struct Basis {
  std::string criterion;
  std::string branch;
  std::string evidence;    ///< digest over (reference, value, date) of the evidence
  std::string conditions;  ///< digest over the Conditions among it, with their status and codes; empty: none

  friend bool operator==(const Basis&, const Basis&) = default;
};

/// One line each, for keeping, and back. Lines that are not understood are left out.
[[nodiscard]] std::string written(const std::vector<Basis>& bases);
[[nodiscard]] std::vector<Basis> read_bases(std::string_view text);

/// Stands for a reason where nobody answered: the card was given a short while ago (feedback.repeat_hours).
inline constexpr std::string_view given_before = "given-before";

/// An answer to an earlier card of this patient.
struct Answer {
  std::vector<Basis> bases;  ///< of that card: what decided first, then what it covers
  std::string reason;        ///< code of the override reason, or given_before
  fhir::Day on;
};

/// What is known of earlier cards of this patient.
struct Answers {
  std::vector<Answer> given;
  Digest digest;
};

/// A criterion that would have decided, and why it did not.
struct Silenced {
  std::string criterion;
  std::string outcome;
  std::string answered;  ///< the criterion whose card was answered: itself, or one that covers it
  std::string reason;
  fhir::Day on;
  std::optional<fhir::Day> until;  ///< first day on which it may speak again; absent: no day was set
  std::string_view ends;           ///< what ends it earlier, in words; empty: only the day
};

/// Whether an answer silences a criterion that would decide with a branch.
[[nodiscard]] std::optional<Silenced> silenced_by(const Answers& answers, const Criterion& criterion,
                                                  const Branch& branch, const Chart& chart);

/// How the criterion of a card, and those that it covers, stand in the record for which the card was given: what an
/// answer to the card will be about. Empty when the criterion does not hold.
[[nodiscard]] std::vector<Basis> bases_of(std::string_view criterion, const fhir::Record& record,
                                          const Knowledge& knowledge, fhir::Day today, const Digest& digest);

}  // namespace cards
