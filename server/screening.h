#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/judge.h"
#include "server/ndjson.h"
#include "server/sieve.h"

namespace server {

/// How somebody is counted: outcome, age group, sex.
struct Group {
  std::string outcome;
  int age_group = -1;  ///< decade of life, 0 to 9; -1: not known
  fhir::Sex sex = fhir::Sex::unknown;

  friend auto operator<=>(const Group&, const Group&) = default;
};

/// What a run of `screen` found.
struct Screened {
  LineCounts counts;
  std::vector<UnreadLine> faults;  ///< in the order of files and lines
  std::uint64_t people = 0;        ///< whom any kept resource is about
  std::uint64_t judged = 0;
  std::uint64_t deceased = 0;
  std::uint64_t without_patient = 0;
  std::uint64_t unreadable_people = 0;
  std::uint64_t without_owner = 0;  ///< resources whose owner is named by an identifier that no Patient has
  std::map<Group, std::uint64_t> groups;
  std::vector<std::uint64_t> has;                ///< by row of the completeness table
  std::map<std::string, std::uint64_t> reasons;  ///< why parts of records could not be used
  std::vector<Flagged> flagged;                  ///< by patient id
  std::uint64_t store_bytes = 0;                 ///< memory that the kept resources took
  bool stopped = false;                          ///< before it was done
};

/// What stands between a run and the outside.
struct ScreeningSetting {
  unsigned threads = 1;
  LineReader::Limits limits;
  bool strict = false;
  const std::atomic<bool>* stop = nullptr;  ///< looked at between blocks
  /// Told after each block: bytes of the files read so far.
  std::function<void(std::uint64_t)> progress = [](std::uint64_t) {};
  /// Told now and then: how many people were judged, and of how many.
  std::function<void(std::uint64_t, std::uint64_t)> judged = [](std::uint64_t, std::uint64_t) {};
};

class Journal;

/// Reads the files, keeps what some fact can use, and judges everybody. A file that cannot be read is a fault among the
/// others. The result is the same for any number of threads. `journal` remembers what is done; null: nothing is
/// remembered.
[[nodiscard]] Screened screen(const std::vector<std::string>& files, const Judge& judge,
                              const ScreeningSetting& setting, Journal* journal = nullptr);

/// The decade of life, 0 to 9 (90 and over); -1: not known.
[[nodiscard]] int age_group_of(std::optional<double> age_years);

/// Adds one person to the counts.
void count(Judgement judgement, Screened& screened);

}  // namespace server
