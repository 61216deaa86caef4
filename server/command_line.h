#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fhir/result.h"
#include "fhir/time.h"

namespace server {

enum class Verb { serve, explain, screen, check, help, version };

/// What the program was asked to do (CONTRACT.md 1). Empty texts were not given.
struct Command {
  Verb verb = Verb::help;
  std::string help;  ///< for Verb::help: the text to print

  std::string config_file;
  std::string knowledge_folder;
  std::optional<fhir::Day> today;

  std::string listen;               ///< serve
  std::vector<std::string> inputs;  ///< explain: at most one, "-" is standard input; screen: files and folders
  bool as_json = false;             ///< explain
  std::string out;                  ///< screen
  unsigned threads = 0;             ///< screen; 0 means one per core
  bool write = false;               ///< check
};

/// Reads the command line. Errors: bad_input with a sentence for the person who typed it.
[[nodiscard]] fhir::Result<Command> read_command(int count, const char* const* words);

}  // namespace server
