#include "server/shadow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <thread>

#include "cards/hook.h"
#include "tests/server/bodies.h"
#include "tests/server/knowledge_copy.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"

// A new version of the knowledge judges beside the one that is served: differences are counted, and nobody is shown
// them.

namespace {

using test::comes_to;
using test::KnowledgeCopy;
using test::Program;
using ::testing::HasSubstr;
using ::testing::Not;

std::string without_uuids(const std::string& text) {
  static const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  return std::regex_replace(text, uuid, "*");
}

std::string answer_of(const Program& program, const test::Call& call) {
  const auto answer = test::post(program.port(), test::service, call.text());
  return std::to_string(answer.status) + without_uuids(answer.body);
}

std::string counted(const std::string& criterion, const std::string& served, const std::string& shadow, int times) {
  return "sir_cds_shadow_assessments_total{criterion=\"" + criterion + "\",served=\"" + served + "\",shadow=\"" +
         shadow + "\"} " + std::to_string(times) + "\n";
}

/// Other rules: 412 pmol/L is not raised.
struct Stricter : KnowledgeCopy {
  Stricter() {
    raise_version();
    set_fasting_threshold("500");
  }
  [[nodiscard]] std::string setting() const { return "SIR_CDS_KNOWLEDGE_SHADOW_FOLDER=" + path(); }
};

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST(Shadow, IsCountedInTheMetricsAndNoAnswerShowsIt) {
  const Stricter shadow;
  const std::string address = "SIR_CDS_SERVER_PUBLIC_BASE_URL=http://cds.example";  // for links: the ports differ
  const Program plain({address});
  const Program program({address, shadow.setting()});
  const auto acanthosis = test::acanthosis_call();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(answer_of(program, test::referral_call()), answer_of(plain, test::referral_call()));
  EXPECT_EQ(answer_of(program, acanthosis), answer_of(plain, acanthosis));
  EXPECT_TRUE(comes_to(program, counted("other", "nsirs-referral", "none", 3))) << test::metrics_page(program);
  EXPECT_TRUE(comes_to(program, counted("same", "acanthosis-nigricans", "acanthosis-nigricans", 1)));
  EXPECT_THAT(test::metrics_page(program), HasSubstr("sir_cds_assessments_total{outcome=\"nsirs-referral\"} 3\n"));
  EXPECT_THAT(test::metrics_page(plain), Not(HasSubstr("sir_cds_shadow_assessments_total{")));

  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("shadow":{"version":"9)"));
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("status":"ready")"));
  EXPECT_THAT(test::ready_page(plain), Not(HasSubstr("shadow")));
  EXPECT_THAT(test::metrics_page(program), HasSubstr("sir_cds_shadow_knowledge_info{"));
  for (const auto* page : {"/criteria", "/cds-services"})
    EXPECT_TRUE(test::ask(program.port(), "GET", page).body == test::ask(plain.port(), "GET", page).body) << page;
}

TEST(Shadow, TheLogSaysOnceThatThereIsSomethingToLookAtAndNamesNobody) {
  const Stricter shadow;
  const Program program({shadow.setting()});
  for (int i = 0; i < 5; ++i) (void)answer_of(program, test::referral_call("412", "patient-of-note"));
  ASSERT_TRUE(comes_to(program, counted("other", "nsirs-referral", "none", 5)));
  const auto log = program.log();
  EXPECT_THAT(log, HasSubstr("shadow knowledge 9"));
  EXPECT_EQ(count_of(log, "judges otherwise"), 1U) << log;
  EXPECT_THAT(log, HasSubstr("served nsirs-referral (unexplained-severe-insulin-resistance), shadow none"));
  EXPECT_THAT(log, Not(HasSubstr("patient-of-note")));
}

TEST(Shadow, ThatIsRefusedAtTheStartIsNamedWithItsSetting) {
  const Stricter shadow;
  shadow.change("facts/severe-hyperinsulinaemia.json", "pmol/L", "pmol/l");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"serve", "--listen", "127.0.0.1:0"}, {"serve", "--check-config"}}) {
    const auto end = test::run(words, "", {shadow.setting()});
    EXPECT_EQ(end.status, 1);
    EXPECT_THAT(end.errors, HasSubstr("sir-cds: SIR_CDS_KNOWLEDGE_SHADOW_FOLDER: " + shadow.path() + " facts/"));
  }
  const auto gone = test::run({"serve", "--check-config"}, "", {"SIR_CDS_KNOWLEDGE_SHADOW_FOLDER=/nowhere"});
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.errors, HasSubstr("SIR_CDS_KNOWLEDGE_SHADOW_FOLDER: /nowhere "));
}

TEST(Shadow, ThatIsRefusedLaterTouchesNoAnswerAndIsSaid) {
  const Stricter shadow;
  const KnowledgeCopy served;
  const Program program({shadow.setting()}, {"--knowledge", served.path()});
  const auto before = answer_of(program, test::referral_call());
  ASSERT_TRUE(comes_to(program, counted("other", "nsirs-referral", "none", 1)));

  shadow.change("facts/severe-hyperinsulinaemia.json", "pmol/L", "pmol/l");
  test::renew(program, "taken", 1);
  EXPECT_EQ(answer_of(program, test::referral_call()), before);
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"({"part":"shadow","what":"the folder was refused)"));
  EXPECT_THAT(test::ready_page(program), Not(HasSubstr(R"("shadow":{)")));
  EXPECT_THAT(program.log(), HasSubstr("no shadow: " + shadow.path() + " facts/"));
  EXPECT_THAT(test::metrics_page(program), Not(HasSubstr("sir_cds_shadow_assessments_total{")));

  shadow.change("facts/severe-hyperinsulinaemia.json", "pmol/l", "pmol/L");
  test::renew(program, "taken", 2);
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("status":"ready")"));
  EXPECT_EQ(answer_of(program, test::referral_call()), before);
  EXPECT_TRUE(comes_to(program, counted("other", "nsirs-referral", "none", 1))) << "the count begins anew";
}

// Where the roll-out ends: the shadow is served, and beside it there is nothing to compare.
TEST(Shadow, ThatHasBecomeWhatIsServedIsNoLongerCompared) {
  const Stricter next;
  const test::Workplace place;
  const std::string link = place.path("current");
  const KnowledgeCopy first;
  std::filesystem::create_directory_symlink(first.path(), link);
  const Program program({next.setting()}, {"--knowledge", link});
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("shadow":{)"));
  std::filesystem::remove(link);
  std::filesystem::create_directory_symlink(next.path(), link);
  test::renew(program, "taken");
  EXPECT_THAT(test::ready_page(program), HasSubstr(R"("knowledge":{"version":"9)"));
  EXPECT_THAT(test::ready_page(program), Not(HasSubstr(R"("shadow":{)")));
}

TEST(Shadow, ThatNobodyHasReleasedIsRefusedLikeWhatIsServed) {
  const Stricter shadow;
  const KnowledgeCopy served;
  const test::Workplace place;
  const auto sign = [&](const std::string& folder) {
    const auto manifest = test::run({"check", "--manifest", "--knowledge", folder});
    place.write("manifest", manifest.output);
    const std::string command =
        "cd " + place.path() + " && openssl pkeyutl -sign -rawin -inkey key.pem -in manifest -out " + folder + ".sig";
    return std::system(command.c_str());
  };
  const std::string make_keys =
      "cd " + place.path() +
      " && openssl genpkey -quiet -algorithm ED25519 -out key.pem && openssl pkey -in key.pem "
      "-pubout -out public.pem";
  ASSERT_EQ(std::system(make_keys.c_str()), 0);
  ASSERT_EQ(sign(served.path()), 0);
  const std::vector<std::string> environment{shadow.setting(),
                                             "SIR_CDS_KNOWLEDGE_PUBLIC_KEY_FILE=" + place.path("public.pem")};
  const std::vector<std::string> words{"serve", "--check-config", "--knowledge", served.path()};
  EXPECT_THAT(test::run(words, "", environment).errors, HasSubstr(shadow.path() + ".sig cannot be read"));
  ASSERT_EQ(sign(shadow.path()), 0);
  const auto good = test::run(words, "", environment);
  EXPECT_EQ(good.status, 0) << good.errors;
  EXPECT_THAT(good.output, HasSubstr(", shadow 9"));
  shadow.change("CHANGES.md", "#", "##");
  EXPECT_THAT(test::run(words, "", environment).errors, HasSubstr(shadow.path() + " is not released"));
}

TEST(Shadow, HasNoMoreWaitingThanItMayAndCountsWhatIsLeftOut) {
  const auto read = [] {
    return std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  };
  const auto knowledge = read();
  server::Metrics metrics("1.2.3", knowledge);
  server::Log log("off");
  const auto service = knowledge.services().front();
  const auto answered = [&] {
    auto complete = cards::complete(std::move(*cards::read_hook_request(test::referral_call().text(), service)));
    server::Answered one;
    one.record = std::move(complete->record);
    one.today = *fhir::read_day("2026-06-15");
    one.service = service.id;
    one.outcome = "none";
    one.bytes = 1000;
    return one;
  };
  constexpr int calls = 3000;
  {
    server::Shadow shadow(read(), metrics, log, {.calls = 10, .bytes = 2000});
    for (int i = 0; i < calls; ++i) shadow.compare(answered());
    while (metrics.page().find("sir_cds_shadow_assessments_total{criterion=\"other\"") == std::string::npos)
      std::this_thread::yield();
  }
  std::smatch found;
  const auto page = metrics.page();
  const auto number = [&](const std::string& name) {
    return std::regex_search(page, found, std::regex(name + "\\{[^}]*\\} ([0-9]+)")) ? std::stoi(found[1]) : 0;
  };
  EXPECT_GT(number("sir_cds_shadow_assessments_total"), 0);
  EXPECT_LE(number("sir_cds_shadow_assessments_total") + number("sir_cds_shadow_left_out_total"), calls);
  EXPECT_GE(number("sir_cds_shadow_assessments_total") + number("sir_cds_shadow_left_out_total"), calls - 3)
      << "at most two wait, and one is looked at, when it ends";
}
