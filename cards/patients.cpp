#include "cards/patients.h"

#include <algorithm>
#include <array>

#include "cards/case_record.h"
#include "cards/content.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;

Result<InventedPatient> read_patient(Json json, fhir::Day today, const Knowledge& knowledge) {
  const std::string path = "patients.json: " + std::string(json["id"].string());
  Fields in(json, path);
  InventedPatient one{.id = in.text("id"),
                      .group = in.text("group"),
                      .name = in.text("name"),
                      .story = in.text("story"),
                      .today = today,
                      .request = {},
                      .outcome = {},
                      .indicator = {}};
  const auto given = in.object("given");
  Fields expected(in.object("expect"), path + ": expect");
  one.outcome = expected.text("outcome");
  one.indicator = expected.text_or("indicator", "");
  if (auto read = expected.finish(true); !read) in.complain(read.error());
  if (!in.first_fault()) {
    auto record = read_case_record(given, path + ": given", today, knowledge);
    if (record) {
      record->id = one.id;  // an answer to a card is remembered by patient
      one.request = write_request(*record, "patient-view", knowledge);
    } else {
      in.complain(record.error());
    }
  }
  return in.finish(std::move(one));
}

/// What is drawn: which value sets hold its codes. The name is that of the analyte in units.json.
struct Drawn {
  std::string_view analyte;
  std::string_view title;
  std::array<std::string_view, 8> value_sets;
};

constexpr std::array<Drawn, 5> drawn = {{{"insulin",
                                          "Insulin",
                                          {"insulin-fasting", "insulin-unspecified", "insulin-baseline",
                                           "insulin-post-60", "insulin-post-120", "insulin-post-180"}},
                                         {"bmi", "Body mass index", {"body-mass-index"}},
                                         {"weight", "Weight", {"body-weight"}},
                                         {"hba1c", "HbA1c", {"hba1c"}},
                                         {"insulin-dose", "Insulin dose", {"mean-daily-insulin-dose", "insulin"}}}};

void write_codes(fhir::JsonWriter& json, const Drawn& one, const CodeIndex& codes) {
  json.name("codes").begin_array();
  for (const auto set : one.value_sets) {
    const auto position = set.empty() ? CodeIndex::npos : codes.position(set);
    if (position == CodeIndex::npos) continue;
    for (const auto& member : codes.sets()[position].members()) json.text(member.system + "|" + member.code);
  }
  json.end_array();
}

void write_units(fhir::JsonWriter& json, const Analyte& analyte) {
  json.name("units").begin_object();
  std::vector<std::string> written;
  for (const auto& unit : analyte.units()) {
    for (const auto* names : {&unit.codes, &unit.texts}) {
      for (const auto& name : *names) {
        if (std::find(written.begin(), written.end(), name) != written.end()) continue;
        written.push_back(name);
        json.name(name).begin_array().number(unit.factor).number(unit.offset).end_array();
      }
    }
  }
  json.end_object();
}

}  // namespace

Result<std::vector<InventedPatient>> read_patients(std::string_view json, const Knowledge& knowledge) {
  const auto document = fhir::read_document(std::string(json), fhir::JsonReader::rapidjson);
  if (!document) return fhir::fault(fhir::Kind::bad_input, "patients.json", document.error().what);
  Fields in(document->root(), "patients.json");
  const auto today = fhir::read_day(in.text("today"));
  if (!in.first_fault() && !today) in.complain("today", "is not a day");
  const auto list = in.array("patients");
  std::vector<InventedPatient> patients;
  if (in.first_fault()) return in.finish(std::move(patients));
  for (const auto one : list) {
    auto patient = read_patient(one, *today, knowledge);
    if (!patient) return tl::unexpected<fhir::Error>(patient.error());
    if (std::ranges::find(patients, patient->id, &InventedPatient::id) != patients.end())
      in.complain("patients", "has two with the id \"" + patient->id + "\"");
    patients.push_back(std::move(*patient));
  }
  return in.finish(std::move(patients));
}

std::string write_patient_list(const std::vector<InventedPatient>& patients) {
  fhir::JsonWriter json;
  json.begin_object().name("patients").begin_array();
  for (const auto& one : patients) {
    json.begin_object().member("id", one.id).member("group", one.group).member("name", one.name);
    json.member("story", one.story).member("today", fhir::iso_date(one.today)).member("outcome", one.outcome);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

std::string write_page_terms(const Knowledge& knowledge) {
  fhir::JsonWriter json;
  json.begin_object().name("analytes").begin_array();
  for (const auto& one : drawn) {
    json.begin_object().member("id", one.analyte).member("title", one.title);
    const auto* analyte = knowledge.content().units.analyte(one.analyte);
    if (analyte) json.member("unit", analyte->canonical_unit());
    write_codes(json, one, knowledge.content().codes);
    if (analyte) write_units(json, *analyte);
    json.end_object();
  }
  json.end_array().name("criteria").begin_array();
  for (const auto& one : knowledge.content().criteria)
    json.begin_object().member("id", one.id).member("title", one.title).end_object();
  return json.end_array().end_object().take();
}

}  // namespace cards
