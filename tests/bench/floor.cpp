// The floor: the product's own listener reads each body whole and answers with the bytes of a file, without looking.
// Usage: floor ANSWER-FILE. Prints the line that `sir-cds serve` prints, and ends as it does.

#include <cstdio>
#include <fstream>
#include <sstream>

#include "server/listener.h"

int main(int count, char** words) {
  if (count != 2) return 2;
  std::ostringstream file;
  file << std::ifstream(words[1], std::ios::binary).rdbuf();
  const server::Response answer{.status = 200,
                                .content_type = "application/json",
                                .body = file.str(),
                                .headers = {{"Cache-Control", "no-store"}}};
  server::ListenerOptions options;
  options.address = "127.0.0.1:0";
  auto listener = server::Listener::bind(options);
  if (!listener) return 1;
  std::printf("listening on %s\n", listener->url().c_str());
  std::fflush(stdout);
  listener->run({.answer = [&](const server::Request&) -> server::Answer { return answer; },
                 .refuse =
                     [](const server::Refusal& refusal, const server::Request&) {
                       return server::Response{.status = refusal.status, .content_type = {}, .body = {}, .headers = {}};
                     },
                 .connections_changed_by = [](int) {}});
  return 0;
}
