#include "cards/stretch.h"

#include <algorithm>
#include <utility>

namespace cards {

Stretches::Stretches(std::vector<Stretch> stretches) : apart_(std::move(stretches)) {
  std::erase_if(apart_, [](const Stretch& one) { return one.last < one.first; });
  std::ranges::sort(apart_, {}, &Stretch::first);
  std::size_t kept = 0;
  for (const Stretch& one : apart_) {
    if (kept > 0 && one.first <= apart_[kept - 1].last) {
      apart_[kept - 1].last = std::max(apart_[kept - 1].last, one.last);
    } else {
      apart_[kept++] = one;
    }
  }
  apart_.resize(kept);
}

bool Stretches::touch(const Stretch& stretch) const {
  // The first that does not end before it begins: all later ones begin later still.
  const auto found = std::ranges::lower_bound(apart_, stretch.first, {}, &Stretch::last);
  return found != apart_.end() && found->first <= stretch.last;
}

}  // namespace cards
