#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/database.h"
#include "tests/server/program.h"
#include "tests/server/sanitized.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"

// Faults of the world, brought about for real: cards go on, feedback is refused rather than lost, and what was broken
// is used again when it is whole. Databases that end or hang are in feedback_survival_test.cpp, want of descriptors in
// limits_test.cpp, FHIR servers in hostile_fhir_server_test.cpp.

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string address = std::string(test::service) + "/feedback";

std::string feedback_on(const std::string& card) {
  return R"({"feedback":[{"card":")" + card +
         R"(","outcome":"overridden","outcomeTimestamp":"2026-06-15T08:00:00Z"}]})";
}

int give_feedback(const test::Program& program, const std::string& card = "a") {
  return test::post(program.port(), address, feedback_on(card)).status;
}

/// Until feedback is taken again; the program looks once a second.
int feedback_in_the_end(const test::Program& program) {
  int status = 0;
  for (int i = 0; i < 300 && status != 200; ++i) {
    status = give_feedback(program, "later");
    if (status != 200) std::this_thread::sleep_for(100ms);
  }
  return status;
}

void expect_a_card(const test::Program& program) {
  const auto answer = test::post(program.port(), test::service, test::referral_call().text());
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("nsirs-referral"));
}

/// A small disk of memory; needs the right to mount.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=256k") == 0; }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return folder_.path(); }
  void fill() const { std::ofstream(path() + "/filling", std::ios::binary) << std::string(1U << 20U, 'x'); }
  void make_room() const { std::filesystem::remove(path() + "/filling"); }

 private:
  test::TemporaryFolder folder_;
  bool mounted_ = false;
};

/// Another program that keeps the SQLite file for itself.
class Lock {
 public:
  explicit Lock(const std::string& file)
      : pipe_(::popen(("python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
                       "c.execute(\"BEGIN EXCLUSIVE\"); open(sys.argv[1] + \".locked\", \"w\"); sys.stdin.read()' " +
                       file)
                          .c_str(),
                      "w")) {
    for (int i = 0; i < 3000 && !std::filesystem::exists(file + ".locked"); ++i) std::this_thread::sleep_for(10ms);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { ::pclose(pipe_); }

 private:
  FILE* pipe_;
};

/// The program under the clock of a file, which may be changed while it runs.
class FakeClock {
 public:
  static constexpr const char* library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
  static bool is_there() { return std::filesystem::exists(library); }

  void set(const std::string& time) const { file_.write("@" + time + "\n"); }
  std::vector<std::string> settings() const {
    return {std::string("LD_PRELOAD=") + library,
            "FAKETIME_TIMESTAMP_FILE=" + file_.path(),
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "DONT_FAKE_MONOTONIC=1",
            "TZ=UTC"};
  }

 private:
  test::TemporaryFile file_{"@2026-06-15 12:00:00\n"};
};

/// Others who have taken every connection that a PostgreSQL server gives.
class Crowd {
 public:
  explicit Crowd(const test::Database& database) {
    for (int i = 0; i < 12; ++i)
      others_.push_back(::popen((database.tool("psql") + " -q postgres >/dev/null 2>&1").c_str(), "we"));
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (FILE* other : others_) ::pclose(other);
  }
  /// Until nobody else gets one.
  static bool fills(const test::Database& database) {
    for (int i = 0; i < 600; ++i) {
      try {
        static_cast<void>(database.query("SELECT 1"));
      } catch (const std::runtime_error& refused) {
        return std::string(refused.what()).find("too many clients") != std::string::npos;
      }
      std::this_thread::sleep_for(50ms);
    }
    return false;
  }

 private:
  std::vector<FILE*> others_;
};

std::string today_of(const test::Program& program) {
  const auto body = test::post(program.port(), "/explain", test::referral_call().text()).body;
  const auto at = body.find(R"("today":")");
  return at == std::string::npos ? body.substr(0, 200) : body.substr(at + 9, 10);
}

}  // namespace

TEST(Fault, ADatabaseThatIsLockedDelaysNoCardAndLosesNoFeedbackThatWasAcknowledged) {
  const test::Program program;
  ASSERT_EQ(give_feedback(program, "before"), 200);
  {
    const Lock lock(program.store_file());
    std::atomic<int> status = 0;
    std::thread sender([&] { status = give_feedback(program, "meanwhile"); });
    for (int i = 0; i < 5; ++i) expect_a_card(program);
    sender.join();
    EXPECT_EQ(status, 503) << "what could not be written was not promised";
    EXPECT_THAT(test::ask(program.port(), "GET", "/health/ready").body, HasSubstr(R"({"part":"store")"));
  }
  EXPECT_EQ(feedback_in_the_end(program), 200);
}

TEST(Fault, WhenOthersHoldAllConnectionsOfTheDatabaseCardsComeAndFeedbackWaitsForOne) {
  if (!test::can_run(test::Kind::postgresql)) GTEST_SKIP() << "there is no PostgreSQL here";
  ::signal(SIGPIPE, SIG_IGN);  // those of the crowd that were refused do not listen
  test::Database database(test::Kind::postgresql);
  static_cast<void>(database.query("ALTER SYSTEM SET superuser_reserved_connections = 0"));
  static_cast<void>(database.query("ALTER SYSTEM SET max_wal_senders = 0"));
  static_cast<void>(database.query("ALTER SYSTEM SET max_connections = 5"));
  database.stop();
  database.start();
  auto crowd = std::make_unique<Crowd>(database);
  ASSERT_TRUE(Crowd::fills(database));
  const test::Program program(database.settings());
  expect_a_card(program);
  EXPECT_EQ(give_feedback(program), 503);
  EXPECT_EQ(test::ask(program.port(), "GET", "/feedback/summary").status, 503);
  EXPECT_THAT(test::ask(program.port(), "GET", "/health/ready").body, HasSubstr(R"({"part":"store")"));
  crowd.reset();
  EXPECT_EQ(feedback_in_the_end(program), 200);
  // What it has, it keeps, however many others come.
  crowd = std::make_unique<Crowd>(database);
  ASSERT_TRUE(Crowd::fills(database));
  EXPECT_EQ(give_feedback(program, "held"), 200);
  expect_a_card(program);
}

TEST(Fault, APostgresqlServerThatIsRestartedInMidFlightLosesNothingThatWasAcknowledged) {
  if (!test::can_run(test::Kind::postgresql)) GTEST_SKIP() << "there is no PostgreSQL here";
  test::Database database(test::Kind::postgresql);
  const test::Program program(database.settings());
  std::atomic<bool> over = false;
  std::atomic<int> acknowledged = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> clinicians;
  for (int who = 0; who < 3; ++who)
    clinicians.emplace_back([&, who] {
      for (int i = 0; !over; ++i) {
        const int status = give_feedback(program, std::to_string(who) + "-" + std::to_string(i));
        EXPECT_TRUE(status == 200 || status == 503) << status;
        ++(status == 200 ? acknowledged : refused);
      }
    });
  for (int i = 0; i < 2000 && acknowledged < 20; ++i) std::this_thread::sleep_for(10ms);
  database.stop();
  expect_a_card(program);
  database.start();
  const int before = acknowledged;
  for (int i = 0; i < 6000 && acknowledged < before + 20; ++i) std::this_thread::sleep_for(10ms);
  over = true;
  for (auto& clinician : clinicians) clinician.join();
  EXPECT_GE(acknowledged, before + 20) << "it goes on by itself";
  EXPECT_GT(refused, 0);
  // A commit whose confirmation was lost with the connection is there as well: never fewer than were promised.
  EXPECT_GE(std::stoi(database.query("SELECT COUNT(*) FROM feedback")), acknowledged.load());
}

TEST(Fault, ADatabaseFileThatIsCorruptedWhileItRunsEndsNothing) {
  const test::TemporaryFolder folder;
  const std::string file = folder.path() + "/s.sqlite";
  {
    test::Program program({"SIR_CDS_STORE_PATH=" + file});
    ASSERT_EQ(give_feedback(program), 200);
    for (const auto& one : std::filesystem::directory_iterator(folder.path())) {
      if (one.path().extension() == ".key" || !one.is_regular_file()) continue;
      std::fstream bytes(one.path(), std::ios::binary | std::ios::in | std::ios::out);
      bytes << std::string(one.file_size(), '#');
    }
    for (int i = 0; i < 3; ++i) {
      const int status = give_feedback(program, "after-" + std::to_string(i));
      EXPECT_TRUE(status == 200 || status == 503) << status;
      expect_a_card(program);
    }
    program.signal(SIGKILL);
    (void)program.wait(10s);
  }
  const test::Program again({"SIR_CDS_STORE_PATH=" + file});
  expect_a_card(again);
  EXPECT_EQ(give_feedback(again), 503);
  EXPECT_THAT(test::ask(again.port(), "GET", "/health/ready").body, HasSubstr(R"("status":"degraded")"));
}

TEST(Fault, AFullDiskRefusesFeedbackAndNothingElse) {
  const SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "this user may not mount a small disk";
  const test::Program program(
      {"SIR_CDS_STORE_PATH=" + disk.path() + "/s.sqlite", "SIR_CDS_AUDIT_FILE=" + disk.path() + "/audit.log"});
  ASSERT_EQ(give_feedback(program), 200);
  disk.fill();
  int status = 200;
  for (int i = 0; i < 400 && status == 200; ++i) status = give_feedback(program, std::string(200, 'x'));
  EXPECT_EQ(status, 503);
  expect_a_card(program);
  EXPECT_THAT(test::ask(program.port(), "GET", "/health/ready").body, HasSubstr(R"("status":"degraded")"));
  disk.make_room();
  EXPECT_EQ(feedback_in_the_end(program), 200);
  expect_a_card(program);
}

TEST(Fault, ADatabaseFileThatIsNoneIsLeftAloneAndSaid) {
  const test::TemporaryFolder folder;
  const std::string file = folder.path() + "/s.sqlite";
  const std::string noise = "this is no database " + std::string(5000, '#');
  std::ofstream(file, std::ios::binary) << noise;
  const test::Program program({"SIR_CDS_STORE_PATH=" + file});
  expect_a_card(program);
  EXPECT_EQ(give_feedback(program), 503);
  EXPECT_THAT(program.log(), HasSubstr("feedback cannot be stored"));
  EXPECT_EQ(test::read_file(file), noise) << "what is there may be somebody's data";
  std::filesystem::remove(file);
  EXPECT_EQ(feedback_in_the_end(program), 200);
}

TEST(Fault, AClockThatJumpsBackOverMidnightAndDaylightSavingMovesTheDayAndNothingElse) {
  if (!FakeClock::is_there() || test::sanitized)
    GTEST_SKIP() << "libfaketime is not here, or a sanitizer wants to be loaded first";
  const FakeClock clock;
  test::Program program(clock.settings(), {test::by_the_clock});
  EXPECT_EQ(today_of(program), "2026-06-15");
  // London is an hour ahead in summer: its day begins at 23:00 UTC.
  for (const auto& [time, day] :
       std::vector<std::pair<std::string, std::string>>{{"2026-06-15 22:59:59", "2026-06-15"},
                                                        {"2026-06-15 23:00:01", "2026-06-16"},
                                                        {"2026-10-24 23:30:00", "2026-10-25"},
                                                        {"2026-10-25 00:59:59", "2026-10-25"},
                                                        {"2026-10-25 01:00:01", "2026-10-25"},
                                                        {"2026-10-25 23:59:59", "2026-10-25"},
                                                        {"2026-10-26 00:00:01", "2026-10-26"},
                                                        {"2026-03-29 00:59:59", "2026-03-29"},
                                                        {"2026-03-29 23:00:01", "2026-03-30"},
                                                        {"2025-01-01 00:00:10", "2025-01-01"},
                                                        {"2028-02-29 12:00:00", "2028-02-29"}}) {
    clock.set(time);
    EXPECT_EQ(today_of(program), day) << time;
    EXPECT_EQ(test::post(program.port(), test::service, test::Call().text()).status, 200) << time;
    EXPECT_EQ(give_feedback(program), 200) << time;
  }
  EXPECT_EQ(program.stop(), 0);
}

TEST(Fault, StoppedUnderLoadNoCallIsCutOffAndTheStatusIsZero) {
  test::Program program;
  const auto call = test::referral_call().text();
  std::atomic<int> answered = 0;
  std::atomic<int> cut = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      for (;;) {
        try {
          test::Socket socket(program.port());
          if (!socket.send(test::request("POST", test::service, call, {"Content-Type: application/json"}))) return;
          const auto answer = socket.receive();
          // A connection that the program had not taken yet is reset by the system; one that it took is answered.
          if (answer.status == 0 && answer.body.empty()) return;
          if (answer.status != 200 || answer.body.find("nsirs-referral") == std::string::npos) ++cut;
          ++answered;
        } catch (const std::runtime_error&) {
          return;  // nobody listens any more
        }
      }
    });
  while (answered < 50) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(program.stop(), 0);
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(cut, 0);
  EXPECT_THAT(program.log(), HasSubstr(R"("message":"stopped")"));
  EXPECT_THAT(program.log(), Not(HasSubstr(R"("level":"error")")));
}
