#pragma once

namespace server {

/// From here on the process leaves no core behind when it breaks, and other processes of its user may not look into its
/// memory: both would show records and tokens.
void forbid_core_dumps();

}  // namespace server
