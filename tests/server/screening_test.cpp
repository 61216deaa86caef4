#include "server/screening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

#include "cards/case.h"
#include "cards/content.h"
#include "cards/hook.h"
#include "server/glance.h"
#include "server/sieve.h"
#include "tests/server/population.h"

// The same person through both doors: a call of the pop-up, and an export.

namespace server {
namespace {

const cards::Folder& shipped_folder() {
  static const cards::Folder folder = *cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge");
  return folder;
}

const cards::Knowledge& shipped() {
  static const cards::Knowledge knowledge = *cards::read_knowledge(shipped_folder());
  return knowledge;
}

/// A value as text, for comparing.
std::string text_of(fhir::Json json) {
  fhir::JsonWriter writer;
  return writer.value(json).take();
}

/// The resources of a call, one line each, with those of other types that every export has.
std::string lines_of_call(const std::string& call) {
  const auto document = fhir::read_document(call);
  std::string lines;
  const auto add = [&](fhir::Json resource) {
    if (resource.is(fhir::JsonType::object)) lines += text_of(resource) + "\n";
  };
  for (const fhir::Json value : document->root()["prefetch"]) {
    if (value["resourceType"].string() != "Bundle") add(value);
    for (const fhir::Json entry : value["entry"]) add(entry["resource"]);
  }
  return lines;
}

/// What must be the same: everything that is said, but for remarks on resources that no fact can use.
struct Said {
  std::string outcome;
  std::string criterion;
  std::string indicator;
  std::string summary;
  std::string because;
  std::set<std::string> evidence;

  friend bool operator==(const Said&, const Said&) = default;
};

std::ostream& operator<<(std::ostream& out, const Said& said) {
  return out << said.outcome << " by " << said.criterion << ": " << said.summary << " " << said.because;
}

Said said_in(const std::string& line) {
  const auto document = fhir::read_document(line);
  const fhir::Json root = document->root();
  Said said{std::string(root["outcome"].string()),
            std::string(root["criterion"].string()),
            std::string(root["indicator"].string()),
            std::string(root["summary"].string()),
            text_of(root["because"]),
            {}};
  for (const fhir::Json reference : root["evidence"]) said.evidence.emplace(reference.string());
  return said;
}

/// The pop-up's own way from the call to the card.
std::optional<Said> said_by_pop_up(const cards::Case& one, const cards::Site& site) {
  const auto complete = cards::record_of(one, shipped());
  if (!complete) return std::nullopt;
  const auto assessment = cards::assess(complete->record, shipped(), one.today);
  const auto cards = cards::compose(assessment, complete->record, shipped(), site, [] { return std::string(); });
  if (cards.empty()) return Said();
  return said_in(cards::write_screened("p", assessment, cards, shipped()));
}

TEST(BothDoors, SayTheSameOfEveryCase) {
  const auto cases = cards::read_cases(shipped_folder(), shipped());
  ASSERT_TRUE(cases) << cases.error().what;
  const test::Workplace folder;
  const cards::Site site;
  std::size_t flagged = 0;
  for (const auto& one : *cases) {
    SCOPED_TRACE(one.file + " " + one.id);
    // What is only proposed stands in no export.
    if (cards::record_of(one, shipped())->service != shipped().services().front().id) continue;
    const auto expected = said_by_pop_up(one, site);
    ASSERT_TRUE(expected);
    const std::string file = folder.write("case.ndjson", lines_of_call(one.request));
    for (const bool strict : {false, true}) {
      const Judge judge(shipped(), one.today, site);
      ScreeningSetting setting;
      setting.strict = strict;
      const auto screened = screen({file}, judge, setting);
      EXPECT_EQ(screened.counts.unreadable, 0U);
      const auto found = screened.flagged.empty() ? Said() : said_in(screened.flagged.front().json);
      EXPECT_EQ(found, *expected);
      if (expected->outcome.empty() && screened.judged == 1 && one.expected.indicator.empty()) {
        EXPECT_EQ(screened.groups.begin()->first.outcome, one.expected.outcome);
      }
    }
    flagged += expected->outcome.empty() ? 0U : 1U;
  }
  EXPECT_GE(cases->size(), 400U);
  EXPECT_GE(flagged, 150U);
}

/// All lines of a generated population, by person, as a call of the pop-up would hold them.
TEST(BothDoors, SayTheSameOfGeneratedPeople) {
  const test::Workplace folder;
  ASSERT_TRUE(test::generate(folder.path(), 300));
  const fhir::Day today = *fhir::read_day("2026-06-15");
  const cards::Site site;
  const auto files = *files_of(folder.path());

  std::map<std::string, std::vector<std::string>> by_person;
  for (const auto& file : files) {
    auto reader = *LineReader::open(file, {});
    while (const auto block = reader.next()) {
      for (std::size_t at = 0; at < block->text.size();) {
        const auto end = std::min(block->text.find('\n', at), block->text.size());
        const auto line = block->text.substr(at, end - at);
        at = end + 1;
        const auto document = fhir::read_document(line);
        const auto owner = fhir::owner_of(document->root());
        // NHS numbers of the generator end with the number of the person, which ids do in hexadecimal.
        if (owner.kind == fhir::Owner::Kind::person) by_person[owner.key].push_back(line);
      }
    }
  }
  ASSERT_EQ(by_person.size(), 300U);

  const Judge judge(shipped(), today, site);
  const auto screened = screen(files, judge, {});
  std::map<std::string, std::string> found;
  for (const auto& flagged : screened.flagged) found[flagged.patient] = flagged.json;
  std::size_t differences = 0;
  for (const auto& [id, resources] : by_person) {
    std::string bundle = R"({"resourceType":"Bundle","type":"collection","entry":[)";
    for (const auto& resource : resources) bundle += R"({"resource":)" + resource + "},";
    bundle.back() = ']';
    const auto complete = cards::read_any(bundle + "}", shipped());
    ASSERT_TRUE(complete) << complete.error().what;
    const auto assessment = cards::assess(complete->record, shipped(), today);
    const auto cards = cards::compose(assessment, complete->record, shipped(), site, [] { return std::string(); });
    if (cards.empty() != !found.contains(id)) ++differences;
    if (!cards.empty() && found.contains(id)) {
      EXPECT_EQ(said_in(found[id]), said_in(cards::write_screened(id, assessment, cards, shipped())));
    }
  }
  EXPECT_EQ(differences, 0U);
  EXPECT_EQ(found.size(), 1U);
}

TEST(Glance, PassesOverOnlyWhatNoFactCanUse) {
  const cards::Usable usable(shipped());
  Wanted wanted(usable);
  const std::string needed =
      R"({"resourceType":"Observation","id":"a","code":{"coding":[{"system":"http://loinc.org","code":"27873-9"}]}})";
  const std::string unwanted =
      R"({"resourceType":"Observation","id":"a","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]}})";
  EXPECT_EQ(glance(needed, wanted), Glance::read);
  EXPECT_EQ(glance(unwanted, wanted), Glance::not_needed);
  EXPECT_EQ(glance(R"({"resourceType":"Claim","id":"a"})", wanted), Glance::of_other_type);

  // Whatever is odd is read.
  const auto odd = [&](std::string from, const std::string& to) {
    auto line = unwanted;
    line.replace(line.find(from), from.size(), to);
    return glance(line, wanted);
  };
  EXPECT_EQ(odd("718-7", R"(\u0037\u0031\u0038-7)"), Glance::read) << "an escape may hide a code";
  EXPECT_EQ(odd(R"("code":"718-7")", R"("code":7187)"), Glance::read) << "a number may be a code";
  EXPECT_EQ(odd(R"({"resourceType")", R"({"id":"b","resourceType")"), Glance::read);
  EXPECT_EQ(odd("}]}}", "}]}"), Glance::read) << "something is left open";
  EXPECT_EQ(odd("}]}}", "}]}} x"), Glance::read);
  EXPECT_EQ(odd(R"("id":"a")", R"("contained":[])"), Glance::read);
  EXPECT_EQ(odd(R"("id":"a")", R"("display":"Insulin receptor antibodies")"), Glance::read) << "a text that is wanted";
  EXPECT_EQ(odd(R"("id":"a")", R"("note":"code")"), Glance::not_needed) << "a value is no name";
  EXPECT_EQ(odd(R"("code":"718-7")", "\"code\" : \t\"718-7\""), Glance::not_needed);
  EXPECT_EQ(odd(R"("code":"718-7")", "\"code\" : \t\"27873-9\""), Glance::read);
  EXPECT_EQ(glance(R"({"resourceType":"Condition","code":{"coding":[{"code":"L83X"}]}})", wanted), Glance::read)
      << "classifications match by the beginning of a code";
}

/// Every code of every value set, as records write it: in another case, longer where sets list classes, padded.
TEST(Glance, KnowsEveryCodeOfEveryValueSet) {
  const cards::Usable usable(shipped());
  const auto& content = shipped().content();
  cards::SetBits in_use;
  for (const auto& fact : content.facts) {
    for (const auto& [role, sets] : fact.value_sets) in_use |= sets;
  }
  std::size_t codes = 0;
  for (std::size_t position = 0; position < content.codes.sets().size(); ++position) {
    for (const auto& member : content.codes.sets()[position].members()) {
      std::string lower = member.code;
      for (auto& letter : lower) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
      for (const auto& written : {member.code, lower, member.code + "07", member.code + "X", member.code + ".-"}) {
        const fhir::Coding coding{member.system, written, {}};
        if ((content.codes.sets_of(coding) & in_use).none()) continue;
        ++codes;
        EXPECT_TRUE(usable.may_be_used(written)) << member.system << " " << written;
      }
    }
  }
  EXPECT_GT(codes, 1000U);
}

TEST(Glance, LetsEveryCaseThrough) {
  const cards::Usable usable(shipped());
  Wanted wanted(usable);
  const auto cases = cards::read_cases(shipped_folder(), shipped());
  std::size_t read = 0;
  for (const auto& one : *cases) {
    const auto text = lines_of_call(one.request);
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      const auto line = text.substr(at, end - at);
      at = end + 1;
      const auto document = fhir::read_document(line);
      if (usable.of(document->root()) != cards::Usable::Use::yes) continue;
      ++read;
      EXPECT_EQ(glance(line, wanted), Glance::read) << line;
    }
  }
  EXPECT_GE(read, 1000U);
}

/// What became of a line, in one text.
std::string fate_of(std::string_view line, Sieve& sieve, fhir::SharedTexts& texts) {
  Sifted sifted;
  sieve.sift_line(line, {0, 1}, sifted);
  std::string fate = std::to_string(sifted.counts.used) + std::to_string(sifted.counts.of_other_type) +
                     std::to_string(sifted.counts.not_needed) + std::to_string(sifted.counts.about_others) +
                     std::to_string(sifted.counts.unreadable);
  for (const auto& fault : sifted.faults) fate += fault.reason;
  for (const auto& kept : sifted.kept) {
    fate += std::to_string(static_cast<int>(kept.owner.kind)) + kept.owner.key + " ";
    fhir::append_resource(kept.condensed, texts, fate);
  }
  return fate;
}

/// The same line, damaged or said otherwise at some place.
std::vector<std::string> variants_of(const std::string& line, std::size_t place) {
  std::vector<std::string> variants{line, line.substr(0, place), line + " ", line + "}"};
  for (const std::string_view bytes : {"\"", "\\", "\\u0041", "{", "7", "-", "\xC3\xBC", "\xFF", "\t", "x", "#", "?"}) {
    variants.push_back(line);
    variants.back().replace(place, 1, bytes);
    variants.push_back(line);
    variants.back().insert(place, bytes);
  }
  return variants;
}

/// A sieve that has seen all the lines before says of each the same as one that has never seen any.
TEST(FamiliarLines, BecomeWhatTheyWouldBecomeIfTheyWereRead) {
  const test::Workplace folder;
  ASSERT_TRUE(test::generate(folder.path("made"), 30, {"--files", "1"}));
  const auto files = *files_of(folder.path("made"));
  const cards::Usable usable(shipped());
  fhir::SharedTexts texts;
  for (const bool strict : {false, true}) {
    Sieve experienced(usable, texts, strict);
    std::size_t number = 0;
    for (const auto& file : files) {
      auto reader = *LineReader::open(file, {});
      const auto block = reader.next();
      std::istringstream text(block->text);
      for (std::string line; std::getline(text, line);) {
        // Every line as it is, and some in every way to be wrong.
        const auto variants =
            ++number % 10 == 0 ? variants_of(line, number * 7 % line.size()) : std::vector<std::string>{line};
        for (const auto& variant : variants) {
          Sieve fresh(usable, texts, strict);
          ASSERT_EQ(fate_of(variant, experienced, texts), fate_of(variant, fresh, texts)) << variant;
        }
      }
    }
    EXPECT_GT(number, 1000U);
  }
}

/// So it is with the resources of every case of the knowledge, whatever decides about them.
TEST(FamiliarLines, BecomeTheSameInEveryCase) {
  const cards::Usable usable(shipped());
  fhir::SharedTexts texts;
  Sieve experienced(usable, texts, false);
  std::size_t used = 0;
  const auto cases = cards::read_cases(shipped_folder(), shipped());
  for (const auto& one : *cases) {
    std::istringstream text(lines_of_call(one.request));
    for (std::string line; std::getline(text, line);) {
      Sieve fresh(usable, texts, false);
      const auto fate = fate_of(line, fresh, texts);
      ASSERT_EQ(fate_of(line, experienced, texts), fate) << line;
      ASSERT_EQ(fate_of(line, experienced, texts), fate) << line;
      used += fate.starts_with('1') ? 1U : 0U;
    }
  }
  EXPECT_GE(used, 1000U);
}

TEST(FamiliarLines, AreNotTakenForOthersOfTheirShape) {
  const cards::Usable usable(shipped());
  fhir::SharedTexts texts;
  Sieve sieve(usable, texts, false);
  const auto line = [](const std::string& type, const std::string& code, const std::string& subject) {
    return R"({"resourceType":")" + type + R"(","id":"a","code":{"coding":[{"system":"http://loinc.org","code":")" +
           code + R"("}]},"subject":{"reference":")" + subject + R"("},"valueQuantity":{"value":7}})";
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(fate_of(line("Observation", "718-7", "Patient/1"), sieve, texts), "00100");
    EXPECT_THAT(fate_of(line("Observation", "27873-9", "Patient/1"), sieve, texts), testing::StartsWith("1000001 {"));
    EXPECT_THAT(fate_of(line("Observation", "27873-9", "Patient/2"), sieve, texts), testing::StartsWith("1000002 {"));
    EXPECT_EQ(fate_of(line("Observation", "27873-9", "Group/2"), sieve, texts), "00010");
    EXPECT_EQ(fate_of(line("Observation", "27873-9", "#b"), sieve, texts), "00001does not say whose it is");
    EXPECT_EQ(fate_of(line("Claim", "27873-9", "Patient/1"), sieve, texts), "01000");
  }
}

TEST(LineReader, GivesWholeLinesWithTheirNumbers) {
  const test::Workplace folder;
  std::string text;
  for (int i = 1; i <= 1000; ++i) text += "line " + std::to_string(i) + "\n";
  text += "the last, cut off";
  const auto path = folder.write("a.ndjson", text);
  auto reader = *LineReader::open(path, {.block_bytes = 100, .line_bytes_max = 1000});
  std::string together;
  std::uint64_t next_line = 1;
  while (const auto block = reader.next()) {
    EXPECT_EQ(block->first_line, next_line);
    EXPECT_EQ(block->begin, together.size());
    next_line += block->lines;
    together += block->text;
    EXPECT_EQ(block->end, together.size());
  }
  EXPECT_EQ(together, text);
  EXPECT_EQ(next_line, 1002U);
  EXPECT_EQ(reader.fault(), "");
}

TEST(LineReader, SaysWhenAFileBecomesShorterWhileItIsRead) {
  const test::Workplace folder;
  std::string text;
  while (text.size() < 3'000'000) text += "a line of some length\n";
  const auto path = folder.write("a.ndjson", text);
  auto reader = *LineReader::open(path, {.block_bytes = 10'000, .line_bytes_max = 1000});
  ASSERT_TRUE(reader.next());
  std::filesystem::resize_file(path, 1'000'000);
  while (reader.next()) continue;
  EXPECT_EQ(reader.fault(), "became shorter while it was read");
}

TEST(LineReader, PassesOverLongLinesWhereverTheyStand) {
  const test::Workplace folder;
  const std::string long_line(5000, 'x');
  for (const auto& [text, lines, too_long] :
       std::vector<std::tuple<std::string, std::uint64_t, std::uint64_t>>{{"a\n" + long_line + "\nb\n", 3, 1},
                                                                          {long_line, 1, 1},
                                                                          {long_line + "\n" + long_line + "\n", 2, 2},
                                                                          {"a\nb\n" + long_line, 3, 1},
                                                                          {"", 0, 0},
                                                                          {"\n", 1, 0}}) {
    auto reader = *LineReader::open(folder.write("a.ndjson", text), {.block_bytes = 64, .line_bytes_max = 1000});
    std::uint64_t seen = 0;
    std::uint64_t passed = 0;
    while (const auto block = reader.next()) {
      EXPECT_EQ(block->first_line, seen + 1);
      seen += block->lines;
      passed += block->too_long.size();
    }
    EXPECT_EQ(seen, lines);
    EXPECT_EQ(passed, too_long);
  }
}

}  // namespace
}  // namespace server
