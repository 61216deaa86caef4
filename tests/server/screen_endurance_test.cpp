#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "server/ndjson.h"
#include "server/progress.h"
#include "server/screen_summary.h"
#include "tests/server/bodies.h"
#include "tests/server/packed_file.h"
#include "tests/server/population.h"
#include "tests/server/program.h"
#include "tests/server/sanitized.h"

// Long runs: what is told meanwhile, what stops them, and disks and files that give out.

namespace {

using test::somebody_flagged;
using test::Workplace;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* claim =
    R"({"resourceType":"Claim","id":"c","patient":{"reference":"Patient/1"},"item":[{"a":1}]})";

/// Runs a script in a folder of its own; $SCREEN is the command as far as the inputs. Answers its exit status.
int shell(const Workplace& folder, const std::string& script) {
  folder.write("script", "cd '" + folder.path() + "'\nSCREEN='" + SIR_BINARY + " screen --today 2026-06-15'\nCLAIM='" +
                             claim + "'\n" + script + "\n");
  const int status = std::system(("bash '" + folder.path("script") + "'").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string many_flagged(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += somebody_flagged(std::to_string(i));
  return text;
}

TEST(ScreenProgress, IsABarOnATerminalAndAPlainLineElsewhere) {
  using namespace std::chrono_literals;
  std::ostringstream terminal;
  server::Progress bar(terminal, true, 200, 0s);
  bar.add(100);
  EXPECT_THAT(terminal.str(), StartsWith("\r[###############...............] reading 50 %, 0 MB/s, 0:00 left"));
  bar.add_people(3, 10);
  EXPECT_THAT(terminal.str(), HasSubstr("\r[#########.....................] judging 30 %, "));
  EXPECT_THAT(terminal.str(), HasSubstr(" people/s, "));
  bar.finish();
  EXPECT_THAT(terminal.str(), EndsWith(" \r"));

  std::ostringstream file;
  server::Progress lines(file, false, 200, 0s);
  lines.add(50);
  lines.add(100);
  EXPECT_THAT(file.str(), StartsWith("sir-cds: reading 25 %, "));
  EXPECT_THAT(file.str(), HasSubstr(" left\nsir-cds: reading 75 %, "));
  EXPECT_THAT(file.str(), Not(HasSubstr("\r")));

  std::ostringstream rare;
  server::Progress seldom(rare, false, 200, 1h);
  seldom.add(100);
  EXPECT_EQ(rare.str(), "");
}

TEST(ScreenProgress, IsShownToWhoeverSitsAtTheTerminal) {
  const Workplace folder;
  const std::string feed =
      "mkfifo in.ndjson; (for i in 1 2 3; do yes \"$CLAIM\" | head -n 30000; sleep 0.4; done) > in.ndjson &\n"
      "echo \"$CLAIM\" > of-known-size.ndjson\n";
  EXPECT_EQ(shell(folder, feed + "script --quiet --return --command \"$SCREEN in.ndjson of-known-size.ndjson --out "
                                 "found.ndjson\" typescript"
                                 " > /dev/null < /dev/null; status=$?; wait; exit $status"),
            0);
  EXPECT_THAT(folder.read("typescript"), HasSubstr("\r[###"));
  EXPECT_THAT(folder.read("typescript"), HasSubstr(" left"));
}

TEST(ScreenStop, ByCtrlCIsCleanAndSaysHowToGoOn) {
  const Workplace folder;
  // Jobs of their own (set -m) hear the signal of Ctrl-C. It comes when some work is done, and the input never ends.
  const int status = shell(folder, R"sh(set -m
mkfifo in.ndjson
$SCREEN in.ndjson --out found.ndjson --resume 2> errors &
program=$!
(exec yes "$CLAIM" > in.ndjson 2> /dev/null) &
until [ -s found.ndjson.state/blocks ]; do sleep 0.05; done
kill -INT $program
wait $program)sh");
  EXPECT_EQ(status, 1);
  EXPECT_THAT(folder.read("errors"),
              HasSubstr("stopped; no findings were written, the same command goes on from here"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("found.ndjson")));
  EXPECT_TRUE(std::filesystem::exists(folder.path("found.ndjson.state/blocks")));
}

TEST(ScreenStream, NeedsNoMoreMemoryForMoreLinesThatNobodyNeeds) {
  if (test::sanitized) GTEST_SKIP() << "the sanitizers keep what is freed for a while";
  const Workplace folder;
  const auto peak_of = [&](int lines) {
    const auto count = std::to_string(lines);
    const std::string measure = R"(
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))";
    folder.write("measure.py", measure);
    EXPECT_EQ(shell(folder, "rm -f in.ndjson; mkfifo in.ndjson; yes \"$CLAIM\" | head -n " + count +
                                " > in.ndjson & python3 measure.py $SCREEN in.ndjson --out found.ndjson > peak"),
              0);
    return std::stol(folder.read("peak"));
  };
  const long small = peak_of(1'000'000);  // 91 MB
  const long large = peak_of(4'000'000);
  EXPECT_LT(large, small + 50'000) << "KiB";
}

TEST(ScreenDisk, ThatIsFullLeavesNoHalfOutput) {
  const Workplace folder;
  folder.write("in.ndjson", many_flagged(60));
  const auto whole = test::run({"screen", folder.path("in.ndjson"), "--today", "2026-06-15"});
  // No file may grow beyond 8 KiB: what a full disk looks like to a program.
  const std::string run = "$SCREEN in.ndjson --out found.ndjson --resume 2> errors";
  EXPECT_EQ(shell(folder, "trap '' XFSZ; ulimit -f 8; " + run), 1);
  EXPECT_THAT(folder.read("errors"), HasSubstr("found.ndjson: cannot be written: File too large"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("found.ndjson")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("found.ndjson.partial")));
  EXPECT_EQ(shell(folder, run), 0) << "the same command, when there is room again";
  EXPECT_EQ(folder.read("found.ndjson"), whole.output);
}

TEST(ScreenDisk, ThatIsFullUnderTheStateCostsTheStateOnly) {
  const Workplace folder;
  std::vector<std::string> others;
  for (int i = 0; i < 300; ++i) others.push_back(test::bmi("b" + std::to_string(i), "{'reference':'Patient/other'}"));
  folder.write("in.ndjson", somebody_flagged("1") + test::lines(others));
  EXPECT_EQ(shell(folder, "trap '' XFSZ; ulimit -f 8; $SCREEN in.ndjson --out found.ndjson --resume 2> errors"), 0);
  EXPECT_THAT(folder.read("errors"), HasSubstr("found.ndjson.state: cannot be written: File too large"));
  EXPECT_THAT(folder.read("found.ndjson"), HasSubstr("Patient/1"));
}

TEST(ScreenFiles, AreForTheirOwnerOnly) {
  const Workplace folder;
  folder.write("in.ndjson", many_flagged(3));
  EXPECT_EQ(shell(folder,
                  "umask 022; $SCREEN in.ndjson --out found.ndjson --worklist found.csv 2> errors; "
                  "mkfifo more.ndjson; $SCREEN more.ndjson --out next --resume 2> errors & until [ -d next.state ];"
                  " do sleep 0.05; done; ls -ld next.state > modes; ls -l found.ndjson found.csv >> modes;"
                  " echo > more.ndjson; wait"),
            0);
  std::istringstream modes(folder.read("modes"));
  int files = 0;
  for (std::string line; std::getline(modes, line); ++files) EXPECT_EQ(line.substr(4, 6), "------") << line;
  EXPECT_EQ(files, 3);
}

TEST(ScreenGzip, ThatIsBrokenInTheMiddleIsReportedAndTheRestGoesOn) {
  const Workplace folder;
  const auto path = folder.path("broken.ndjson.gz");
  test::write_packed(path, many_flagged(3000));
  test::damage(path, 5);
  folder.write("other.ndjson", somebody_flagged("other"));
  const auto finished = test::run({"screen", folder.path(), "--today", "2026-06-15"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.errors, HasSubstr("broken.ndjson.gz: is not a sound gzip stream"));
  EXPECT_THAT(finished.output, HasSubstr("Patient/other"));
}

// The blocks are cut by size and by the number of threads; who is found must not follow them.
TEST(ScreenGzip, ThatIsBrokenInTheMiddleGivesTheSameLinesInBlocksOfAnySize) {
  const Workplace folder;
  const auto path = folder.path("broken.ndjson.gz");
  const auto text = many_flagged(1000);
  for (const std::size_t tenths : {2U, 3U, 7U, 9U}) {
    test::write_packed(path, text);
    test::damage(path, tenths);
    const auto read_in_blocks_of = [&](std::size_t bytes) {
      auto reader = *server::LineReader::open(path, {.block_bytes = bytes, .line_bytes_max = 1U << 20U});
      std::string all;
      while (const auto block = reader.next()) all += block->text;
      EXPECT_THAT(reader.fault(), HasSubstr("is not a sound gzip stream"));
      return all;
    };
    const auto whole = read_in_blocks_of(64U << 20U);
    EXPECT_GT(whole.size(), text.size() * tenths / 20);
    EXPECT_LT(whole.size(), text.size());
    for (const std::size_t bytes : {1000U, 65'536U, 100'000U, 524'288U}) EXPECT_EQ(read_in_blocks_of(bytes), whole);
  }
}

TEST(ScreenNumbers, AreToldSoThatNobodyCanBeWorkedOut) {
  EXPECT_EQ(server::told(0, 10), 0U);
  for (const std::uint64_t small : {1U, 9U}) EXPECT_EQ(server::told(small, 10), std::nullopt);
  EXPECT_EQ(server::told(10, 10), 10U);
  EXPECT_EQ(server::told(12, 10), 10U);
  EXPECT_EQ(server::told(13, 10), 15U);
  EXPECT_EQ(server::told(3, 0), 3U);
}

}  // namespace
