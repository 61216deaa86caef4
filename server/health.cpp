#include <chrono>
#include <iostream>

#include "server/commands.h"
#include "server/outbound.h"

namespace server {

namespace {

/// A probe that hears nothing for so long is told that the server is not ready.
constexpr std::chrono::seconds patience{2};

/// A server that listens on all addresses is asked on the loopback.
std::string url_of_this_machine(const Config& config) {
  const auto& listen = config.server.listen;
  return (config.tls.certificate_file.empty() ? "http://127.0.0.1" : "https://localhost") +
         listen.substr(listen.rfind(':'));
}

}  // namespace

int health(const Command& command, const Config& config) {
  const auto base = command.url.empty() ? url_of_this_machine(config) : command.url;
  auto outbound = Outbound::make({.ca_file = config.fhir.ca_file, .proxy = {}, .threads = 1});
  if (!outbound) return complain(outbound.error(), config);
  const auto answer = outbound->exchange({.url = base + "/health/ready",
                                          .headers = {},
                                          .body = {},
                                          .reach = Reach::listed,
                                          .deadline = std::chrono::steady_clock::now() + patience});
  if (!answer) return complain({answer.error().kind, base, "the server " + answer.error().what});
  std::cout << answer->body << "\n";
  return std::cout.flush() && answer->status == 200 ? 0 : 1;
}

}  // namespace server
