#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cards/card.h"
#include "cards/english.h"
#include "cards/hook.h"

// Whatever is done to a file of the knowledge: it is refused with the file and a sentence, or it works. The first two
// bytes choose the file; then come edits of five bytes: what to do, where (three bytes), and with what.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

const cards::Folder& shipped() {
  static const cards::Folder folder = *cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge");
  return folder;
}

// What people get wrong in such files, beside single bytes.
constexpr std::array<std::string_view, 16> words = {
    "0",    "-1", "1e300", "1e-300", "99999999999", "2147483648",        "null",  "true",
    "\"\"", "{}", "[]",    "[[]]",   "\"{age}\"",   "{\"holds\":\"x\"}", "\"x\"", ","};

void edit(std::string& text, const std::uint8_t* step) {
  const std::size_t at = (std::size_t{step[1]} << 16U | std::size_t{step[2]} << 8U | step[3]) % (text.size() + 1);
  switch (step[0] % 5) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(step[4]);
      break;
    case 1:
      text.insert(at, 1, static_cast<char>(step[4]));
      break;
    case 2:
      text.erase(at, step[4]);
      break;
    case 3:
      text.insert(at, words[step[4] % words.size()]);
      break;
    default: {
      // The next number in the file becomes another.
      const auto from = text.find_first_of("-0123456789", at);
      if (from == std::string::npos) break;
      const auto to = std::min(text.find_first_not_of("-+.eE0123456789", from), text.size());
      text.replace(from, to - from, words[step[4] % 6]);
    }
  }
}

constexpr std::string_view patient =
    R"({"resourceType":"Bundle","type":"collection","entry":[
{"resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"2012-02-01"}},
{"resource":{"resourceType":"Observation","id":"b","status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://loinc.org","code":"39156-5"}]},"effectiveDateTime":"2026-05-16","valueQuantity":{"value":21,"unit":"kg/m2","system":"http://unitsofmeasure.org","code":"kg/m2"}}},
{"resource":{"resourceType":"Observation","id":"w","status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"effectiveDateTime":"2026-05-16","valueQuantity":{"value":50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}},
{"resource":{"resourceType":"Observation","id":"i","status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://loinc.org","code":"27873-9"}]},"effectiveDateTime":"2026-05-16","valueQuantity":{"value":68.7,"unit":"mIU/L"}}},
{"resource":{"resourceType":"Observation","id":"g","status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://loinc.org","code":"14749-6"}]},"effectiveDateTime":"2026-05-10","valueQuantity":{"value":2.4,"unit":"mmol/L"}}},
{"resource":{"resourceType":"Condition","id":"an","subject":{"reference":"Patient/p"},"onsetDateTime":"2026-01","code":{"coding":[{"system":"http://snomed.info/sct","code":"402599005"}]}}},
{"resource":{"resourceType":"Condition","id":"vit","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"56727007"}]}}},
{"resource":{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":{"reference":"Patient/p"},"authoredOn":"2026-05-20","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"A10AB05"}]},"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":160,"unit":"U"}}]}]}}]})";

void use(const cards::Knowledge& knowledge) {
  const auto record = cards::read_any(std::string(patient), knowledge);
  check(record.has_value());
  const auto today = *fhir::read_day("2026-06-15");
  const auto assessment = cards::assess(record->record, knowledge, today);
  cards::Site site;
  site.show_explained = true;
  const auto composed = cards::compose(assessment, record->record, knowledge, site, [] { return std::string("u"); });
  check(composed.size() <= 2);
  for (const auto& card : composed) check(card.summary.size() < 140 && !card.detail.empty());
  check(!cards::write_assessment(assessment, composed, knowledge).empty());
  const auto page = cards::criteria_html(knowledge);
  check(!cards::review_sheet(knowledge).empty() && !page.contents.empty() && !page.body.empty());
  check(!cards::write_discovery(knowledge).empty());
  (void)knowledge.warnings(today);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 7) return 0;
  auto folder = shipped();
  auto file =
      std::next(folder.begin(), static_cast<std::ptrdiff_t>((std::size_t{data[0]} << 8U | data[1]) % folder.size()));
  while (file->first.starts_with("cases/") || file->first.ends_with(".md")) {
    if (++file == folder.end()) file = folder.begin();
  }
  for (std::size_t at = 2; at + 5 <= std::min<std::size_t>(size, 102); at += 5) edit(file->second, data + at);

  const auto knowledge = cards::read_knowledge(folder);
  if (knowledge) {
    use(*knowledge);
  } else {
    check(!knowledge.error().what.empty());
    check(knowledge.error().where.find(".json") != std::string::npos ||
          knowledge.error().where.find(".csv") != std::string::npos);
  }
  return 0;
}
