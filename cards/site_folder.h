#pragma once

#include <string>
#include <vector>

#include "cards/knowledge.h"

// What a site adds to the clinical knowledge without touching it, in files of its own folder:
//
//   valuesets/NAME.json   a FHIR ValueSet with the id of one of ours: its codes count as members of ours
//   maps/NAME.json        a FHIR ConceptMap from local codes to codes of ours: a local code is in every set of its
//   target units.json            further spellings and units of analytes, in the words of the knowledge's own
//   units.json thresholds.json       other numbers: {"thresholds": [{"file": "facts/severe-hyperinsulinaemia.json",
//   "path":
//                         "parameters.fasting.value", "from": 150, "to": 160, "why": "…", "decided_by": "…", "on":
//                         "2026-06-15"}]}
//
// Thresholds are another matter than codes: no approval of the knowledge covers them, and every card says so.

namespace cards {

/// The knowledge with what the site adds.
struct Adaptation {
  Folder folder;                     ///< to be read like every other
  std::string digest;                ///< "sha256:…" over the files of the site
  std::vector<std::string> changes;  ///< a sentence for each threshold, as Markdown, for every card
};

/// Puts the files of a site over those of the knowledge. Errors: bad_input, `where` begins with "site folder": a file
/// that is none of the above, a set or analyte that the knowledge does not have, a code that leads nowhere, a threshold
/// that is not there or has another value than `from`.
[[nodiscard]] Result<Adaptation> adapted(const Folder& knowledge, const Folder& site);

}  // namespace cards
