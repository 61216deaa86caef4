#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fhir/result.h"
#include "fhir/time.h"

namespace server {

enum class Verb { serve, explain, screen, check, help, version };

/// What `screen` was asked to do besides reading files.
struct ScreenOptions {
  std::string out;               ///< findings, NDJSON; empty: standard output
  std::string worklist;          ///< the same as a ranked list, CSV; empty: none
  std::string report;            ///< numbers for people, HTML; empty: none
  std::string summary;           ///< numbers for machines, JSON; empty: none
  std::string compare;           ///< knowledge folder to hold this one against
  std::string shared;            ///< for `grouped`: resources that several people refer to
  unsigned threads = 0;          ///< 0 means one per core
  unsigned suppress_below = 10;  ///< smaller numbers of people are not told in aggregates
  std::size_t line_bytes = std::size_t{64} << 20U;
  bool resume = false;
  bool strict = false;
  bool extract = false;
  bool grouped = false;
};

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
  ScreenOptions screen;             ///< screen
  bool write = false;               ///< check
};

/// Reads the command line. Errors: bad_input with a sentence for the person who typed it.
[[nodiscard]] fhir::Result<Command> read_command(int count, const char* const* words);

}  // namespace server
