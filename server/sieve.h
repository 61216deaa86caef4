#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cards/usable.h"
#include "fhir/condensed.h"
#include "fhir/owner.h"
#include "server/familiar_lines.h"
#include "server/glance.h"
#include "server/ndjson.h"

namespace server {

/// How many lines went where: lines == used + skipped() + unreadable, always.
struct LineCounts {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::uint64_t used = 0;           ///< some fact can use the resource
  std::uint64_t of_other_type = 0;  ///< skipped: no fact reads the type
  std::uint64_t not_needed = 0;     ///< skipped: no code, text or class that a fact looks for
  std::uint64_t about_others = 0;   ///< skipped: about a group, a device, a place …
  std::uint64_t empty = 0;          ///< skipped: nothing in the line
  std::uint64_t unreadable = 0;     ///< no JSON, no resource, too long, or nobody's

  [[nodiscard]] std::uint64_t skipped() const { return of_other_type + not_needed + about_others + empty; }
  LineCounts& operator+=(const LineCounts& other);
};

/// A line, or a whole file (line 0), that could not be read, and why. Never repeats what is in it.
struct UnreadLine {
  std::uint32_t file = 0;
  std::uint64_t line = 0;
  std::string reason;
};

struct LinePlace {
  std::uint32_t file = 0;
  std::uint64_t line = 0;
};

struct KeptResource {
  fhir::Owner owner;
  std::string condensed;
};

/// What became of a block of lines.
struct Sifted {
  LineCounts counts;
  std::vector<UnreadLine> faults;
  std::vector<KeptResource> kept;
};

/// Takes from lines of NDJSON what some fact can use. One for each thread.
class Sieve {
 public:
  /// `strict` reads every line to its end, and so finds faults in lines that no fact can use.
  Sieve(const cards::Usable& usable, fhir::SharedTexts& texts, bool strict)
      : usable_(usable), wanted_(usable), familiar_(usable, texts), texts_(texts), strict_(strict) {}

  [[nodiscard]] Sifted sift(const LineBlock& block);
  /// One line, for engines that hand over lines.
  void sift_line(std::string_view line, LinePlace place, Sifted& sifted);

 private:
  bool take_familiar(std::string_view line, Sifted& sifted);
  /// Passes over a line that a glance has found to be of no use.
  void pass_over(std::string_view line, cards::Usable::Use use, Sifted& sifted);
  void read(std::string_view line, LinePlace place, Sifted& sifted);

  const cards::Usable& usable_;
  Wanted wanted_;
  FamiliarLines familiar_;
  fhir::SharedTexts& texts_;
  bool strict_;
};

}  // namespace server
