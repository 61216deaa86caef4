#include "server/memory.h"

#include <malloc.h>

namespace server {

namespace {

// A body of a quarter of a MiB needs blocks of up to 1 MiB; what is larger is given back as soon as it is freed.
constexpr int kept_block_bytes = 4 << 20;
constexpr int kept_bytes = 8 << 20;  // at the end of each heap

}  // namespace

void keep_freed_memory() {
  malloc_trim(0);
  mallopt(M_MMAP_THRESHOLD, kept_block_bytes);
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
}

}  // namespace server
