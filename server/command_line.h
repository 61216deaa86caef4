#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fhir/result.h"
#include "fhir/time.h"

namespace server {

enum class Verb { serve, explain, screen, check, config, forget, backup, health, help, version };

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

/// Whose rows `forget` deletes: those of a patient, or those that are old enough.
struct ForgetOptions {
  std::uint64_t older_than_days = 0;  ///< 0: not by age
  std::string patient_hash;           ///< as the store has it
  std::string patient;                ///< the id in the record system
  std::string issuer;                 ///< with `patient`: what the client's tokens say
  std::string tenant;
  std::string fhir_server;
};

/// What the program was asked to do (CONTRACT.md 1). Empty texts were not given.
struct Command {
  Verb verb = Verb::help;
  std::string help;  ///< for Verb::help: the text to print

  std::string config_file;
  std::string knowledge_folder;
  std::optional<fhir::Day> today;

  std::string listen;               ///< serve
  bool check_config = false;        ///< serve
  bool reference = false;           ///< config
  std::vector<std::string> inputs;  ///< explain: at most one, "-" is standard input; screen: files and folders
  bool as_json = false;             ///< explain
  ScreenOptions screen;             ///< screen
  ForgetOptions forget;             ///< forget
  std::string backup;               ///< backup: the file to write
  std::string url;                  ///< health: of the server that is asked
  bool write = false;               ///< check
  bool manifest = false;            ///< check
  std::string compare;              ///< check: the folder of an older version
};

/// Reads the command line. Errors: bad_input with a sentence for the person who typed it.
[[nodiscard]] fhir::Result<Command> read_command(int count, const char* const* words);

}  // namespace server
