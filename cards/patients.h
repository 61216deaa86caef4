#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cards/knowledge.h"
#include "fhir/time.h"

namespace cards {

/// An invented patient to try the program on, with what must come out.
struct InventedPatient {
  std::string id;         ///< "andrea"
  std::string group;      ///< "Must stay silent"
  std::string name;       ///< one line for a list
  std::string story;      ///< one or two sentences
  fhir::Day today;        ///< the day for which the record was written
  std::string request;    ///< body of a patient-view call
  std::string outcome;    ///< topic code, "none" or "already-known"
  std::string indicator;  ///< of the card; empty where there must be none
};

/// Reads server/web/patients.json; `given` is in the words of a case (case_record.h), so that the codes come from the
/// value sets of the knowledge. Errors: bad_input with patient and sentence.
[[nodiscard]] Result<std::vector<InventedPatient>> read_patients(std::string_view json, const Knowledge& knowledge);

/// The patients without their records, as JSON, for a page to choose from.
[[nodiscard]] std::string write_patient_list(const std::vector<InventedPatient>& patients);

/// What a page needs of the knowledge, as JSON: the titles of the criteria, and for results over time the codes of each
/// analyte and its units, each with factor and offset to the unit of the rules.
[[nodiscard]] std::string write_page_terms(const Knowledge& knowledge);

}  // namespace cards
