#include "server/secrecy.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace server {

// The limit alone is not enough: systems that hand cores to a program do not look at it.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace server
