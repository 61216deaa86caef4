#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/screening.h"
#include "tests/server/population.h"

// Whatever an export holds, packed or plain: every line is accounted for, and how it is cut into blocks, and for how
// many threads, changes nothing. The first byte chooses the blocks; an odd one names the file as a packed one.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

const server::Judge& judge() {
  static const cards::Knowledge knowledge =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  static const server::Judge one(knowledge, *fhir::read_day("2026-06-15"), {});
  return one;
}

server::Screened screened(const std::string& file, server::ScreeningSetting setting) {
  auto result = server::screen({file}, judge(), setting);
  const auto& counts = result.counts;
  check(counts.lines == counts.used + counts.skipped() + counts.unreadable);
  for (const auto& fault : result.faults) check(!fault.reason.empty() && fault.reason.size() < 200);
  check(result.flagged.size() <= result.judged && result.judged <= result.people);
  for (const auto& one : result.flagged) check(one.json.find('\n') == std::string::npos);
  return result;
}

void check_same(const server::Screened& one, const server::Screened& other) {
  check(one.counts.lines == other.counts.lines && one.counts.used == other.counts.used);
  check(one.counts.unreadable == other.counts.unreadable && one.counts.skipped() == other.counts.skipped());
  check(one.people == other.people && one.groups == other.groups && one.reasons == other.reasons);
  check(one.flagged.size() == other.flagged.size());
  for (std::size_t i = 0; i < one.flagged.size(); ++i) check(one.flagged[i].json == other.flagged[i].json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::Workplace workplace;
  if (size < 1) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto file = workplace.write(data[0] % 2 == 1 ? "export.ndjson.gz" : "export.ndjson", text);
  constexpr std::size_t line_bytes_max = 16'384;
  const auto at_once = screened(file, {.limits = {.line_bytes_max = line_bytes_max}});
  const auto in_blocks = screened(
      file,
      {.threads = 2, .limits = {.block_bytes = 1 + data[0] / 2 * std::size_t{16}, .line_bytes_max = line_bytes_max}});
  check_same(at_once, in_blocks);
  return 0;
}
