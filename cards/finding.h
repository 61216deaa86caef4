#pragma once

#include <string>
#include <vector>

#include "cards/verdict.h"

namespace cards {

/// One resource that a verdict rests on.
struct Evidence {
  std::string reference;  ///< "Observation/bmi-1"
  std::string value;      ///< as the record wrote it: "22.8 kg/m2"
  std::string date;       ///< ISO date as written, possibly partial; empty when undated
};

/// A verdict with its reasons: the same tree as the clause that was looked at.
struct Finding {
  Verdict verdict = Verdict::unknown;
  std::string text;  ///< a sentence for people: "body mass index 22.8 kg/m2 is below 30"
  std::vector<Evidence> evidence;
  std::vector<Finding> parts;
};

}  // namespace cards
