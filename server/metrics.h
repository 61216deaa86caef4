#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cards/assess.h"
#include "cards/card.h"
#include "cards/knowledge.h"

namespace server {

/// Distinct reasons for unreadable resources that get a label of their own; what comes later counts as "other".
inline constexpr std::size_t reasons_max = 64;

/// Counters for Prometheus. Safe to use from all threads; labels come from closed sets, so that a stranger cannot grow
/// them.
class Metrics {
 public:
  Metrics(std::string_view program_version, const cards::Knowledge& knowledge);
  Metrics(Metrics&&) noexcept;
  Metrics& operator=(Metrics&&) noexcept;
  ~Metrics();

  /// A request was answered. `route` is the pattern.
  void answered(std::string_view route, int status, double seconds);
  /// A record was judged: counts its outcome, its cards by topic, and what could not be read by reason.
  void judged(const cards::Assessment& assessment, const std::vector<cards::Card>& cards);
  void connections_changed_by(int count);
  /// A caller was not let in; `why` is a word of `Doubt`.
  void refused(std::string_view why);
  /// The keys of an issuer were fetched, or could not be.
  void keys_fetched(bool well);
  /// Data was asked of a FHIR server for one key; `outcome` is one of a few words.
  void fetched(std::string_view outcome, double seconds);
  /// A client and the server did not agree on TLS.
  void handshake_failed();
  void card_silenced(const std::string& criterion);
  /// Items of feedback that are on the disk, and those that were refused because they could not be put there.
  void feedback_kept(std::size_t items);
  void feedback_lost(std::size_t items);
  /// Cards that were given and could not be remembered.
  void shown_dropped(std::size_t cards);
  void store_available(bool available);
  /// An entry of the audit log that could not be written.
  void audit_lost();
  /// The clinical knowledge that is in force from now on, and the one that judges beside it, mostly none. With another
  /// pair, what is counted of shadows begins anew.
  void in_force(const cards::Knowledge& knowledge, const cards::Knowledge* shadow = nullptr);
  /// A call was judged a second time by the shadow; `same_criterion`: the same one decided.
  void shadowed(const std::string& served, const std::string& shadow, bool same_criterion);
  /// A call was not judged a second time; `why` is "busy" or "failed".
  void not_shadowed(const std::string& why);
  /// The knowledge was read again and taken, or refused.
  void knowledge_read(bool taken);
  /// A request was turned away to keep up with the others.
  void shed();
  /// An exception reached the outermost catch.
  void bug_met();

  /// Prometheus text format 0.0.4.
  [[nodiscard]] std::string page() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace server
