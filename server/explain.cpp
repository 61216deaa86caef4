#include <fstream>
#include <iostream>
#include <sstream>

#include "cards/assess.h"
#include "cards/card.h"
#include "cards/english.h"
#include "cards/hook.h"
#include "server/commands.h"
#include "server/identifier.h"

namespace server {

namespace {

fhir::Result<std::string> read_input(const Command& command) {
  std::ostringstream text;
  if (command.inputs.empty() || command.inputs.front() == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  const std::string& path = command.inputs.front();
  std::ifstream file(path, std::ios::binary);
  if (!file || !(text << file.rdbuf())) return fault(fhir::Kind::bad_input, path, "cannot be read");
  return text.str();
}

}  // namespace

int explain(const Command& command, const Config& config) {
  const auto knowledge = load_knowledge(command, config);
  if (!knowledge) return complain(knowledge.error(), config);
  const auto today = choose_today(command, config);
  if (!today) return complain(today.error(), config);
  auto input = read_input(command);
  if (!input) return complain(input.error());
  auto complete = cards::read_any(std::move(*input), *knowledge);
  if (!complete) return complain(complete.error());

  auto assessment = cards::assess(complete->record, *knowledge, (*today)(), std::move(complete->missing),
                                  cards::Trail::whole, complete->service);
  assessment.received = std::move(complete->received);
  const auto cards = cards::compose(assessment, complete->record, *knowledge, site_of(config), new_uuid);
  if (command.as_json)
    std::cout << cards::write_assessment(assessment, cards, *knowledge) << "\n";
  else
    std::cout << cards::explained_as_text(assessment, cards, *knowledge);
  return std::cout.flush() ? 0 : 1;
}

}  // namespace server
