// The same work behind the listener of cpprestsdk: what a server of this program would cost on that library.
// Usage: cpprest_listener KNOWLEDGE-FOLDER PORT

#include <cpprest/http_listener.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "cards/card.h"
#include "cards/hook.h"

namespace {

using web::http::http_request;
using web::http::status_codes;

std::string answer_to(std::string body, const cards::Knowledge& knowledge) {
  auto request = cards::read_hook_request(std::move(body), knowledge.services().front());
  if (!request) return {};
  auto complete = cards::complete(std::move(*request));
  if (!complete) return {};
  const auto assessment = cards::assess(complete->record, knowledge, *fhir::read_day("2026-06-15"), complete->missing,
                                        cards::Trail::verdicts_only, complete->service);
  return cards::write_cards(cards::compose(assessment, complete->record, knowledge, {},
                                           [] { return std::string("00000000-0000-4000-8000-000000000000"); }));
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  const auto folder = cards::read_folder(words[1]);
  if (!folder) return 1;
  const auto knowledge = cards::read_knowledge(*folder);
  if (!knowledge) return 1;
  web::http::experimental::listener::http_listener listener("http://127.0.0.1:" + std::string(words[2]));
  listener.support(web::http::methods::POST, [&](http_request request) {
    request.extract_string(true).then([&knowledge, request](std::string body) {
      auto answer = answer_to(std::move(body), *knowledge);
      return request.reply(answer.empty() ? status_codes::BadRequest : status_codes::OK, std::move(answer),
                           "application/json");
    });
  });
  listener.open().wait();
  std::printf("listening on http://127.0.0.1:%s\n", words[2]);
  std::fflush(stdout);
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  int signal = 0;
  sigwait(&end, &signal);
  std::_Exit(0);
}
