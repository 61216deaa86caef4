#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "cards/card.h"
#include "cards/english.h"
#include "cards/hook.h"
#include "server/grouped.h"
#include "server/judge.h"

// Two things, by the first byte. Even: the bytes are the body of a call; whatever they are, it is refused or answered.
// Odd: the bytes choose a patient, who is written as FHIR in two styles (order, spelling of units, aliases of code
// systems, style of references, unrelated resources, prefetch, Bundle or lines of an export): the outcome is the same.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

/// Whether HTML, or an autolink of Markdown, could begin in a text. The sources say "BMI<30kg/m2", which is neither.
bool holds_markup(std::string_view text) {
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (std::isalpha(static_cast<unsigned char>(next)) != 0 || next == '/' || next == '!' || next == '?') return true;
  }
  return false;
}

const cards::Knowledge& knowledge() {
  static const cards::Knowledge shipped =
      std::move(*cards::read_knowledge(*cards::read_folder(std::string(SIR_SOURCE_DIR) + "/cards/knowledge")));
  return shipped;
}

const fhir::Day today = *fhir::read_day("2026-06-15");

const cards::Service& service() {
  return *knowledge().service("sir-patient-view");
}

cards::Assessment answer(const cards::CompleteRecord& complete) {
  auto assessment = cards::assess(complete.record, knowledge(), today, complete.missing);
  const auto composed =
      cards::compose(assessment, complete.record, knowledge(), {}, [] { return std::string("uuid"); });
  check(composed.size() <= 2);
  if (composed.size() == 2) check(composed[0].indicator == "info" || composed[1].indicator == "info");
  for (const auto& card : composed) {
    check(card.summary.size() < 140);
    check(!holds_markup(card.detail) && !holds_markup(card.summary));
  }
  check(!cards::write_assessment(assessment, composed, knowledge()).empty());
  check(!cards::explained_as_text(assessment, composed, knowledge()).empty());
  return assessment;
}

void any_body(std::string body) {
  auto request = cards::read_hook_request(body, service());
  if (request) {
    if (const auto complete = cards::complete(std::move(*request))) (void)answer(*complete);
  } else {
    check(!request.error().what.empty());
  }
  if (const auto record = cards::read_any(std::move(body), knowledge())) (void)answer(*record);
}

// ---- a patient, chosen by bytes

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}
  std::uint8_t take() { return next_ == end_ ? std::uint8_t{0} : *next_++; }
  bool at_end() const { return next_ == end_; }
  template <class T, std::size_t size>
  const T& one_of(const std::array<T, size>& list) {
    return list[take() % size];
  }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

constexpr std::string_view loinc = "http://loinc.org";
constexpr std::string_view snomed = "http://snomed.info/sct";
constexpr std::string_view atc = "http://www.whocc.no/atc";

struct Spelling {
  std::string_view unit;
  std::string_view code;  ///< UCUM; empty: not coded
  int decimals = 0;       ///< the point of the value goes so many places to the left
};

// Spellings of which each means the same amount, the point of the value apart.
struct Analyte {
  std::string_view code;
  std::vector<Spelling> spellings;
  std::array<int, 8> values;  ///< in the last decimal of the first spelling
};

const std::array<Analyte, 12> analytes = {{
    {"59179-2",
     {{"pmol/L", "pmol/L"}, {"pmol/l", ""}, {"nmol/L", "nmol/L", 3}},
     {0, 60, 149, 150, 151, 800, 1501, 5000}},
    {"14796-7", {{"pmol/L", "pmol/L"}, {"pmol/l", ""}, {"nmol/l", "", 3}}, {20, 90, 150, 151, 300, 1500, 1501, 9000}},
    {"27873-9", {{"mIU/L", "m[IU]/L"}, {"uIU/mL", "u[IU]/mL"}, {"µIU/ml", ""}}, {3, 21, 22, 25, 26, 70, 300, 900}},
    {"39156-5", {{"kg/m2", "kg/m2"}, {"kg/m²", ""}}, {7, 15, 21, 28, 29, 30, 35, 106}},
    {"29463-7",
     {{"g", "g"}, {"kg", "kg", 3}, {"kgs", "", 3}},
     {9000, 50000, 60000, 65000, 66000, 70000, 90000, 120000}},
    {"8302-2", {{"cm", "cm"}, {"m", "m", 2}, {"centimetres", ""}}, {70, 100, 120, 150, 160, 165, 170, 190}},
    {"14749-6", {{"mmol/L", "mmol/L"}, {"mmol/l", ""}}, {1, 2, 3, 4, 11, 12, 17, 20}},
    {"14927-8", {{"mmol/L", "mmol/L"}, {"MMOL/L", ""}}, {0, 1, 2, 3, 5, 6, 12, 201}},
    {"47828-9", {{"mg/L", "mg/L"}, {"ug/mL", "ug/mL"}, {"µg/mL", ""}}, {0, 2, 4, 5, 6, 7, 8, 25}},
    {"14635-7", {{"pmol/L", "pmol/L"}, {"nmol/L", "nmol/L", 3}}, {0, 10, 50, 150, 240, 400, 900, 5000}},
    {"62238-1", {{"mL/min/{1.73_m2}", "mL/min/{1.73_m2}"}, {"mL/min/1.73m2", ""}}, {4, 10, 14, 15, 16, 60, 90, 251}},
    {"14986-4", {{"pmol/L", "pmol/L"}, {"nmol/L", "nmol/L", 3}}, {0, 10, 50, 150, 240, 400, 900, 5000}},
}};

constexpr std::array<std::string_view, 26> diagnoses = {
    "402599005", "73211009",  "44054006",  "46635009",  "86907008",  "49292002",  "71325002", "237651005", "33559001",
    "111307005", "237652003", "237055002", "399939002", "197321007", "75694006",  "6974005",  "56727007",  "55464009",
    "47270006",  "267386008", "77386006",  "91302008",  "68504005",  "448765001", "85898001", "195967001"};
constexpr std::array<std::string_view, 6> medicines = {"A10AB05", "A10BB09", "H02AB06",
                                                       "L01EG02", "C10AB05", "A10AB02"};
constexpr std::array<std::string_view, 16> days = {
    "2026-06-15", "2026-06-14",           "2026-06-01", "2026-05-16T08:00:00Z",
    "2026-05-16", "2026-05-16T09:30:00Z", "2026-05-09", "2026-05-08",
    "2026-05-02", "2026-01-10",           "2025-12-01", "2025-06-15",
    "2025-06-14", "2024-06-15",           "2016-06-14", "2026-05"};
constexpr std::array<std::string_view, 6> clinical = {"", "active", "inactive", "resolved", "remission", "recurrence"};
constexpr std::array<std::string_view, 5> verification = {"", "confirmed", "provisional", "refuted", "differential"};
constexpr std::array<std::string_view, 6> births = {"", "1991-02-03", "2016-02-03", "2008-06", "2025-11-20", "2008"};
constexpr std::array<std::string_view, 4> sexes = {"female", "male", "unknown", ""};

/// By which door the record comes in.
enum class Door { prefetch, bundle, lines };

struct Style {
  unsigned reference = 0;
  bool aliases = false;
  unsigned spelling = 0;
  bool unrelated = false;
  Door door = Door::prefetch;
  unsigned order = 0;
};

std::string member(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : ",\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

class Writer {
 public:
  explicit Writer(const Style& style) : style_(style) {}

  std::string coded(std::string_view system, std::string_view code) const {
    if (style_.aliases && system == snomed) system = "urn:oid:2.16.840.1.113883.6.96";
    if (style_.aliases && system == loinc) system = "urn:oid:2.16.840.1.113883.6.1";
    if (style_.aliases && system == atc) system = "urn:oid:2.16.840.1.113883.6.73";
    return R"({"coding":[{"system":")" + std::string(system) + R"(","code":")" + std::string(code) + "\"}]}";
  }

  std::string subject() const {
    constexpr std::array<std::string_view, 4> references = {"Patient/p", "https://ehr.example/fhir/Patient/p",
                                                            "Patient/p/_history/3", "urn:uuid:p"};
    return R"(,"subject":{"reference":")" + std::string(references[style_.reference % references.size()]) + "\"}";
  }

  std::string quantity(const Analyte& analyte, int value) const {
    const auto& spelling = analyte.spellings[style_.spelling % analyte.spellings.size()];
    auto digits = std::to_string(value);
    if (spelling.decimals > 0) {
      const auto places = static_cast<std::size_t>(spelling.decimals);
      if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
      digits.insert(digits.size() - places, ".");
    }
    return R"(,"valueQuantity":{"value":)" + digits + member("unit", spelling.unit) +
           (spelling.code.empty() ? ""
                                  : member("system", "http://unitsofmeasure.org") + member("code", spelling.code)) +
           "}";
  }

 private:
  const Style& style_;
};

struct Feature {
  std::uint8_t kind = 0;
  std::uint8_t what = 0;
  std::uint8_t how = 0;
  std::uint8_t when = 0;
};

struct Patient {
  std::string_view birth;
  std::string_view sex;
  std::vector<Feature> features;
};

Patient draw_patient(Bytes& bytes) {
  Patient patient{bytes.one_of(births), bytes.one_of(sexes), {}};
  while (!bytes.at_end() && patient.features.size() < 24) {
    patient.features.push_back({bytes.take(), bytes.take(), bytes.take(), bytes.take()});
  }
  return patient;
}

constexpr std::array<std::string_view, 3> parts = {"observations", "conditions", "medications"};

// A resource and the prefetch key under which it is sent.
std::pair<std::size_t, std::string> resource(const Feature& feature, std::size_t number, const Writer& write) {
  const auto id = member("id", "r" + std::to_string(number));
  const auto day = days[feature.when % days.size()];
  if (feature.kind % 4 < 2) {
    const auto& analyte = analytes[feature.what % analytes.size()];
    return {0, R"({"resourceType":"Observation")" + id + R"(,"status":"final","code":)" +
                   write.coded(loinc, analyte.code) + write.subject() + member("effectiveDateTime", day) +
                   write.quantity(analyte, analyte.values[feature.how % analyte.values.size()]) + "}"};
  }
  if (feature.kind % 4 == 2) {
    const auto status = [&](std::string_view name, std::string_view system, std::string_view code) {
      return code.empty() ? std::string() : ",\"" + std::string(name) + "\":" + write.coded(system, code);
    };
    return {1, R"({"resourceType":"Condition")" + id + R"(,"code":)" +
                   write.coded(snomed, diagnoses[feature.what % diagnoses.size()]) + write.subject() +
                   status("clinicalStatus", "http://terminology.hl7.org/CodeSystem/condition-clinical",
                          clinical[feature.how % clinical.size()]) +
                   status("verificationStatus", "http://terminology.hl7.org/CodeSystem/condition-ver-status",
                          verification[feature.how / 16 % verification.size()]) +
                   member(feature.kind % 8 == 2 ? "onsetDateTime" : "recordedDate", day) + "}"};
  }
  const auto units = std::to_string(feature.how * 4);
  return {
      2,
      R"({"resourceType":"MedicationRequest")" + id + R"(,"status":")" +
          (feature.kind % 8 == 3 ? "active" : "completed") + R"(","intent":"order","medicationCodeableConcept":)" +
          write.coded(atc, medicines[feature.what % medicines.size()]) + write.subject() + member("authoredOn", day) +
          R"(,"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":)" +
          units + R"(,"unit":"U"}}]}]})"};
}

std::string bundle_of(const std::vector<std::string>& resources) {
  std::string entries;
  for (const auto& one : resources) entries += (entries.empty() ? "" : ",") + ("{\"resource\":" + one + "}");
  return R"({"resourceType":"Bundle","type":"searchset","entry":[)" + entries + "]}";
}

std::string lines_of(const std::vector<std::string>& resources) {
  std::string lines;
  for (const auto& one : resources) lines += one + "\n";
  return lines;
}

std::string written(const Patient& patient, const Style& style) {
  const Writer write(style);
  std::array<std::vector<std::string>, parts.size()> lists;
  std::size_t number = 0;
  for (const auto& feature : patient.features) {
    auto [part, text] = resource(feature, number++, write);
    lists[part].push_back(std::move(text));
  }
  if (style.unrelated) {
    lists[0].push_back(R"({"resourceType":"Observation","id":"na","status":"final","code":)" +
                       write.coded(loinc, "2951-2") + write.subject() +
                       R"(,"effectiveDateTime":"2026-06-01","valueQuantity":{"value":140,"unit":"mmol/L"}})");
    lists[1].push_back(R"({"resourceType":"Condition","id":"asthma","code":)" + write.coded(snomed, "195967001") +
                       write.subject() + "}");
  }
  std::minstd_rand random(style.order + 1);
  for (auto& list : lists) {
    if (style.order != 0) std::shuffle(list.begin(), list.end(), random);
  }
  const auto person = R"({"resourceType":"Patient","id":"p")" + member("gender", patient.sex) +
                      member("birthDate", patient.birth) + "}";
  if (style.door != Door::prefetch) {
    std::vector<std::string> all{person};
    for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
    if (style.order != 0) std::shuffle(all.begin(), all.end(), random);
    return style.door == Door::bundle ? bundle_of(all) : lines_of(all);
  }
  std::string body =
      R"({"hook":"patient-view","hookInstance":"1","context":{"userId":"Practitioner/x","patientId":"p"},"prefetch":{"patient":)" +
      person;
  for (std::size_t i = 0; i < parts.size(); ++i) body += ",\"" + std::string(parts[i]) + "\":" + bundle_of(lists[i]);
  return body + "}}";
}

cards::Assessment assessed(const std::string& body, const Style& style) {
  if (style.door == Door::bundle) {
    const auto record = cards::read_any(body, knowledge());
    check(record.has_value());
    return answer(*record);
  }
  auto request = cards::read_hook_request(body, service());
  check(request.has_value());
  const auto complete = cards::complete(std::move(*request));
  check(complete.has_value());
  return answer(*complete);
}

/// The outcome that `screen` counts for the lines of an export.
std::string screened(const std::string& lines) {
  static const server::Judge judge(knowledge(), today, {});
  std::istringstream in(lines);
  std::ostringstream picked;
  check(server::extract_lines(knowledge(), false, in, picked) == 0);
  std::vector<std::string> entries;
  std::istringstream again(picked.str());
  for (std::string line; std::getline(again, line);) {
    check(line.starts_with("pp\t"));  // the patient's own lines and nobody else's
    entries.push_back(line.substr(3));
  }
  const auto judgement = judge.judge("p", entries);
  check(judgement.state == server::Judgement::State::judged);
  return judgement.outcome;
}

void check_same(const cards::Assessment& plain, const cards::Assessment& other) {
  check(plain.outcome == other.outcome && plain.decided_by == other.decided_by && plain.advice == other.advice &&
        plain.also_advice == other.also_advice);
  check(plain.criteria.size() == other.criteria.size());
  for (std::size_t i = 0; i < plain.criteria.size(); ++i) check(plain.criteria[i].verdict == other.criteria[i].verdict);
}

void same_patient_in_two_styles(Bytes bytes) {
  const Style style{.reference = bytes.take(),
                    .aliases = bytes.take() % 2 == 1,
                    .spelling = bytes.take(),
                    .unrelated = bytes.take() % 2 == 1,
                    .door = static_cast<Door>(bytes.take() % 3),
                    .order = bytes.take()};
  const auto patient = draw_patient(bytes);
  const auto plain = assessed(written(patient, {}), {});
  if (style.door == Door::lines)
    check(plain.outcome == screened(written(patient, style)));
  else
    check_same(plain, assessed(written(patient, style), style));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] % 2 == 0) {
    any_body(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  } else {
    same_patient_in_two_styles(Bytes(data + 1, std::min<std::size_t>(size - 1, 120)));
  }
  return 0;
}
