#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>

// What the program frees is wiped first: tokens and records pass through strings of many owners, those of libraries
// among them, and none of them is left behind for a fault that shows memory. Part of the program only, not of the
// library: the sanitizers have operators of their own.

namespace server {

namespace {

void wipe_and_free(void* memory) noexcept {
  if (!memory) return;
  explicit_bzero(memory, malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

}  // namespace server

void operator delete(void* memory) noexcept {
  server::wipe_and_free(memory);
}
void operator delete[](void* memory) noexcept {
  server::wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  server::wipe_and_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  server::wipe_and_free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  server::wipe_and_free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  server::wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  server::wipe_and_free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  server::wipe_and_free(memory);
}
