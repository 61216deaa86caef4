#include <iostream>

#include "cards/english.h"
#include "server/commands.h"

namespace server {

int check(const Command& command, const Config& config) {
  const auto knowledge = load_knowledge(command, config);
  if (!knowledge) return complain(knowledge.error());
  // The case files and the stored review sheet are checked here (cards/check.h).
  std::cout << cards::review_sheet(*knowledge);
  return std::cout.flush() ? 0 : 1;
}

}  // namespace server
