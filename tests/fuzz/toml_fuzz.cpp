#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/config.h"

// Whatever stands in the configuration, as a file (even) or in the environment (odd): it is refused by file and key, or
// understood, and what the log would say of it holds no password.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_result(const fhir::Result<server::Config>& config) {
  if (!config) {
    check(config.error().kind == fhir::Kind::bad_input);
    check(!config.error().where.empty() && !config.error().what.empty());
    return;
  }
  const auto words = server::in_words(*config);
  check(config->store.url.size() < 24 || words.find(config->store.url) == std::string::npos);
  check(config->limits.body_bytes >= 1024 && config->fhir.threads >= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 0) {
    check_result(server::read_config(text, "sir-cds.toml"));
    return 0;
  }
  // One variable: the first line, which may hold no NUL in a real environment either.
  const std::string variable = "SIR_CDS_" + text.substr(0, text.find('\0'));
  const std::array<const char*, 2> environment{variable.c_str(), nullptr};
  check_result(server::with_environment({}, environment.data()));
  return 0;
}
