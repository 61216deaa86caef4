#pragma once

#include <vector>

#include "fhir/time.h"

namespace cards {

/// Days on end, the first and the last included.
struct Stretch {
  fhir::Day first = fhir::Day::min();
  fhir::Day last = fhir::Day::max();
};

/// Many stretches that are asked about again and again: a record with thousands of medicines and thousands of results
/// costs no more than reading it.
class Stretches {
 public:
  explicit Stretches(std::vector<Stretch> stretches = {});

  /// Whether any of them has a day in common with this one.
  [[nodiscard]] bool touch(const Stretch& stretch) const;
  [[nodiscard]] bool hold(fhir::Day day) const { return touch({day, day}); }

 private:
  std::vector<Stretch> apart_;  ///< in order, none of which touches another
};

}  // namespace cards
