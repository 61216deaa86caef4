#pragma once

#include <string_view>

namespace server {

/// What is wrong with a site's own prefetch template for a key of CONTRACT.md 3: it has to ask for the resources that
/// the key is about, of the patient of the call, within the subset of searches that record systems understand
/// (PROTOCOL.md 2.2). Reads on from the key; empty: nothing is wrong.
[[nodiscard]] std::string_view fault_in_template(std::string_view key, std::string_view text);

}  // namespace server
