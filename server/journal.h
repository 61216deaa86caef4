#pragma once

#include <array>
#include <cerrno>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fhir/condensed.h"
#include "fhir/result.h"
#include "server/ndjson.h"
#include "server/sieve.h"

namespace server {

/// Remembers on disk which blocks are done and what they gave, so that a run that was cut off goes on where it was. A
/// block is in the journal whole or not at all. Holds patient data: as readable as the export itself, by its owner
/// only.
class Journal {
 public:
  /// Opens the journal of a run in a folder, or begins one. `run` tells runs apart: inputs, knowledge, settings.
  /// Errors: bad_input when the folder holds the journal of another run; internal when it cannot be written.
  [[nodiscard]] static fhir::Result<Journal> open(const std::string& folder, const std::string& run);

  /// Hands over what was done before; to be called once, before anything is written.
  void replay(fhir::SharedTexts& texts, const std::function<void(Sifted&&)>& action);
  /// Writes down a block. Threads may call it together. A fault is remembered (see `fault`), and nothing more written.
  void write(const LineBlock& block, const Sifted& sifted, const fhir::SharedTexts& texts);
  /// True for a block that an earlier run has done.
  [[nodiscard]] bool is_done(const LineBlock& block) const;
  /// Moves a reader of a fresh file behind the blocks from its beginning that are done.
  void pass_over_done(std::uint32_t file, LineReader& reader) const;
  /// Why it could not be written any more; empty while it could.
  [[nodiscard]] std::string fault() const;
  /// How many blocks an earlier run had done.
  [[nodiscard]] std::size_t done_before() const { return done_.size(); }
  /// The run is over: takes the folder away.
  void remove();

 private:
  struct Done {
    std::uint64_t end = 0;
    std::uint64_t next_line = 0;
  };
  struct Pen {
    std::mutex mutex;
    std::ofstream file;
    std::string fault;
  };

  Journal() = default;
  bool take(std::string_view payload, fhir::SharedTexts& texts, Sifted& sifted);

  std::string folder_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Done> done_;  ///< by file and first byte
  std::unique_ptr<Pen> pen_ = std::make_unique<Pen>();
};

}  // namespace server
