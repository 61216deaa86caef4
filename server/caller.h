#pragma once

#include <string>

#include "server/fairness.h"

namespace server {

/// Who asks, as far as it can be told before a signature has been looked at.
struct Caller {
  std::string address;  ///< empty when a proxy in front of us does not tell it
  std::string issuer;   ///< one of ours, named by a token that may be forged; empty without one
  std::string tenant;   ///< the issuer's word; often empty
};

/// Who of all callers has had how much of our time. What a token brings is counted for its issuer and tenant, because
/// record systems may share an address; what turned out to be nobody's, for the address. Safe to use from all threads.
class Callers {
 public:
  using TimePoint = Fairness::TimePoint;

  /// A request took so many seconds; `believed` is false when the caller was not let in.
  void worked(const Caller& caller, bool believed, double seconds, TimePoint now);
  /// Whether this caller is one of those who have to wait when there is not enough for all. Of one issuer's tenants it
  /// is those who ask for most, unless the issuer has had far more than the others.
  [[nodiscard]] bool has_had_its_share(const Caller& caller, TimePoint now);

 private:
  Fairness addresses_and_issuers_;
  Fairness tenants_;
};

/// Names for counting: an issuer or an address, and a tenant of an issuer.
[[nodiscard]] std::string name_of(const Caller& caller);
[[nodiscard]] std::string tenant_name_of(const Caller& caller);

}  // namespace server
