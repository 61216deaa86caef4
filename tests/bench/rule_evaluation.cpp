// Evaluates one request many times, from the record to the cards, without parsing: what instructions_per_request
// counts. Usage: rule_evaluation KNOWLEDGE-FOLDER REQUEST-FILE TIMES

#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>

#include "cards/card.h"
#include "cards/hook.h"

namespace {

using cards::Result;

std::string new_uuid() {
  return "00000000-0000-4000-8000-000000000000";
}

Result<std::size_t> evaluate(const std::string& directory, const std::string& file, int times) {
  const auto folder = cards::read_folder(directory);
  if (!folder) return tl::unexpected<fhir::Error>(folder.error());
  const auto knowledge = cards::read_knowledge(*folder);
  if (!knowledge) return tl::unexpected<fhir::Error>(knowledge.error());
  std::ostringstream body;
  body << std::ifstream(file, std::ios::binary).rdbuf();
  const auto request = cards::read_any(body.str(), *knowledge);
  if (!request) return tl::unexpected<fhir::Error>(request.error());

  const auto today = *fhir::read_day("2026-06-15");
  std::size_t given = 0;
  for (int i = 0; i < times; ++i) {
    const auto assessment =
        cards::assess(request->record, *knowledge, today, request->missing, cards::Trail::verdicts_only);
    given += cards::compose(assessment, request->record, *knowledge, {}, new_uuid).size();
  }
  return given;
}

}  // namespace

int main(int count, char** words) {
  int times = 0;
  const std::string_view number = count == 4 ? words[3] : "";
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), times);
  if (error != std::errc{} || end != number.data() + number.size()) return 2;
  const auto given = evaluate(words[1], words[2], times);
  if (!given) {
    std::fprintf(stderr, "%s: %s\n", given.error().where.c_str(), given.error().what.c_str());
    return 1;
  }
  std::printf("%zu cards\n", *given);
  return 0;
}
