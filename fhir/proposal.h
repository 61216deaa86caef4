#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fhir/json.h"
#include "fhir/person.h"
#include "fhir/record.h"
#include "fhir/resource.h"

// What is not in the record yet: orders and Conditions that somebody is about to write. They come as Bundles that are
// read strictly, because an answer about half of them would be an answer about something else.

namespace fhir {

/// The entries of a Bundle of proposed resources, with the number of its path. Errors: bad_input with the place.
[[nodiscard]] Result<std::vector<Sent>> proposed_in(Json bundle, const std::string& path, std::uint32_t part);

/// Which of the resources the selections name. Errors: bad_input for a selection that names none.
[[nodiscard]] Result<std::vector<bool>> selected_among(const std::vector<Sent>& proposed,
                                                       const std::vector<Selection>& selections);

/// Proposed resources of one kind and where they came from.
struct Proposal {
  std::vector<Sent> sent;
  std::vector<bool> is_selected;  ///< as long as `sent`
};

/// Reads proposed orders and Conditions into a record that is complete otherwise. Errors: bad_input when one of them is
/// about somebody else.
class ProposalReader {
 public:
  /// `recorded` is what the record was read from: a proposed order may refer to a Medication there.
  ProposalReader(const std::vector<Sent>& recorded, const std::vector<std::string>& paths, const Person& person,
                 Record& record)
      : recorded_(recorded), paths_(paths), person_(person), record_(record) {}

  Result<void> read_orders(const Proposal& proposal);
  Result<void> read_conditions(const Proposal& proposal);

 private:
  template <class Read>
  Result<void> each(const Proposal& proposal, Read read);
  [[nodiscard]] Result<void> check_subject(const Sent& sent) const;

  const std::vector<Sent>& recorded_;
  const std::vector<std::string>& paths_;
  const Person& person_;
  Record& record_;
};

}  // namespace fhir
