// The value sets of the knowledge folder: codes that cannot be typing errors, guard lists that guard, and a list of
// every code with its display that people review. Check digits have caught wrong codes in published software
// (TERMINOLOGY.md 0).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fhir/json.h"
#include "fhir/value_set.h"

namespace cards {
namespace {

using fhir::Coding;
using fhir::ValueSet;
using testing::IsEmpty;

constexpr std::string_view snomed = "http://snomed.info/sct";
constexpr std::string_view dmd = "https://dmd.nhs.uk";  // identifiers of dm+d are SNOMED CT identifiers
constexpr std::string_view loinc = "http://loinc.org";
constexpr std::string_view rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path in_source(const std::string& path) {
  return std::filesystem::path(SIR_SOURCE_DIR) / path;
}

struct SetFile {
  fhir::Document document;
  ValueSet set;
};

/// Every value set by its file name without ".json"; read once.
const std::map<std::string, SetFile>& files() {
  static const auto read = [] {
    std::map<std::string, SetFile> sets;
    for (const auto& entry : std::filesystem::directory_iterator(in_source("cards/knowledge/valuesets"))) {
      auto document = fhir::read_document(content_of(entry.path())).value();
      auto set = fhir::read_value_set(document.root(), entry.path().filename().string()).value();
      sets.emplace(entry.path().stem().string(), SetFile{std::move(document), std::move(set)});
    }
    return sets;
  }();
  return read;
}

const ValueSet& set_named(const std::string& id) {
  return files().at(id).set;
}

Coding coding_of(const ValueSet::Member& member) {
  Coding coding;
  coding.system = member.system;
  coding.code = member.code;
  return coding;
}

/// "system code" of each member for which the test holds, over all sets.
template <class Test>
std::vector<std::string> members_that(Test test) {
  std::vector<std::string> found;
  for (const auto& [id, file] : files()) {
    for (const auto& member : file.set.members()) {
      if (test(member)) found.push_back(id + ": " + member.system + " " + member.code);
    }
  }
  return found;
}

// ---- check digits

/// Verhoeff's dihedral check over all digits of a SNOMED CT identifier (SNOMED CT release file specification, check
/// digit).
bool passes_verhoeff(std::string_view identifier) {
  static constexpr std::array<std::string_view, 10> product = {"0123456789", "1234067895", "2340178956", "3401289567",
                                                               "4012395678", "5987604321", "6598710432", "7659821043",
                                                               "8765932104", "9876543210"};
  static constexpr std::array<std::string_view, 8> permutation = {
      "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"};
  std::size_t check = 0;
  for (std::size_t i = 0; i < identifier.size(); ++i) {
    const char digit = identifier[identifier.size() - 1 - i];
    if (digit < '0' || digit > '9') return false;
    const auto permuted = static_cast<std::size_t>(permutation[i % 8][static_cast<std::size_t>(digit - '0')] - '0');
    check = static_cast<std::size_t>(product[check][permuted] - '0');
  }
  return check == 0;
}

/// The partition identifier, third and second digit from the end: 00 and 10 are concepts, 01 and 11 descriptions.
bool is_concept_id(std::string_view identifier) {
  if (identifier.size() < 6 || identifier.size() > 18 || identifier.front() == '0') return false;
  const auto partition = identifier.substr(identifier.size() - 3, 2);
  return partition == "00" || partition == "10";
}

/// LOINC's mod-10 check digit: the digits in odd places, from the right, are read as one number and doubled.
bool passes_loinc_check(std::string_view code) {
  const auto dash = code.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 2 != code.size()) return false;
  unsigned long doubled = 0;
  unsigned sum = 0;
  for (std::size_t i = 0; i < dash; ++i) {
    if (code[i] < '0' || code[i] > '9') return false;
    const auto digit = static_cast<unsigned>(code[i] - '0');
    if ((dash - i) % 2 == 1)
      doubled = doubled * 10 + digit;
    else
      sum += digit;
  }
  for (doubled *= 2; doubled > 0; doubled /= 10) sum += static_cast<unsigned>(doubled % 10);
  return (10 - sum % 10) % 10 == static_cast<unsigned>(code.back() - '0');
}

TEST(CheckDigits, AcceptRealCodesAndRejectTheWrongOnesThatCirculate) {
  EXPECT_TRUE(passes_verhoeff("402599005"));
  EXPECT_TRUE(passes_verhoeff("112991000000101"));
  EXPECT_FALSE(passes_verhoeff("271234007"));
  EXPECT_FALSE(is_concept_id("2666494014")) << "a description";
  EXPECT_TRUE(passes_loinc_check("27873-9"));
  EXPECT_TRUE(passes_loinc_check("1986-9"));
  EXPECT_TRUE(passes_loinc_check("101476-0"));
  for (const auto* wrong : {"20448-9", "27895-6", "56660-9", "27873-", "27873", "-9", "2787x-9"}) {
    EXPECT_FALSE(passes_loinc_check(wrong)) << wrong;
  }
}

TEST(Terminology, HoldsOnlySnomedConceptsWithACorrectCheckDigit) {
  EXPECT_THAT(members_that([](const auto& member) {
                return (member.system == snomed || member.system == dmd) &&
                       !(passes_verhoeff(member.code) && is_concept_id(member.code));
              }),
              IsEmpty());
}

TEST(Terminology, HoldsOnlyLoincCodesWithACorrectCheckDigit) {
  EXPECT_THAT(
      members_that([](const auto& member) { return member.system == loinc && !passes_loinc_check(member.code); }),
      IsEmpty());
}

TEST(Terminology, HoldsOnlyCodesOfSystemsThatAreAcknowledged) {
  static const std::set<std::string_view> known = {snomed,
                                                   dmd,
                                                   loinc,
                                                   rxnorm,
                                                   "http://www.whocc.no/atc",
                                                   "http://hl7.org/fhir/sid/icd-10",
                                                   "http://hl7.org/fhir/sid/icd-10-cm",
                                                   "http://www.orpha.net",
                                                   "http://www.omim.org",
                                                   "http://human-phenotype-ontology.org"};
  EXPECT_THAT(members_that([](const auto& member) { return !known.contains(member.system); }), IsEmpty());
}

TEST(Terminology, HoldsNoRxNormCodeThatIsNotANumber) {
  EXPECT_THAT(members_that([](const auto& member) {
                return member.system == rxnorm && member.code.find_first_not_of("0123456789") != std::string::npos;
              }),
              IsEmpty());
}

// ---- codes that look right and are not

TEST(Terminology, HasNoCodeForInsulinReceptorAntibodies) {
  // 13926-1 is glutamate decarboxylase, 60463-7 and 8072-1 are antibodies against insulin (TERMINOLOGY.md 0.2).
  for (const auto& [id, file] : files()) {
    const bool may_hold_insulin_antibodies = id == "insulin-antibody";
    for (const auto& member : file.set.members()) {
      EXPECT_NE(member.code, "13926-1") << id;
      if (may_hold_insulin_antibodies) continue;
      EXPECT_NE(member.code, "60463-7") << id;
      EXPECT_NE(member.code, "8072-1") << id;
    }
  }
  EXPECT_FALSE(files().contains("insulin-receptor-antibody")) << "no code is verified: texts only (DECISIONS.md)";
}

TEST(Terminology, HoldsNoneOfTheCodesThatMeanSomethingElse) {
  static const std::map<std::string_view, std::string_view> traps = {
      {"771262009", "Pseudoleprechaunism syndrome, Patterson type"},
      {"238849006", "lipodystrophy as a wish for liposuction"},
      {"299731006", "lipodystrophy as a wish for liposuction"},
      {"160274005", "no family history of diabetes"},
      {"703138006", "type 2 diabetes in remission"},
      {"15777000", "prediabetes"},
      {"86406008", "HIV infection explains nothing"},
      {"190905008", "cystic fibrosis explains nothing"},
      {"399187006", "haemochromatosis explains nothing"},
      {"161648003", "history of steroid therapy explains nothing"},
      {"24357-6", "a urine dipstick"},
      {"1515601000000101", "basal insulin dose only"},
      {"789480007", "a single insulin dose"},
      {"J05AE", "includes a treatment of COVID-19"},
      {"N05AN", "lithium"},
      {"H01AC03", "mecasermin"}};
  for (const auto& [id, file] : files()) {
    if (id.ends_with("-exclude")) continue;
    for (const auto& member : file.set.members()) {
      const auto trap = traps.find(member.code);
      EXPECT_EQ(trap, traps.end()) << id << " holds " << member.code << ": " << trap->second;
    }
  }
}

// ---- guard lists

struct Guard {
  std::string guard;
  std::vector<std::string> guarded;
};

const std::vector<Guard>& guards() {
  static const std::vector<Guard> all = {
      {"lipodystrophy-exclude",
       {"lipodystrophy-generalised", "lipodystrophy-partial", "lipodystrophy-syndromic", "lipodystrophy-unspecified"}},
      {"acanthosis-other-cause", {"acanthosis-nigricans"}},
      {"insulin-receptor-review",
       {"known-insulin-resistance-syndrome", "donohue-rabson-mendenhall", "type-b-insulin-resistance"}},
      {"alcohol-pancreatitis", {"pancreatitis"}},
      {"hypoglycaemia-drug-induced", {"hypoglycaemia-spontaneous", "hypoglycaemia-any"}},
      {"autoimmune-shown-only", {"autoimmune-disease"}},
      {"gestational-diabetes", {"diabetes", "diabetes-type-1", "diabetes-type-2"}},
      {"insulin-not-for-criterion",
       {"insulin-fasting", "insulin-baseline", "insulin-unspecified", "insulin-post-60", "insulin-post-120",
        "insulin-post-180"}},
      {"c-peptide-exclude", {"c-peptide"}},
      {"hba1c-exclude", {"hba1c"}},
      {"bmi-centile-exclude", {"body-mass-index", "body-weight", "body-height"}},
      {"hiv-protease-inhibitor-exclude", {"hiv-protease-inhibitor"}},
      {"contraceptive-patch", {"contraceptive-combined", "oral-oestrogen"}},
      {"family-history-diabetes-exclude", {"family-history-diabetes"}},
      {"family-history-diabetes", {"diabetes", "diabetes-type-1", "diabetes-type-2", "gestational-diabetes"}}};
  return all;
}

/// Members of `set` that `other` matches too, codes that match by prefix included.
std::vector<std::string> also_in(const ValueSet& set, const ValueSet& other) {
  std::vector<std::string> shared;
  for (const auto& member : set.members()) {
    if (other.contains(coding_of(member))) shared.push_back(member.system + " " + member.code);
  }
  return shared;
}

TEST(Terminology, KeepsEveryGuardListApartFromWhatItGuards) {
  for (const auto& [guard, guarded] : guards()) {
    for (const auto& id : guarded) {
      EXPECT_THAT(also_in(set_named(id), set_named(guard)), IsEmpty()) << guard << " would swallow part of " << id;
    }
  }
}

TEST(Terminology, LetsAPrefixReachAGuardedCodeOnlyWhereTheGuardIsAskedFirst) {
  // ICD-10-CM E88.1 was a whole code until 2024 and is the front of E88.13 (localised) and E88.14 (HIV) since. The ATC
  // class of the pills holds the patch.
  for (const auto& [guard, guarded] : guards()) {
    for (const auto& id : guarded) {
      const bool guard_is_asked_first =
          (guard == "lipodystrophy-exclude" && id == "lipodystrophy-unspecified") || guard == "contraceptive-patch";
      EXPECT_EQ(also_in(set_named(guard), set_named(id)).empty(), !guard_is_asked_first) << guard << ", " << id;
    }
  }
}

TEST(Terminology, KeepsSetsWithDifferentConsequencesApart) {
  const std::vector<std::vector<std::string>> families = {
      {"donohue-rabson-mendenhall", "known-insulin-resistance-syndrome", "type-b-insulin-resistance",
       "lipodystrophy-generalised", "lipodystrophy-partial", "lipodystrophy-syndromic"},
      {"insulin-fasting", "insulin-baseline", "insulin-unspecified", "insulin-post-60", "insulin-post-120",
       "insulin-post-180"},
      {"diabetes-type-1", "diabetes-type-2", "gestational-diabetes"},
      {"glucose-fasting", "glucose-challenge"},
      {"insulin", "glucose-lowering"},
      {"body-mass-index", "body-weight", "body-height"},
      {"triglyceride", "hdl-cholesterol"},
      {"cushing-syndrome", "acromegaly", "other-endocrine-cause", "uraemia", "pregnancy", "acute-illness"},
      {"insulin-antibody", "antinuclear-antibody"}};
  for (const auto& family : families) {
    for (const auto& one : family) {
      for (const auto& other : family) {
        if (one == other) continue;
        EXPECT_THAT(also_in(set_named(one), set_named(other)), IsEmpty()) << one << " and " << other;
      }
    }
  }
}

TEST(Terminology, HoldsEveryPartInItsWhole) {
  const std::map<std::string, std::string> whole_of = {{"diabetes-type-1", "diabetes"},
                                                       {"diabetes-type-2", "diabetes"},
                                                       {"glucose-fasting", "glucose"},
                                                       {"glucose-challenge", "glucose"},
                                                       {"triglyceride-fasting", "triglyceride"},
                                                       {"hypoglycaemia-spontaneous", "hypoglycaemia-any"},
                                                       {"polycystic-ovary-syndrome", "pcos-hyperandrogenism"},
                                                       {"insulin-animal", "insulin"},
                                                       {"insulin-high-strength", "insulin"},
                                                       {"insulin-u500", "insulin-high-strength"},
                                                       {"sulfonylurea", "glucose-lowering"},
                                                       {"metformin", "glucose-lowering"},
                                                       {"glucocorticoid-replacement", "systemic-glucocorticoid"},
                                                       {"fibrate", "lipid-lowering"},
                                                       {"gestational-diabetes", "pregnancy"}};
  for (const auto& [part, whole] : whole_of) {
    for (const auto& member : set_named(part).members()) {
      EXPECT_TRUE(set_named(whole).contains(coding_of(member)))
          << member.system << " " << member.code << " is in " << part << " but not in " << whole;
    }
  }
}

// ---- form

TEST(Terminology, ListsNoCodeTwiceInASet) {
  for (const auto& [id, file] : files()) {
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& member : file.set.members()) {
      EXPECT_TRUE(seen.emplace(member.system, member.code).second) << id << ": " << member.code;
    }
  }
}

TEST(Terminology, SaysOfEverySetWhatItMeansWhoseItIsAndWhereItCameFrom) {
  EXPECT_GT(files().size(), 80U);
  for (const auto& [id, file] : files()) {
    const auto json = file.document.root();
    EXPECT_EQ(file.set.id(), id);
    EXPECT_EQ(json["url"].string(), "urn:sir-cds:valueset:" + id);
    EXPECT_EQ(json["status"].string(), "draft") << id;
    EXPECT_FALSE(json["experimental"].boolean().value_or(true)) << id;
    for (const auto* name : {"title", "description", "purpose", "copyright", "version", "date", "publisher"}) {
      EXPECT_FALSE(json[name].string().empty()) << id << " has no " << name;
    }
    EXPECT_FALSE(file.set.members().empty()) << id;
    for (const auto& member : file.set.members()) EXPECT_FALSE(member.display.empty()) << id << ": " << member.code;
  }
}

/// One line a code, as people review it: codes that cannot be typing errors may still mean something else.
std::string review_list() {
  std::string list;
  for (const auto& [id, file] : files()) {
    list += id + ": " + file.set.title() + "\n";
    std::set<std::string> lines;
    for (const auto& member : file.set.members()) {
      lines.insert("  " + member.system + " " + member.code + " " + member.display + "\n");
    }
    for (const auto& line : lines) list += line;
  }
  return list;
}

TEST(Terminology, HoldsExactlyTheCodesAndTermsThatWereReviewed) {
  const auto path = in_source("tests/golden/terminology.txt");
  if (std::getenv("SIR_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << review_list();
  EXPECT_EQ(review_list(), content_of(path)) << "review the change, then run with SIR_UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace cards
