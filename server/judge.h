#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/assess.h"
#include "cards/card.h"
#include "cards/code_index.h"
#include "cards/knowledge.h"

namespace server {

/// Somebody for whom the pop-up would show a card: what the worklist says.
struct Flagged {
  std::string patient;    ///< bare id
  std::string outcome;    ///< topic code
  std::string criterion;  ///< that decides
  std::string indicator;  ///< of the card: "critical", "warning", "info"
  std::string summary;    ///< of the card
  std::optional<double> age_years;
  fhir::Sex sex = fhir::Sex::unknown;
  std::string json;  ///< the line of the output
};

/// What was found out about one person.
struct Judgement {
  enum class State : unsigned char {
    judged,
    no_patient,  ///< no Patient resource: age and sex are not known, and nothing is said
    deceased,    ///< no advice is given
    unreadable,  ///< the resources do not make one record
  };
  State state = State::judged;
  std::string outcome;
  std::optional<double> age_years;
  fhir::Sex sex = fhir::Sex::unknown;
  std::optional<Flagged> flagged;
  std::vector<bool> has;                           ///< by row of the completeness table
  std::map<std::string, std::uint64_t> reasons{};  ///< why parts of the record could not be used, and how often
};

/// One question of the completeness table: how many people had any of this.
struct CompletenessRow {
  std::string_view words;                    ///< "body mass index"
  std::vector<std::string_view> value_sets;  ///< ids; any of them
  bool unreadable_unit = false;              ///< asks instead for a result whose unit is missing or not known
};
[[nodiscard]] const std::vector<CompletenessRow>& completeness_rows();

/// Judges people one by one, by the same code and knowledge as the pop-up. Threads may share one.
class Judge {
 public:
  Judge(const cards::Knowledge& knowledge, fhir::Day today, cards::Site site);

  /// `entries` are the person's resources as JSON text, and those that they refer to. Their order makes no difference.
  [[nodiscard]] Judgement judge(const std::string& patient_id, std::vector<std::string> entries) const;
  /// The same with a Bundle of them, in the order of their texts.
  [[nodiscard]] Judgement judge(const std::string& patient_id, fhir::Document bundle) const;

  [[nodiscard]] const cards::Knowledge& knowledge() const { return knowledge_; }
  [[nodiscard]] fhir::Day today() const { return today_; }

 private:
  void look_for_contents(const fhir::Record& record, const std::vector<fhir::Unreadable>& unreadable,
                         Judgement& judgement) const;
  [[nodiscard]] std::optional<Flagged> flag(const std::string& patient_id, const fhir::Record& record) const;

  const cards::Knowledge& knowledge_;
  fhir::Day today_;
  cards::Site site_;
  std::vector<cards::SetBits> row_sets_;
};

/// Adds the resources that a person's resources refer to (a Medication, a Specimen), and what those refer to in turn.
/// `look_up` gives the JSON texts that are kept under a key of fhir::needed_by.
void add_needed(std::vector<std::string>& entries,
                const std::function<std::vector<std::string>(const std::string& key)>& look_up);

}  // namespace server
