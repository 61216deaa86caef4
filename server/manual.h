#pragma once

#include <string>

#include "server/config.h"

// What the table of settings says, for people.

namespace server {

/// Every setting with its environment variable, type, default and meaning, as Markdown: deploy/configuration.md.
[[nodiscard]] std::string manual_as_markdown();
/// Every setting and its meaning, in lines of a terminal.
[[nodiscard]] std::string manual_for_terminals();
/// The settings in force as a configuration file, each with where it was written. Secrets are left out.
[[nodiscard]] std::string as_file(const Config& config);

}  // namespace server
