#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "server/judge.h"

// The two halves of `screen` for engines that spread work over machines: pick (map) and judge (reduce). Between them
// the engine sorts by key.

namespace server {

/// Lines of NDJSON in; for each that some fact can use a line "KEY TAB RESOURCE" out, the resource cut down to what is
/// read. The key is that of `group_key`; an engine sorts by it. Answers the exit status.
[[nodiscard]] int extract_lines(const cards::Knowledge& knowledge, bool strict, std::istream& in, std::ostream& out);

/// Lines "KEY TAB RESOURCE" in, those of one key following each other; the findings of `screen` out, one line for each
/// flagged person. `shared` is the path of a file of the same lines for resources that several people refer to; empty:
/// none. Answers the exit status: 1 when the input cannot be understood.
[[nodiscard]] int judge_groups(const Judge& judge, const std::string& shared, std::istream& in, std::ostream& out);

}  // namespace server
