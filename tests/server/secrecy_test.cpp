#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/fhir_server.h"
#include "tests/server/population.h"
#include "tests/server/program.h"
#include "tests/server/sanitized.h"
#include "tests/server/socket.h"

// Nothing of a patient, and no token, is left where it does not belong: a canary is planted in every field of a request
// in turn, and everything that the program wrote is searched for it. And what the compiler can do against a fault of
// memory being used is done.

namespace {

using test::sanitized;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string canary = "Zyxcanary918273";

/// Where a text value of JSON begins and ends, its quotes among it; names of members are left out.
struct Place {
  std::size_t begin;
  std::size_t end;
};

std::vector<Place> text_values(const std::string& json) {
  std::vector<Place> places;
  for (std::size_t at = json.find('"'); at != std::string::npos; at = json.find('"', at)) {
    std::size_t end = at + 1;
    while (json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    ++end;
    const auto next = json.find_first_not_of(" \n", end);
    if (next == std::string::npos || json[next] != ':') places.push_back({at, end});
    at = end;
  }
  return places;
}

/// A call with everything that a record system might send.
std::string full_call(const std::string& fhir_server) {
  test::Call call = test::referral_call();
  call.context = R"({"userId":"Practitioner/user-1","patientId":"1288992","encounterId":"enc-1"})";
  call.prefetch["patient"] =
      R"({"resourceType":"Patient","id":"1288992","meta":{"source":"urn:a","profile":["urn:b"]},"text":{"status":"generated",)"
      R"("div":"<div>narrative</div>"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9000000009"}],)"
      R"("name":[{"use":"official","family":"Family","given":["Given"],"text":"Whole"}],"telecom":[{"system":"phone",)"
      R"("value":"0123"}],"gender":"female","birthDate":"1980-02-03","address":[{"line":["Line"],"city":"City",)"
      R"("postalCode":"AB1 2CD","country":"England"}],"extension":[{"url":"urn:ethnicity","valueString":"ethnic"}],)"
      R"("contact":[{"name":{"text":"Next of kin"}}],"generalPractitioner":[{"display":"GP"}]})";
  call.prefetch["medications"] = test::bundle(
      {R"({"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","subject":)"
       R"({"reference":"Patient/1288992","display":"Name"},"medicationCodeableConcept":{"text":"Medicine","coding":)"
       R"([{"system":"http://www.whocc.no/atc","code":"A10BA02","display":"Metformin"}]},"note":[{"text":"Note"}],)"
       R"("dosageInstruction":[{"text":"Dosage","patientInstruction":"Instruction"}],"authoredOn":"2026-05-01"})"});
  call.more = R"(,"extension":{"vendor":"words"},"fhirServer":")" + fhir_server +
              R"(","fhirAuthorization":{"access_token":"token-1","token_type":"Bearer","scope":"patient/*.read",)"
              R"("subject":"subject-1","expires_in":300})";
  return call.text();
}

/// Every file below a folder, as bytes.
std::string everything_below(const std::string& folder) {
  std::string all;
  for (const auto& one : std::filesystem::recursive_directory_iterator(folder))
    if (one.is_regular_file()) all += test::read_file(one.path());
  return all;
}

/// Whether a text stands in memory that the process can write.
bool holds_in_memory(const test::Program& program, const std::string& text) {
  const std::string process = "/proc/" + std::to_string(program.id());
  std::ifstream maps(process + "/maps");
  std::ifstream memory(process + "/mem", std::ios::binary);
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" rw") == std::string::npos) continue;
    std::istringstream fields(line);
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    char dash = 0;
    fields >> std::hex >> begin >> dash >> end;
    std::string bytes(end - begin, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(memory.gcount(), 0)));
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST(Secrecy, ACanaryInAnyFieldOfACallIsFoundNowhereAfterwards) {
  const test::Workplace folder;
  const test::FhirServer ehr(test::always_answers(test::answer_text(
      R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x","diagnostics":")" + canary +
          "\"}]}",
      "403 Forbidden")));
  test::Program program({"SIR_CDS_STORE_PATH=" + folder.path("s.sqlite"), "SIR_CDS_LOG_LEVEL=debug",
                         "SIR_CDS_AUDIT_FILE=" + folder.path("audit.log"), "SIR_CDS_FHIR_BUDGET_MS=500"});
  const std::string call = full_call(ehr.base());
  const auto places = text_values(call);
  ASSERT_GT(places.size(), 70U);
  int refused = 0;
  for (const std::string& target : {std::string(test::service), std::string("/explain")})
    for (const auto& place : places)
      for (const std::string& planted : {"\"" + canary + "\"", "\"" + canary, std::string("[\"") + canary + "\"]"}) {
        std::string body = call;
        body.replace(place.begin, place.end - place.begin, planted);
        const auto answer = test::post(program.port(), target, body);
        if (answer.status == 200) continue;
        ++refused;
        EXPECT_THAT(answer.body, Not(HasSubstr(canary))) << answer.status;
      }
  EXPECT_GT(refused, 100);
  const auto outside =
      test::ask(program.port(), "GET", "/metrics").body + test::ask(program.port(), "GET", "/health/ready").body;
  EXPECT_EQ(
      test::run({"backup", folder.path("copy.sqlite")}, "", {"SIR_CDS_STORE_PATH=" + folder.path("s.sqlite")}).status,
      0);
  EXPECT_EQ(program.stop(), 0);
  EXPECT_THAT(outside, Not(HasSubstr(canary)));
  EXPECT_THAT(program.log(), Not(HasSubstr(canary)));
  const auto kept = everything_below(folder.path());
  EXPECT_THAT(kept, HasSubstr("nsirs-referral")) << "something was written";
  EXPECT_THAT(kept, Not(HasSubstr(canary)));
  EXPECT_THAT(kept + program.log() + outside, Not(HasSubstr("1288992")));
}

TEST(Secrecy, ACanaryAroundACallIsFoundNowhereAfterwards) {
  const test::Workplace folder;
  test::Program program({"SIR_CDS_STORE_PATH=" + folder.path("s.sqlite"), "SIR_CDS_LOG_LEVEL=debug",
                         "SIR_CDS_AUDIT_FILE=" + folder.path("audit.log")});
  const auto call = test::referral_call().text();
  std::vector<test::Answer> answers;
  const std::vector<std::string> names{"Authorization", "Origin",       "Referer",     "Cookie",
                                       "User-Agent",    "X-Request-Id", "X-" + canary, "Host",
                                       "Content-Type",  "traceparent",  "tracestate",  "Expect",
                                       "Accept",        "Connection",   "Forwarded",   "Transfer-Encoding"};
  for (const auto& name : names) {
    answers.push_back(test::post(program.port(), test::service, call, {name + ": " + canary}));
    answers.push_back(
        test::post(program.port(), test::service, call, {name + ": Bearer " + canary + "." + canary + ".x"}));
  }
  for (const std::string& target :
       {"/" + canary, "/cds-services/" + canary, "/cds-services/" + canary + "/feedback", "/explain?today=" + canary,
        "/web/" + canary, std::string(test::service) + "?" + canary})
    for (const std::string& method : {std::string("GET"), std::string("POST"), canary})
      answers.push_back(test::ask(program.port(), method, target, "{}", {"Content-Type: application/json"}));
  const std::string item = R"({"feedback":[{"card":"a","outcome":"overridden","overrideReason":{"userComment":"C"},)"
                           R"("outcomeTimestamp":"2026-06-15T08:00:00Z"}]})";
  for (const std::string part : {"\"C\"", "\"overridden\"", "\"2026-06-15T08:00:00Z\""}) {
    std::string body = item;
    body.replace(body.find(part), part.size(), "\"" + canary + "\"");
    answers.push_back(test::post(program.port(), std::string(test::service) + "/feedback", body));
  }
  const auto outside = test::ask(program.port(), "GET", "/metrics").body;
  EXPECT_EQ(program.stop(), 0);
  for (const auto& answer : answers) {
    EXPECT_THAT(answer.body, Not(HasSubstr(canary))) << answer.status;
    for (const auto& [name, value] : answer.headers)
      EXPECT_TRUE(value.find(canary) == std::string::npos || name.starts_with("access-control-")) << name;
  }
  EXPECT_THAT(outside + program.log() + everything_below(folder.path()), Not(HasSubstr(canary)));
}

TEST(Secrecy, AProgramThatCrashesInTheMiddleOfACallSaysAndLeavesNothingOfIt) {
  if (sanitized) GTEST_SKIP() << "the sanitizers write reports of their own";
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS}) {
    const test::Workplace folder;
    test::Program program({"SIR_CDS_STORE_PATH=" + folder.path("s.sqlite"), "SIR_CDS_LOG_LEVEL=debug",
                           "SIR_CDS_AUDIT_FILE=" + folder.path("audit.log")});
    ASSERT_EQ(test::post(program.port(), test::service, test::referral_call().text()).status, 200);
    test::Socket socket(program.port());
    socket.send("POST " + std::string(test::service) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + canary +
                "\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{\"hook\": \"" + canary);
    for (int i = 0; i < 500 && !holds_in_memory(program, canary); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    program.signal(signal);
    EXPECT_EQ(program.wait(std::chrono::seconds(10)), 128 + signal);
    EXPECT_THAT(program.log() + everything_below(folder.path()), Not(HasSubstr(canary)));
  }
}

TEST(Secrecy, TokensAreNotLeftInMemory) {
  if (sanitized) GTEST_SKIP() << "the sanitizers keep what was freed";
  const test::FhirServer ehr(test::always_answers(test::answer_text(test::bundle({}))));
  const test::Program program({"SIR_CDS_FHIR_BUDGET_MS=10000"});
  test::Call call = test::referral_call();
  call.prefetch["medications"] = "";
  call.more = R"(,"fhirServer":")" + ehr.base() + R"(","fhirAuthorization":{"access_token":")" + canary +
              R"(-of-the-server","token_type":"Bearer"})";
  // The very first call leaves registers on stacks, where the system's linker looks names up for the first time.
  test::Call earlier = call;
  earlier.more.replace(earlier.more.find(canary), canary.size(), "another-token-0");
  for (int i = 0; i < 5; ++i) ASSERT_EQ(test::post(program.port(), test::service, earlier.text()).status, 200);
  const auto answer =
      test::post(program.port(), test::service, call.text(),
                 {"Content-Type: application/json", "Authorization: Bearer " + canary + "-of-the-client"});
  ASSERT_EQ(answer.status, 200);
  ASSERT_EQ(ehr.asked().back().header("authorization"), "Bearer " + canary + "-of-the-server");
  EXPECT_TRUE(holds_in_memory(program, "sir-patient-view")) << "memory can be read";
  bool found = true;
  // What waits to be closed is closed within a moment.
  for (int i = 0; i < 300 && found; ++i) {
    found = holds_in_memory(program, canary);
    if (found) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_FALSE(found);
}

TEST(Secrecy, TheProgramLeavesNoCoreBehind) {
  const test::Program program;
  const auto limits = test::read_file("/proc/" + std::to_string(program.id()) + "/limits");
  const auto at = limits.find("Max core file size");
  ASSERT_NE(at, std::string::npos);
  std::istringstream values(limits.substr(at + 18));
  std::string soft;
  std::string hard;
  values >> soft >> hard;
  EXPECT_EQ(soft, "0");
  EXPECT_EQ(hard, "0");
}

// The marks of CET are missing because the start files of Debian 12 have none; our own code is built for it.
TEST(Hardening, TheProgramIsBuiltAgainstFaultsOfMemoryBeingUsed) {
  const std::string file = test::read_file(SIR_BINARY);
  Elf64_Ehdr head{};
  ASSERT_GT(file.size(), sizeof head);
  std::memcpy(&head, file.data(), sizeof head);
  ASSERT_EQ(head.e_ident[EI_CLASS], ELFCLASS64);
  EXPECT_EQ(head.e_type, ET_DYN) << "position independent";
  bool relro = false;
  bool stack_executable = true;
  Elf64_Phdr dynamic{};
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr part{};
    std::memcpy(&part, file.data() + head.e_phoff + i * sizeof part, sizeof part);
    if (part.p_type == PT_GNU_RELRO) relro = true;
    if (part.p_type == PT_GNU_STACK) stack_executable = (part.p_flags & PF_X) != 0;
    if (part.p_type == PT_DYNAMIC) dynamic = part;
    EXPECT_FALSE((part.p_flags & PF_W) != 0 && (part.p_flags & PF_X) != 0) << "nothing is writable and runs";
  }
  EXPECT_TRUE(relro);
  EXPECT_FALSE(stack_executable);
  Elf64_Xword flags = 0;
  Elf64_Xword flags_1 = 0;
  for (std::size_t at = dynamic.p_offset; at < dynamic.p_offset + dynamic.p_filesz; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry{};
    std::memcpy(&entry, file.data() + at, sizeof entry);
    if (entry.d_tag == DT_FLAGS) flags = entry.d_un.d_val;
    if (entry.d_tag == DT_FLAGS_1) flags_1 = entry.d_un.d_val;
    EXPECT_NE(entry.d_tag, DT_TEXTREL);
    if (!sanitized) {
      EXPECT_NE(entry.d_tag, DT_RUNPATH);
      EXPECT_NE(entry.d_tag, DT_RPATH);
    }
  }
  EXPECT_TRUE((flags & DF_BIND_NOW) != 0 && (flags_1 & DF_1_NOW) != 0) << "full RELRO";
  EXPECT_TRUE((flags_1 & DF_1_PIE) != 0);
  EXPECT_THAT(file.find("__stack_chk_fail"), Not(std::string::npos));
#if defined(__x86_64__)
  std::size_t landing_pads = 0;
  for (auto at = file.find("\xf3\x0f\x1e\xfa"); at != std::string::npos; at = file.find("\xf3\x0f\x1e\xfa", at + 4))
    ++landing_pads;
  EXPECT_GT(landing_pads, 1000U) << "-fcf-protection";
#endif
#if defined(_FORTIFY_SOURCE)
  EXPECT_THAT(file.find("__memcpy_chk"), Not(std::string::npos)) << "_FORTIFY_SOURCE";
#endif
}
