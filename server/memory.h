#pragma once

namespace server {

/// From here on the allocator keeps what is freed for the next request, instead of handing it back to the system page
/// by page and being given it anew: that was a fifth of the time of reading a body. What a large body needed goes back,
/// and so does what was needed to start.
void keep_freed_memory();

}  // namespace server
