// What each stage of a service call costs in memory, from the bytes to the answer.
//
//   stages KNOWLEDGE-FOLDER BODY-FILE [--benchmark_…]       times, by Google Benchmark
//   stages KNOWLEDGE-FOLDER BODY-FILE --count STAGE TIMES   runs one stage so often, for counting its instructions

#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "cards/card.h"
#include "cards/chart.h"
#include "cards/hook.h"
#include "server/memory.h"

namespace {

/// A body, and what each stage makes of it for the next one.
class Call {
 public:
  Call(const cards::Knowledge& knowledge, std::string body) : knowledge_(knowledge), body_(std::move(body)) {
    auto request = cards::read_hook_request(padded_body(), service());
    if (request) complete_.emplace(cards::complete(std::move(*request)));
    if (!is_readable()) return;
    assessment_ = assess();
    cards_ = compose();
  }

  [[nodiscard]] bool is_readable() const { return complete_ && complete_->has_value(); }
  [[nodiscard]] std::size_t bytes() const { return body_.size(); }

  /// As it comes from a socket: the product copies no body, so this is done for every stage that spends one.
  [[nodiscard]] std::string padded_body() const {
    std::string copy;
    copy.reserve(body_.size() + fhir::json_padding);
    return copy.append(body_);
  }

  [[nodiscard]] std::size_t copy() const { return padded_body().size(); }
  [[nodiscard]] std::size_t json() const { return fhir::read_document(padded_body()).has_value() ? 1 : 0; }
  [[nodiscard]] std::size_t parse() const { return parsed(padded_body())->record.observations.size(); }
  [[nodiscard]] std::size_t facts() const {
    const auto& content = knowledge_.content();
    const cards::Chart chart((*complete_)->record, content, today());
    std::size_t known = 0;
    for (std::size_t fact = 0; fact < content.facts.size(); ++fact)
      known += chart.sighting(fact).state == cards::Sighting::State::known ? 1 : 0;
    return known;
  }
  [[nodiscard]] std::size_t criteria() const { return assess().criteria.size(); }
  [[nodiscard]] std::size_t advise() const { return compose().size(); }
  [[nodiscard]] std::size_t out() const { return cards::write_cards(cards_).size(); }
  /// Whatever the body is: 0 for one that is refused.
  [[nodiscard]] std::size_t whole() const {
    auto request = cards::read_hook_request(padded_body(), service());
    if (!request) return 0;
    const auto complete = cards::complete(std::move(*request));
    if (!complete) return 0;
    const auto assessment = cards::assess(complete->record, knowledge_, today(), complete->missing,
                                          cards::Trail::verdicts_only, complete->service);
    return cards::write_cards(cards::compose(assessment, complete->record, knowledge_, {}, uuid)).size();
  }

 private:
  static std::string uuid() { return "00000000-0000-4000-8000-000000000000"; }
  static fhir::Day today() { return *fhir::read_day("2026-06-15"); }
  [[nodiscard]] const cards::Service& service() const { return knowledge_.services().front(); }
  [[nodiscard]] cards::Result<cards::CompleteRecord> parsed(std::string body) const {
    return cards::complete(*cards::read_hook_request(std::move(body), service()));
  }
  [[nodiscard]] cards::Assessment assess() const {
    return cards::assess((*complete_)->record, knowledge_, today(), (*complete_)->missing, cards::Trail::verdicts_only,
                         (*complete_)->service);
  }
  [[nodiscard]] std::vector<cards::Card> compose() const {
    return cards::compose(assessment_, (*complete_)->record, knowledge_, {}, uuid);
  }

  const cards::Knowledge& knowledge_;
  std::string body_;
  std::optional<cards::Result<cards::CompleteRecord>> complete_;
  cards::Assessment assessment_;
  std::vector<cards::Card> cards_;
};

struct Stage {
  const char* name;
  std::size_t (Call::*run)() const;
};

constexpr std::array<Stage, 8> stages = {{
    {"copy", &Call::copy},          // the copy of the body that the next three include
    {"json", &Call::json},          // bytes to a validated tree
    {"parse", &Call::parse},        // bytes to a record
    {"facts", &Call::facts},        // record to every fact there is
    {"criteria", &Call::criteria},  // record to the criteria, with the facts that they ask for
    {"cards", &Call::advise},       // criteria to cards
    {"out", &Call::out},            // cards to bytes
    {"whole", &Call::whole},        // bytes to bytes
}};

int count(const Call& call, std::string_view name, int times) {
  for (const Stage& stage : stages) {
    if (stage.name != name) continue;
    std::size_t sum = 0;
    for (int i = 0; i < times; ++i) sum += (call.*stage.run)();
    std::printf("%zu\n", sum);
    return 0;
  }
  return 2;
}

void time_all(const Call& call) {
  for (const Stage& stage : stages) {
    if (!call.is_readable() && stage.run != &Call::whole) continue;
    benchmark::RegisterBenchmark(stage.name, [&call, run = stage.run](benchmark::State& state) {
      for (auto _ : state) benchmark::DoNotOptimize((call.*run)());
      state.SetBytesProcessed(static_cast<std::int64_t>(call.bytes() * static_cast<std::size_t>(state.iterations())));
    });
  }
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  server::keep_freed_memory();
  const auto folder = cards::read_folder(argv[1]);
  if (!folder) return 1;
  const auto knowledge = cards::read_knowledge(*folder);
  if (!knowledge) return 1;
  std::ostringstream body;
  body << std::ifstream(argv[2], std::ios::binary).rdbuf();
  const Call call(*knowledge, body.str());
  if (argc == 6 && std::string_view(argv[3]) == "--count") return count(call, argv[4], std::atoi(argv[5]));
  benchmark::Initialize(&argc, argv);
  time_all(call);
  return 0;
}
