#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "server/journal.h"
#include "server/screening.h"
#include "tests/server/population.h"
#include "tests/server/program.h"

// A run that is cut off, and the one that goes on from there.

namespace server {
namespace {

using ::testing::HasSubstr;

const cards::Knowledge& shipped() {
  static const cards::Knowledge knowledge =
      *cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge"));
  return knowledge;
}

std::string many_people(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += test::somebody_flagged(std::to_string(i)) + "broken\n";
  return text;
}

std::vector<std::string> lines_of(const Screened& screened) {
  std::vector<std::string> lines;
  for (const auto& flagged : screened.flagged) lines.push_back(flagged.json);
  return lines;
}

class CutOff : public ::testing::Test {
 protected:
  /// Reads in small blocks, and stops when so many bytes of files are read.
  Screened run(std::uint64_t stop_after = UINT64_MAX) {
    auto journal = Journal::open(folder_.path("state"), "the same run");
    EXPECT_TRUE(journal);
    std::atomic<bool> stop = false;
    std::uint64_t blocks = 0;
    ScreeningSetting setting;
    setting.limits.block_bytes = 1000;
    setting.stop = &stop;
    setting.progress = [&](std::uint64_t) { stop = ++blocks >= stop_after; };
    auto screened = screen({file_}, judge_, setting, &*journal);
    done_before_ = journal->done_before();
    return screened;
  }

  test::Workplace folder_;
  std::string file_ = folder_.write("export.ndjson", many_people(60));
  Judge judge_{shipped(), *fhir::read_day("2026-06-15"), cards::Site()};
  Screened whole_ = screen({file_}, judge_, {});
  std::size_t done_before_ = 0;
};

void expect_same(const Screened& screened, const Screened& whole) {
  EXPECT_EQ(lines_of(screened), lines_of(whole));
  EXPECT_EQ(screened.counts.lines, whole.counts.lines);
  EXPECT_EQ(screened.counts.used, whole.counts.used);
  EXPECT_EQ(screened.counts.unreadable, whole.counts.unreadable);
  EXPECT_EQ(screened.faults.size(), whole.faults.size());
  EXPECT_EQ(screened.people, whole.people);
}

TEST_F(CutOff, GoesOnWithoutDoingWorkTwiceOrLosingALine) {
  ASSERT_EQ(whole_.flagged.size(), 60U);
  EXPECT_EQ(whole_.counts.unreadable, 60U);
  auto cut = run(1);
  EXPECT_TRUE(cut.stopped);
  expect_same(run(), whole_);
  EXPECT_GT(done_before_, 0U);
  expect_same(run(), whole_);  // when everything was done already
  EXPECT_GT(done_before_, 20U);
}

TEST_F(CutOff, PassesOverABlockThatWasHalfWritten) {
  run(1);
  const auto blocks = folder_.path("state/blocks");
  std::filesystem::resize_file(blocks, std::filesystem::file_size(blocks) - 7);
  expect_same(run(), whole_);
  {
    std::fstream file(blocks, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(blocks) / 2));
    file << "overwritten";
  }
  expect_same(run(), whole_);
}

TEST_F(CutOff, IsNotMistakenForAnotherRun) {
  run(1);
  const auto other = Journal::open(folder_.path("state"), "another run");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().what, HasSubstr("the state of another run"));
}

TEST(ScreenResume, SurvivesBeingKilledAgainAndAgain) {
  const test::Workplace folder;
  ASSERT_TRUE(test::generate(folder.path("people"), 600));
  const auto whole = test::run({"screen", folder.path("people"), "--today", "2026-06-15"});
  const std::string command = std::string(SIR_BINARY) + " screen '" + folder.path("people") +
                              "' --resume --today 2026-06-15 --out '" + folder.path("found.ndjson") + "' 2>'" +
                              folder.path("errors") + "'";
  for (const char* seconds : {"0.3", "0.6", "1.2"}) {
    const int killed = std::system(("timeout -s KILL " + std::string(seconds) + " " + command).c_str());
    if (killed == 0 || std::filesystem::exists(folder.path("found.ndjson"))) break;
  }
  EXPECT_EQ(std::system(command.c_str()), 0) << folder.read("errors");
  EXPECT_EQ(folder.read("found.ndjson"), whole.output);
  EXPECT_FALSE(std::filesystem::exists(folder.path("found.ndjson.state"))) << "what is done leaves nothing behind";
}

TEST(ScreenGrouped, GivesTheSameLinesAsOneProcess) {
  const test::Workplace folder;
  ASSERT_TRUE(test::generate(folder.path("people"), 600, {"--files", "1"}));
  const auto whole = test::run({"screen", folder.path("people"), "--today", "2026-06-15"});
  const std::string binary = SIR_BINARY;
  const std::string picked = folder.path("picked");
  ASSERT_EQ(std::system(("cat '" + folder.path("people") + "'/*.ndjson | " + binary +
                         " screen --extract 2>/dev/null | sort > '" + picked + "'")
                            .c_str()),
            0);
  const auto found =
      test::run({"screen", "--grouped", "--shared", picked, "--today", "2026-06-15"}, folder.read("picked"));
  EXPECT_EQ(found.status, 0) << found.errors;
  EXPECT_EQ(found.output, whole.output);
  EXPECT_EQ(test::run({"screen", "--grouped"}, "no tab\n").status, 1);
}

}  // namespace
}  // namespace server
