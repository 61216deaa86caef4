#include <sys/stat.h>

#include <filesystem>
#include <iostream>

#include "server/commands.h"
#include "server/site_ledger.h"

namespace server {

int backup(const Command& command, const Config& config) {
  namespace fs = std::filesystem;
  const auto site = site_store(config);
  const std::string& file = command.backup;
  const std::string key = file + ".key";
  std::error_code error;
  if (site.place.url.empty() && !fs::exists(site.place.path, error))
    return complain({fhir::Kind::bad_input, site.place.path, "is not there: there is nothing to copy"}, config);
  for (const auto& target : {file, key})
    if (fs::exists(target, error)) return complain({fhir::Kind::bad_input, target, "is there already"});

  ::umask(S_IRWXG | S_IRWXO);  // for the owner only, like the store
  auto store = Store::open(site.place);
  if (!store) return complain(store.error(), config);
  if (const auto copied = store->copy_to(file); !copied) return complain(copied.error(), config);
  if (!fs::copy_file(site.key_file, key, error))
    return complain({fhir::Kind::internal, site.key_file, "cannot be copied: " + error.message()}, config);
  std::cout << "copied: " << file << " and " << key << "\n";
  return std::cout.flush() ? 0 : 1;
}

}  // namespace server
