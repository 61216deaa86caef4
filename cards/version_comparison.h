#pragma once

#include <string>
#include <vector>

#include "cards/knowledge.h"

// What a new version of the knowledge would say otherwise, on the patients of its cases.

namespace cards {

/// A case on which two versions differ: what each says, in words.
struct CaseChange {
  std::string file;
  std::string id;
  std::string name;
  std::string was;
  std::string is;
};

struct VersionComparison {
  std::size_t cases = 0;
  std::vector<CaseChange> changes;
  std::vector<std::string> gone;  ///< ids of cases that only the old folder has
};

/// Holds the cases of the new folder against both versions. Errors: the cases of a folder cannot be read.
[[nodiscard]] Result<VersionComparison> compare(const Folder& folder, const Knowledge& knowledge,
                                                const Folder& old_folder, const Knowledge& old_knowledge);

/// For a terminal: one paragraph for each case that differs, and how many do.
[[nodiscard]] std::string in_words(const VersionComparison& comparison, const Knowledge& knowledge,
                                   const Knowledge& old);

}  // namespace cards
