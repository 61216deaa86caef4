#pragma once

#include <optional>
#include <string>

#include "cards/card.h"
#include "cards/knowledge.h"
#include "fhir/result.h"
#include "server/clock.h"
#include "server/command_line.h"
#include "server/config.h"

// The commands of the program. Each answers the exit status.

namespace server {

/// HTTP until SIGTERM or SIGINT.
[[nodiscard]] int serve(const Command& command, const Config& config);
/// One record, told to a person or as JSON.
[[nodiscard]] int explain(const Command& command, const Config& config);
/// Population case finding over FHIR Bulk Data.
[[nodiscard]] int screen(const Command& command, const Config& config);
/// The knowledge, judged and printed.
[[nodiscard]] int check(const Command& command, const Config& config);
/// The settings in force, or what all settings mean.
[[nodiscard]] int print_config(const Command& command, const Config& config);
/// Deletes from the store, by age or by patient.
[[nodiscard]] int forget(const Command& command, const Config& config);
/// A copy of store and key.
[[nodiscard]] int backup(const Command& command, const Config& config);
/// Whether a running server is ready: 0 or 1.
[[nodiscard]] int health(const Command& command, const Config& config);
/// Versions of program and knowledge.
[[nodiscard]] int print_version(const Command& command, const Config& config);

/// The knowledge folder that command line, configuration and installation agree on, in that order.
[[nodiscard]] std::string knowledge_folder(const Command& command, const Config& config);
/// Reads and checks the knowledge. Errors: with file name and sentence.
[[nodiscard]] fhir::Result<cards::Knowledge> load_knowledge(const Command& command, const Config& config);
/// The same for the version that judges beside it; nothing when there is none, or when it is the one that is served.
[[nodiscard]] fhir::Result<std::optional<cards::Knowledge>> load_shadow(const Config& config,
                                                                        const cards::Knowledge& served);
/// The day of the command line, or the calendar of the configured time zone.
[[nodiscard]] fhir::Result<Today> choose_today(const Command& command, const Config& config);

/// What the cards need to know of the site.
[[nodiscard]] cards::Site site_of(const Config& config);

/// Prints an error as a sentence on standard error; answers 1, the exit status.
int complain(const fhir::Error& error);
/// The same, with file and key of the setting that is at fault.
int complain(const fhir::Error& error, const Config& config);

}  // namespace server
