#include <filesystem>
#include <iostream>

#include "server/commands.h"
#include "server/ledger.h"
#include "server/site_key.h"
#include "server/site_ledger.h"

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

constexpr UnixSeconds day_seconds = 86'400;

/// The hash of the patient who was named; the key has to be that of the cards, so it is not made anew.
Result<std::string> hash_of(const ForgetOptions& asked, const std::string& key_file) {
  if (!asked.patient_hash.empty()) return asked.patient_hash;
  std::error_code ignored;
  if (!std::filesystem::exists(key_file, ignored))
    return fault(Kind::bad_input, key_file, "is not there: without the key of the store no patient can be found in it");
  return site_key(key_file).map([&](const std::string& key) {
    return patient_digest(
        {.issuer = asked.issuer, .tenant = asked.tenant, .fhir_server = asked.fhir_server, .id = asked.patient}, key);
  });
}

/// All that is old enough; the store deletes it piece by piece, so that a running server need not wait for long.
Result<Forgotten> forget_before(Store& store, UnixSeconds at) {
  Forgotten all;
  for (;;) {
    auto some = store.forget_before(at);
    if (!some) return some;
    all.cards += some->cards;
    all.items += some->items;
    if (some->cards == 0 && some->items == 0) return all;
  }
}

}  // namespace

int forget(const Command& command, const Config& config) {
  const ForgetOptions& asked = command.forget;
  const auto site = site_store(config);
  std::error_code ignored;
  if (site.place.url.empty() && !std::filesystem::exists(site.place.path, ignored))
    return complain({Kind::bad_input, site.place.path, "is not there: there is nothing to forget"}, config);
  auto store = Store::open(site.place);
  if (!store) return complain(store.error(), config);

  Result<Forgotten> forgotten;
  if (asked.older_than_days > 0) {
    forgotten = forget_before(*store, unix_now() - static_cast<UnixSeconds>(asked.older_than_days) * day_seconds);
  } else {
    const auto hash = hash_of(asked, site.key_file);
    if (!hash) return complain(hash.error(), config);
    forgotten = store->forget_patient(*hash);
  }
  if (!forgotten) return complain(forgotten.error(), config);
  std::cout << "deleted: " << forgotten->cards << " cards, " << forgotten->items << " items of feedback\n";
  return std::cout.flush() ? 0 : 1;
}

}  // namespace server
