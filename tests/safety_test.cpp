#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

// The hazard log and the threat model say which test proves each control. Here every name is looked up: a control
// without a test, or with one that does not exist, is a fault.

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// A row of the hazard log: "H01", what the software does about it, and the names of the tests that prove it.
struct Hazard {
  std::string id;
  std::string control;
  std::string proof;
  std::string residual;
};

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(' ');
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(' ') - from + 1);
}

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  for (std::size_t from = 1; from < row.size();) {
    const auto to = std::min(row.find('|', from), row.size());
    cells.push_back(trimmed(row.substr(from, to - from)));
    from = to + 1;
  }
  return cells;
}

/// The rows whose first cell is the id of a hazard, or of a threat. A row with too few cells keeps what it has.
std::vector<Hazard> hazards_in(const std::string& log) {
  static const std::regex row("(?:^|\n)([|] [HT][0-9]+ [|][^\n]*)");
  std::vector<Hazard> hazards;
  for (std::sregex_iterator match(log.begin(), log.end(), row), end; match != end; ++match) {
    auto cells = cells_of((*match)[1]);
    cells.resize(8);
    hazards.push_back({cells[0], cells[5], cells[6], cells[7]});
  }
  return hazards;
}

std::set<std::string> matches_of(const std::string& text, const std::regex& pattern, const std::string& format) {
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.insert(match->format(format));
  }
  return found;
}

std::set<std::string> names_in(const std::string& proof) {
  static const std::regex quoted("`([^`]*)`");
  return matches_of(proof, quoted, "$1");
}

/// "Suite.Name" of every test in a source text.
std::set<std::string> tests_in(const std::string& source) {
  static const std::regex test(R"((?:^|\n)TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\))");
  return matches_of(source, test, "$1.$2");
}

/// "cases/<criterion>#<id>" of every case in a file of cases.
std::set<std::string> cases_in(const std::string& criterion, const std::string& file) {
  static const std::regex id(R"re(\{\s*"id"\s*:\s*"([^"]+)")re");
  return matches_of(file, id, "cases/" + criterion + "#$1");
}

/// The plain names of tests that are programs of their own: add_test(NAME name …).
std::set<std::string> programs_in(const std::string& cmake) {
  static const std::regex added(R"(add_test\(NAME\s+(\w+)\s)");
  return matches_of(cmake, added, "$1");
}

std::vector<std::string> faults_of(const std::vector<Hazard>& hazards, const std::set<std::string>& proofs) {
  std::vector<std::string> faults;
  std::set<std::string> ids;
  for (const auto& hazard : hazards) {
    if (!ids.insert(hazard.id).second) faults.push_back(hazard.id + " stands there twice");
    if (hazard.control.empty()) faults.push_back(hazard.id + " has no control");
    if (hazard.residual.empty()) faults.push_back(hazard.id + " does not say what remains");
    const auto names = names_in(hazard.proof);
    if (names.empty()) faults.push_back(hazard.id + " names no test");
    for (const auto& name : names) {
      if (!proofs.contains(name)) faults.push_back(hazard.id + " names " + name + ", which does not exist");
    }
  }
  return faults;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> every_proof() {
  const fs::path root = SIR_SOURCE_DIR;
  std::set<std::string> proofs = programs_in(read_file(root / "tests/CMakeLists.txt"));
  for (const auto* folder : {"tests", "tests/fhir", "tests/cards", "tests/server"}) {
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      if (entry.path().extension() == ".cpp") proofs.merge(tests_in(read_file(entry.path())));
    }
  }
  for (const auto& entry : fs::directory_iterator(root / "cards/knowledge/cases")) {
    proofs.merge(cases_in(entry.path().stem().string(), read_file(entry.path())));
  }
  return proofs;
}

std::string document(const std::string& name) {
  return read_file(fs::path(SIR_SOURCE_DIR) / "deploy/safety" / name);
}

TEST(HazardLog, IsReadRowByRow) {
  const auto hazards = hazards_in(
      "# Log\n\n| Id | Hazard |\n|---|---|\n| H01 | a | b | c | d | lock | `A.B` `cases/x#1` | none |\nend\n");
  ASSERT_EQ(hazards.size(), 1U);
  EXPECT_EQ(hazards[0].id, "H01");
  EXPECT_EQ(hazards[0].control, "lock");
  EXPECT_THAT(names_in(hazards[0].proof), UnorderedElementsAre("A.B", "cases/x#1"));
  EXPECT_EQ(hazards[0].residual, "none");
}

TEST(HazardLog, FindsTestsInSourcesCasesAndPrograms) {
  EXPECT_THAT(tests_in("TEST(Unit, IsKnown) {}\n// TEST(Not, This)\nTEST_P(Vector,\n       IsRight) {}\n"),
              UnorderedElementsAre("Unit.IsKnown", "Vector.IsRight"));
  EXPECT_THAT(cases_in("lipodystrophy", R"({"cases": [{"id": "S1", "name": "x"}, {"id":"S2"}]})"),
              UnorderedElementsAre("cases/lipodystrophy#S1", "cases/lipodystrophy#S2"));
  EXPECT_THAT(programs_in("add_test(NAME second_engine COMMAND x)"), UnorderedElementsAre("second_engine"));
}

TEST(HazardLog, FailsOnAControlThatNoTestProves) {
  EXPECT_THAT(faults_of({{"H01", "lock", "", "none"},
                         {"H02", "lock", "`A.B` `A.C`", "none"},
                         {"H03", "", "`A.B`", "none"},
                         {"H03", "lock", "`A.B`", ""}},
                        {"A.B"}),
              ElementsAre("H01 names no test", "H02 names A.C, which does not exist", "H03 has no control",
                          "H03 stands there twice", "H03 does not say what remains"));
}

TEST(HazardLog, NamesATestThatExistsForEveryControl) {
  const auto hazards = hazards_in(document("hazard-log.md"));
  EXPECT_GE(hazards.size(), 20U);
  EXPECT_THAT(faults_of(hazards, every_proof()), IsEmpty());
}

TEST(ThreatModel, NamesATestThatExistsForEveryMitigation) {
  const auto threats = hazards_in(document("threat-model.md"));
  EXPECT_GE(threats.size(), 20U);
  EXPECT_THAT(faults_of(threats, every_proof()), IsEmpty());
  // Every kind of threat has been thought of.
  const auto text = document("threat-model.md");
  for (const std::string letter : {"S", "T", "R", "I", "D", "E"})
    EXPECT_NE(text.find(" | " + letter + ": "), std::string::npos) << letter;
}

TEST(SafetyFile, IsADraftThatNobodyHasSigned) {
  for (const auto* name : {"intended-use.md", "hazard-log.md", "case-report.md", "regulatory.md", "threat-model.md"}) {
    EXPECT_NE(document(name).find("**DRAFT, unsigned.**"), std::string::npos) << name;
  }
}

}  // namespace
