#pragma once

namespace server {

/// Makes the allocator keep what is freed for the next request, instead of handing it back to the system page by page
/// and being given it anew: half of the time of reading a body went into that. What a large body needed goes back.
void keep_freed_memory();

}  // namespace server
