#include "cards/check.h"

#include <fstream>
#include <iostream>

#include "cards/english.h"
#include "cards/version_comparison.h"
#include "server/commands.h"
#include "server/seal.h"

namespace server {

namespace {

constexpr const char* review_file = "REVIEW.md";

// The sheet in the folder must be the one that the knowledge gives: what was signed is what runs.
bool is_fresh(const cards::Folder& folder, const std::string& sheet) {
  const auto committed = folder.find(review_file);
  return committed != folder.end() && committed->second == sheet;
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return file.flush().good();
}

/// Which cases an older version answers otherwise.
int compare_with(const std::string& old_directory, const cards::Folder& folder, const cards::Knowledge& knowledge) {
  const auto old_folder = cards::read_folder(old_directory);
  if (!old_folder) return complain(old_folder.error());
  const auto old = cards::read_knowledge(*old_folder);
  if (!old) return complain({old.error().kind, old_directory + ": " + old.error().where, old.error().what});
  const auto comparison = cards::compare(folder, knowledge, *old_folder, *old);
  if (!comparison) return complain(comparison.error());
  std::cout << cards::in_words(*comparison, knowledge, *old);
  return std::cout.flush() ? 0 : 1;
}

}  // namespace

int check(const Command& command, const Config& config) {
  const auto directory = knowledge_folder(command, config);
  const auto folder = cards::read_folder(directory);
  if (!folder) return complain(folder.error());
  if (command.manifest) {
    std::cout << manifest_of(*folder);
    return std::cout.flush() ? 0 : 1;
  }
  const auto knowledge = load_knowledge(command, config);
  if (!knowledge) return complain(knowledge.error(), config);

  if (!command.compare.empty()) return compare_with(command.compare, *folder, *knowledge);

  const auto sheet = cards::review_sheet(*knowledge);
  if (command.write) {
    if (!write_file(directory + "/" + review_file, sheet)) {
      return complain({fhir::Kind::internal, directory + "/" + review_file, "cannot be written"});
    }
  } else {
    std::cout << sheet << "\n";
  }
  const auto report = cards::check(*folder, *knowledge);
  std::cout << cards::in_words(report);
  const bool fresh = command.write || is_fresh(*folder, sheet);
  if (!fresh) std::cout << review_file << " is not the sheet of this knowledge: renew it with --write\n";
  return std::cout.flush() && report.passed() && fresh ? 0 : 1;
}

}  // namespace server
