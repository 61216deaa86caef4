#pragma once

#include <memory>
#include <set>
#include <string>

#include "cards/knowledge.h"
#include "server/config.h"
#include "server/ledger.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/replay.h"

namespace server {

/// Where the configuration has the store, and the key for patient hashes.
struct SiteStore {
  StorePlace place;
  std::string key_file;
};
[[nodiscard]] SiteStore site_store(const Config& config);

/// The codes of reasons that silence a card, where the site lets them.
[[nodiscard]] std::set<std::string, std::less<>> silencing_reasons(const Config& config,
                                                                   const cards::Knowledge& knowledge);
/// The ledger as the configuration wants it; null where feedback is switched off.
[[nodiscard]] std::unique_ptr<Ledger> site_ledger(const Config& config, const cards::Knowledge& knowledge,
                                                  Metrics& metrics, Log& log);

/// Where used tokens are remembered: in the database that instances share, or in memory where there is none.
[[nodiscard]] std::unique_ptr<ReplayStore> site_replay_store(const Config& config, Log& log);

}  // namespace server
