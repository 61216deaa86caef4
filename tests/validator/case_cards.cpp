// Prints the cards of every case of the knowledge, one line each: {"case":"O3","cards":[…]}.
// Usage: case_cards KNOWLEDGE-FOLDER

#include <cstdio>

#include "cards/card.h"
#include "cards/case.h"
#include "cards/hook.h"

namespace {

using cards::Result;

std::string new_uuid() {
  return "00000000-0000-4000-8000-000000000000";
}

Result<std::string> cards_of(const cards::Case& one, const cards::Knowledge& knowledge) {
  const auto record = cards::record_of(one, knowledge);
  if (!record) return tl::unexpected<fhir::Error>(record.error());
  const auto assessment = cards::assess(record->record, knowledge, one.today, record->missing,
                                        cards::Trail::verdicts_only, record->service);
  cards::Site site;
  site.show_explained = true;
  return cards::write_cards(cards::compose(assessment, record->record, knowledge, site, new_uuid));
}

Result<void> print_all(const std::string& directory) {
  const auto folder = cards::read_folder(directory);
  if (!folder) return tl::unexpected<fhir::Error>(folder.error());
  const auto knowledge = cards::read_knowledge(*folder);
  if (!knowledge) return tl::unexpected<fhir::Error>(knowledge.error());
  const auto cases = cards::read_cases(*folder, *knowledge);
  if (!cases) return tl::unexpected<fhir::Error>(cases.error());
  for (const auto& one : *cases) {
    const auto answer = cards_of(one, *knowledge);
    if (!answer) return tl::unexpected<fhir::Error>(answer.error());
    std::printf("{\"case\":\"%s\",%s\n", one.id.c_str(), answer->c_str() + 1);
  }
  return {};
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  const auto done = print_all(words[1]);
  if (!done) std::fprintf(stderr, "%s: %s\n", done.error().where.c_str(), done.error().what.c_str());
  return done ? 0 : 1;
}
