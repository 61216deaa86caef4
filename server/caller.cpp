#include "server/caller.h"

namespace server {

namespace {

constexpr double far_more = 1.5;  ///< shares; of two that ask, one has it as soon as it had three times as much

std::string name_of_address(const std::string& address) {
  return "address " + address;
}

}  // namespace

std::string name_of(const Caller& caller) {
  return caller.issuer.empty() ? name_of_address(caller.address) : "issuer " + caller.issuer;
}

std::string tenant_name_of(const Caller& caller) {
  return "tenant " + caller.tenant + " of " + caller.issuer;
}

void Callers::worked(const Caller& caller, bool believed, double seconds, TimePoint now) {
  if (caller.issuer.empty() || !believed)
    return addresses_and_issuers_.worked(name_of_address(caller.address), seconds, now);
  addresses_and_issuers_.worked(name_of(caller), seconds, now);
  tenants_.worked(tenant_name_of(caller), seconds, now);
}

bool Callers::has_had_its_share(const Caller& caller, TimePoint now) {
  if (caller.issuer.empty()) return addresses_and_issuers_.has_had_its_share(name_of(caller), now);
  // Whoever forges the tokens of others is known by the address, where there is one.
  const bool is_stranger =
      !caller.address.empty() && addresses_and_issuers_.has_had_its_share(name_of_address(caller.address), now);
  if (is_stranger) return true;
  const double shares = addresses_and_issuers_.shares_of(name_of(caller), now);
  if (shares >= far_more) return true;
  return addresses_and_issuers_.has_had_its_share(name_of(caller), now) &&
         tenants_.has_had_its_share(tenant_name_of(caller), now);
}

}  // namespace server
