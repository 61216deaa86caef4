#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "cards/content.h"
#include "cards/fact.h"
#include "cards/refutation.h"
#include "fhir/record.h"

namespace cards {

struct FoundReadings;

/// A patient's record as the facts read it: on a day, with every code already looked up, and each fact looked for once.
/// Lives for one assessment and borrows record and knowledge.
class Chart {
 public:
  /// Whether Conditions that are only about to be added to the record are looked at.
  enum class News : unsigned char { included, left_out };

  Chart(const fhir::Record& record, const Knowledge::Content& knowledge, fhir::Day today, News news = News::included);

  [[nodiscard]] const fhir::Record& record() const { return record_; }
  /// The Conditions that are looked at: facts ask for these, not for those of the record.
  [[nodiscard]] std::span<const fhir::Condition> conditions() const { return conditions_; }
  /// Which of them others refute.
  [[nodiscard]] const Refutations& refutations() const { return codes_->refutations; }
  /// The same record, knowledge and day before any fact was looked for.
  [[nodiscard]] Chart afresh() const;
  [[nodiscard]] const Knowledge::Content& knowledge() const { return knowledge_; }
  [[nodiscard]] fhir::Day today() const { return today_; }

  /// What was found for a fact; looked for at the first call, remembered after.
  [[nodiscard]] const Sighting& sighting(std::size_t fact) const;
  [[nodiscard]] const Sighting& sighting(std::string_view fact_id) const;
  /// Takes a sighting for given instead of looking: for asking "what if this sample were the one?".
  void assume(std::size_t fact, Sighting sighting) { sightings_[fact] = std::move(sighting); }

  /// The value sets that any Observation or component, Condition, or medicine belongs to: a fact that looks for others
  /// need not look at each.
  [[nodiscard]] const SetBits& observation_sets() const { return codes_->all_observations; }
  [[nodiscard]] const SetBits& condition_sets() const { return codes_->all_conditions; }
  [[nodiscard]] const SetBits& medication_sets() const { return codes_->all_medications; }
  /// The value sets that the code of a resource belongs to, by position in the record.
  [[nodiscard]] const SetBits& observation_sets(std::size_t position) const { return codes_->observations[position]; }
  [[nodiscard]] const SetBits& component_sets(std::size_t observation, std::size_t component) const {
    return codes_->components[observation][component];
  }
  [[nodiscard]] const SetBits& condition_sets(std::size_t position) const { return codes_->conditions[position]; }
  [[nodiscard]] const SetBits& medication_sets(std::size_t position) const { return codes_->medications[position]; }
  /// The same of a medicine or a test that is about to be ordered, by position in Record::orders.
  [[nodiscard]] const SetBits& ordered_medication_sets(std::size_t position) const {
    return codes_->ordered_medications[position];
  }
  [[nodiscard]] const SetBits& ordered_request_sets(std::size_t position) const {
    return codes_->ordered_requests[position];
  }

  /// Adds what could not be used while looking for facts ("has a unit that is not known"); once per resource and path.
  void report(fhir::Unreadable unreadable) const;
  [[nodiscard]] const std::vector<fhir::Unreadable>& unreadable() const { return unreadable_; }

  /// Where `readings` (result.h) remembers what it has found: several facts ask the same.
  [[nodiscard]] std::vector<std::shared_ptr<const FoundReadings>>& found_readings() const { return found_readings_; }

  /// The patient's birth as a pair of days, the same for a full date; nothing without a usable birth date.
  struct Birth {
    fhir::Day earliest;
    fhir::Day latest;
  };
  [[nodiscard]] std::optional<Birth> birth() const;

  /// True when the day lies after today, a day of tolerance for time zones (DECISIONS.md 3).
  [[nodiscard]] bool is_in_future(fhir::Day day) const { return day > today_ + std::chrono::days{1}; }

 private:
  /// What the codes of a record mean: the same however often facts are looked for.
  struct Codes {
    Codes(const fhir::Record& record, const CodeIndex& index, std::span<const fhir::Condition> looked_at);

    SetBits all_observations;
    SetBits all_conditions;
    SetBits all_medications;
    std::vector<SetBits> observations;
    std::vector<std::vector<SetBits>> components;
    std::vector<SetBits> conditions;
    std::vector<SetBits> medications;
    std::vector<SetBits> ordered_medications;
    std::vector<SetBits> ordered_requests;
    Refutations refutations;
  };

  const fhir::Record& record_;
  const Knowledge::Content& knowledge_;
  fhir::Day today_;
  std::span<const fhir::Condition> conditions_;
  std::shared_ptr<const Codes> codes_;
  // Memo of a pure look-up: the same record gives the same sightings in any order of asking.
  mutable std::vector<std::optional<Sighting>> sightings_;
  mutable std::vector<std::shared_ptr<const FoundReadings>> found_readings_;
  mutable std::vector<fhir::Unreadable> unreadable_;
  mutable std::unordered_set<std::string> reported_;
};

}  // namespace cards
