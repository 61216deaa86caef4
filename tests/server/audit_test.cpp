#include "server/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/fhir_server.h"
#include "tests/server/population.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"
#include "tests/server/token.h"

// Who asked for what, and what became of it.

namespace {

using namespace std::chrono_literals;
using server::Audit;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

server::AuditEntry entry(const std::string& request_id) {
  server::AuditEntry one;
  one.route = "/cds-services/{id}";
  one.method = "POST";
  one.service = "sir-patient-view";
  one.status = 200;
  one.peer = "127.0.0.1";
  one.patient = "hash";
  one.outcome = "none";
  one.request_id = request_id;
  one.trace_id = "1";
  return one;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& one : std::filesystem::directory_iterator(folder)) names.push_back(one.path().filename());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST(Audit, AppendsToWhatIsThereAndIsForItsOwnerOnly) {
  const test::Workplace folder;
  const std::string file = folder.path("audit.log");
  ASSERT_TRUE(Audit::open({.file = file})->write(entry("a")));
  ASSERT_TRUE(Audit::open({.file = file})->write(entry("b")));
  const auto lines = lines_of(folder.read("audit.log"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr(R"("request_id":"a")"));
  EXPECT_THAT(lines[1], HasSubstr(R"("request_id":"b")"));
  struct stat state {};
  ASSERT_EQ(::stat(file.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777U, 0600U);
}

TEST(Audit, AFileThatHasBecomeLargeIsSetAsideAndNothingIsLostOrWrittenOver) {
  const test::Workplace folder;
  auto audit = Audit::open({.file = folder.path("audit.log"), .rotate_bytes = 600});
  ASSERT_TRUE(audit);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(audit->write(entry(std::to_string(i))));
  const auto files = files_in(folder.path());
  EXPECT_GE(files.size(), 4U);
  std::size_t lines = 0;
  for (const auto& name : files) {
    const auto text = folder.read(name);
    EXPECT_LE(text.size(), 600U);
    lines += lines_of(text).size();
    if (name != "audit.log") {
      EXPECT_THAT(name, MatchesRegex("audit.log.[0-9]+T[0-9]+Z(-[0-9]+)?"));
    }
  }
  EXPECT_EQ(lines, 10U);
}

TEST(Audit, AFileThatWasSetAsideByOthersIsMadeAnewWhenAsked) {
  const test::Workplace folder;
  auto audit = Audit::open({.file = folder.path("audit.log")});
  ASSERT_TRUE(audit->write(entry("before")));
  std::filesystem::rename(folder.path("audit.log"), folder.path("audit.log.1"));
  ASSERT_TRUE(audit->write(entry("between")));
  ASSERT_TRUE(audit->reopen());
  ASSERT_TRUE(audit->write(entry("after")));
  EXPECT_EQ(lines_of(folder.read("audit.log.1")).size(), 2U);
  EXPECT_THAT(folder.read("audit.log"), HasSubstr("after"));
}

TEST(Audit, AFullDiskIsAFaultAndNoCrash) {
  auto audit = Audit::open({.file = "/dev/full"});
  ASSERT_TRUE(audit);
  const auto written = audit->write(entry("a"));
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, HasSubstr("cannot be written to: No space left"));
}

TEST(Audit, AFileThatCannotBeOpenedStopsTheStart) {
  const auto ended = test::run({"serve", "--listen", "127.0.0.1:0"}, {}, {"SIR_CDS_AUDIT_FILE=/nowhere/audit.log"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.errors,
              HasSubstr("SIR_CDS_AUDIT_FILE: /nowhere/audit.log cannot be opened for the audit log: No such file"));
}

TEST(Audit, ACallHasAnEntryWithItsOutcomeAndTheKeyedHashOfThePatient) {
  const test::Workplace folder;
  const test::Program program({"SIR_CDS_AUDIT_FILE=" + folder.path("audit.log")});
  const auto answer = test::post(program.port(), test::service, test::referral_call().text());
  ASSERT_EQ(answer.status, 200);
  (void)test::post(program.port(), test::service, test::referral_call("412", "another").text());
  (void)test::post(program.port(), std::string(test::service) + "/feedback", "{}");
  (void)test::ask(program.port(), "GET", "/cds-services");
  const auto lines = lines_of(folder.read("audit.log"));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], MatchesRegex(R"re(\{"time":"[-0-9T:.]+Z","request_id":"[-0-9a-f]+","trace_id":"[0-9a-f]+",)re"
                                     R"re("route":"/cds-services/\{id\}","method":"POST","status":200,)re"
                                     R"re("service":"sir-patient-view","peer":"127.0.0.1","patient":"[0-9a-f:a-z]+",)re"
                                     R"re("outcome":"nsirs-referral","topics":\["nsirs-referral"\],)re"
                                     R"re("knowledge":"sha256:[0-9a-f]+"\})re"));
  EXPECT_THAT(lines[0], HasSubstr(answer.header("x-request-id")));
  EXPECT_THAT(folder.read("audit.log"), Not(HasSubstr("1288992")));
  const auto patient = [](const std::string& line) { return line.substr(line.find("\"patient\""), 40); };
  EXPECT_NE(patient(lines[0]), patient(lines[1]));
  EXPECT_THAT(lines[2], HasSubstr(R"("route":"/cds-services/{id}/feedback","method":"POST","status":400)"));
}

TEST(Audit, WhenItCannotBeWrittenCardsGoOnAndTheOperatorsHearOfIt) {
  const test::Program program({"SIR_CDS_AUDIT_FILE=/dev/full"});
  const auto answer = test::post(program.port(), test::service, test::referral_call().text());
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("nsirs-referral"));
  EXPECT_THAT(test::ask(program.port(), "GET", "/metrics").body, HasSubstr("sir_cds_audit_lost_total 1\n"));
  const auto ready = test::ask(program.port(), "GET", "/health/ready");
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, HasSubstr(R"("status":"degraded")"));
  EXPECT_THAT(ready.body, HasSubstr(R"({"part":"audit","what":"entries of the audit log are lost"})"));
}

TEST(Audit, IsOpenedAnewAtSighup) {
  const test::Workplace folder;
  const test::Program program({"SIR_CDS_AUDIT_FILE=" + folder.path("audit.log")});
  (void)test::post(program.port(), test::service, test::Call().text());
  std::filesystem::rename(folder.path("audit.log"), folder.path("audit.log.1"));
  program.signal(SIGHUP);
  for (int i = 0; i < 1000 && !std::filesystem::exists(folder.path("audit.log")); ++i)
    std::this_thread::sleep_for(10ms);
  (void)test::post(program.port(), test::service, test::Call().text());
  EXPECT_EQ(lines_of(folder.read("audit.log")).size(), 1U);
  EXPECT_EQ(lines_of(folder.read("audit.log.1")).size(), 1U);
}

TEST(Tracing, TheCallersTraceIsInTheLogInTheAuditAndAtTheFhirServer) {
  const test::Workplace folder;
  const test::FhirServer ehr(test::always_answers(test::answer_text(test::bundle({}))));
  const test::Program program({"SIR_CDS_AUDIT_FILE=" + folder.path("audit.log")});
  test::Call call = test::referral_call();
  call.prefetch["medications"] = "";
  call.more = R"(,"fhirServer":")" + ehr.base() + "\"";
  const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto answer = test::post(program.port(), test::service, call.text(),
                                 {"Content-Type: application/json", "traceparent: 00-" + id + "-00f067aa0ba902b7-01"});
  ASSERT_EQ(answer.status, 200);
  ASSERT_TRUE(program.comes_to_say(R"("trace_id":")" + id));
  EXPECT_THAT(folder.read("audit.log"), HasSubstr(id));
  const auto log = program.log();
  const auto at = log.find(R"("span_id":")") + 11;
  const auto span = log.substr(at, 16);
  ASSERT_EQ(ehr.asked().size(), 1U);
  EXPECT_EQ(ehr.asked().front().header("traceparent"), "00-" + id + "-" + span + "-01");
  EXPECT_THAT(log, Not(HasSubstr("00f067aa0ba902b7")));
}

TEST(Tracing, AnAnswerSaysHowLongItsPartsTook) {
  const auto answer = test::post(test::shared_program().port(), test::service, test::referral_call().text());
  EXPECT_THAT(answer.header("server-timing"),
              MatchesRegex("receive;dur=[0-9.]+, judge;dur=[0-9.]+, total;dur=[0-9.]+"));
  EXPECT_THAT(answer.header("x-request-id"), MatchesRegex("[0-9a-f-]+"));
  const auto refused = test::post(test::shared_program().port(), test::service, "{");
  EXPECT_EQ(refused.header("server-timing"), "");
  EXPECT_NE(refused.header("x-request-id"), answer.header("x-request-id"));
}
