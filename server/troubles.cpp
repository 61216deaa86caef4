#include "server/troubles.h"

namespace server {

bool Troubles::note(const std::string& part, const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (what.empty()) return by_part_.erase(part) > 0;
  auto& known = by_part_[part];
  if (known == what) return false;
  known = what;
  return true;
}

std::vector<Troubles::Trouble> Troubles::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Trouble> all;
  for (const auto& [part, what] : by_part_) all.push_back({part, what});
  return all;
}

}  // namespace server
