#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.h"

namespace server {

/// Who asked for what, and what became of it. No name, no id of a patient, nothing of a record.
struct AuditEntry {
  std::string_view route;   ///< the pattern: "/cds-services/{id}"
  std::string_view method;  ///< one of the methods we know, else "other"
  std::string service;      ///< one of ours, or empty
  int status = 0;
  std::string issuer;  ///< of the caller's token, when it is one that we know
  std::string tenant;
  std::string token_id;
  std::string_view refused;         ///< why the caller was not let in: a word of `Doubt`
  std::string peer;                 ///< address of the other end
  std::string patient;              ///< keyed hash, as in the store; empty when there is no key
  std::string outcome;              ///< topic code, "none" or "already-known"; empty when nothing was judged
  std::vector<std::string> topics;  ///< of the cards that were given
  std::string knowledge;            ///< digest of the knowledge that judged
  std::string request_id;
  std::string trace_id;
};

struct AuditOptions {
  std::string file;                ///< created when absent, readable by its owner only; only ever appended to
  std::uint64_t rotate_bytes = 0;  ///< a larger file is set aside under the time of its end; 0: never
};

/// The audit log: one JSON object per line, in a file of its own. An entry is with the system before its answer goes
/// out, so that the end of the program loses none; it should lie on a disk of this machine. Safe to use from all
/// threads.
class Audit {
 public:
  /// Opens the file. Errors: bad_input, with the file and the reason of the system.
  [[nodiscard]] static fhir::Result<Audit> open(AuditOptions options);
  Audit(Audit&& other) noexcept;
  Audit& operator=(Audit&&) = delete;
  ~Audit();

  /// Errors: internal; the entry is not, or not wholly, in the file.
  [[nodiscard]] fhir::Result<void> write(const AuditEntry& entry);
  /// Opens the file anew, for whoever has set the old one aside. Errors: the old one stays open.
  [[nodiscard]] fhir::Result<void> reopen();

 private:
  explicit Audit(AuditOptions options) : options_(std::move(options)) {}
  [[nodiscard]] fhir::Result<void> open_file();
  [[nodiscard]] fhir::Result<void> set_aside();

  AuditOptions options_;
  std::mutex mutex_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
};

}  // namespace server
