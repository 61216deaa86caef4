#include "server/site_ledger.h"

#include "cards/content.h"
#include "server/state_folder.h"
#include "server/stored_replay.h"

namespace server {

namespace {

LedgerOptions ledger_options(const Config& config, const cards::Knowledge& knowledge) {
  auto site = site_store(config);
  LedgerOptions options;
  options.place = std::move(site.place);
  options.key_file = std::move(site.key_file);
  options.reasons = silencing_reasons(config, knowledge);
  options.repeat = std::chrono::hours(config.feedback.repeat_hours);
  options.keep = std::chrono::days(config.store.keep_days);
  return options;
}

}  // namespace

SiteStore site_store(const Config& config) {
  SiteStore site{.place = {.path = config.store.path, .url = config.store.url},
                 .key_file = config.store.patient_key_file};
  if (site.place.url.empty() ? site.place.path.empty() : site.key_file.empty()) {
    // Without a home the place stays empty, and the ledger says that it has none.
    const auto folder = state_folder();
    if (folder && site.place.path.empty()) site.place.path = *folder + "/sir-cds.sqlite";
  }
  if (site.key_file.empty() && !site.place.path.empty()) site.key_file = site.place.path + ".key";
  return site;
}

std::set<std::string, std::less<>> silencing_reasons(const Config& config, const cards::Knowledge& knowledge) {
  std::set<std::string, std::less<>> codes;
  if (!config.feedback.silences) return codes;
  for (const auto& reason : knowledge.content().override_reasons)
    if (reason.silences) codes.insert(reason.code);
  return codes;
}

std::unique_ptr<Ledger> site_ledger(const Config& config, const cards::Knowledge& knowledge, Metrics& metrics,
                                    Log& log) {
  if (!config.feedback.enabled) return nullptr;
  return std::make_unique<Ledger>(ledger_options(config, knowledge), metrics, log);
}

std::unique_ptr<ReplayStore> site_replay_store(const Config& config, Log& log) {
  if (config.store.url.empty()) return std::make_unique<MemoryReplayStore>();
  const auto told = [&log](bool answers) {
    if (answers) return log.info("used tokens are shared with the other instances");
    log.warning("used tokens are remembered by this instance alone: the store does not answer");
  };
  return std::make_unique<StoredReplayStore>(StorePlace{.path = {}, .url = config.store.url}, told);
}

}  // namespace server
