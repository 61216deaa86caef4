#include "server/judge.h"

#include <algorithm>
#include <set>

#include "cards/content.h"
#include "cards/hook.h"
#include "cards/ignored.h"
#include "fhir/owner.h"
#include "server/glance.h"

namespace server {

namespace {

/// All resources as one Bundle: one text to read instead of dozens.
std::string bundle_of(const std::vector<std::string>& entries) {
  std::size_t size = 128;
  for (const auto& entry : entries) size += entry.size() + 16;
  std::string bundle;
  bundle.reserve(size + fhir::json_padding);
  bundle = R"({"resourceType":"Bundle","type":"collection","entry":[)";
  bool first = true;
  for (const auto& entry : entries) {
    bundle += first ? R"({"resource":)" : R"(,{"resource":)";
    bundle += entry;
    bundle += '}';
    first = false;
  }
  return bundle + "]}";
}

bool may_need_others(std::string_view json) {
  return std::any_of(fhir::members_that_name_others.begin(), fhir::members_that_name_others.end(),
                     [&](std::string_view member) { return holds(json, member); });
}

fhir::Result<fhir::Record> record_of(const std::string& patient_id, fhir::Document bundle) {
  fhir::RecordReader reader(patient_id);
  const auto taken = reader.add(bundle.root(), "export");
  if (!taken) return tl::unexpected(taken.error());
  reader.keep(std::move(bundle));
  return reader.finish();
}

Judgement unreadable(const fhir::Error& error) {
  Judgement judgement;
  judgement.state = Judgement::State::unreadable;
  ++judgement.reasons["the record: " + error.what];
  return judgement;
}

}  // namespace

const std::vector<CompletenessRow>& completeness_rows() {
  static const std::vector<CompletenessRow> rows = {{"body mass index", {"body-mass-index"}},
                                                    {"body weight", {"body-weight"}},
                                                    {"body height", {"body-height"}},
                                                    {"insulin result",
                                                     {"insulin-fasting", "insulin-unspecified", "insulin-baseline",
                                                      "insulin-post-60", "insulin-post-120", "insulin-post-180"}},
                                                    {"C-peptide", {"c-peptide"}},
                                                    {"glucose", {"glucose"}},
                                                    {"HbA1c", {"hba1c"}},
                                                    {"triglycerides", {"triglyceride"}},
                                                    {"diabetes on the problem list", {"diabetes"}},
                                                    {"insulin among the medicines", {"insulin"}},
                                                    {"acanthosis nigricans", {"acanthosis-nigricans"}},
                                                    {"a result with a unit that cannot be read", {}, true}};
  return rows;
}

Judge::Judge(const cards::Knowledge& knowledge, fhir::Day today, cards::Site site)
    : knowledge_(knowledge), today_(today), site_(std::move(site)) {
  const auto& codes = knowledge.content().codes;
  for (const auto& row : completeness_rows()) {
    cards::SetBits bits;
    for (const auto id : row.value_sets) {
      if (const auto position = codes.position(id); position != cards::CodeIndex::npos) bits.set(position);
    }
    row_sets_.push_back(bits);
  }
}

void Judge::look_for_contents(const fhir::Record& record, const std::vector<fhir::Unreadable>& unreadable,
                              Judgement& judgement) const {
  const auto& codes = knowledge_.content().codes;
  cards::SetBits found;
  for (const auto& observation : record.observations) {
    found |= codes.sets_of(observation.code);
    for (const auto& component : observation.components) found |= codes.sets_of(component.code);
  }
  for (const auto& condition : record.conditions) found |= codes.sets_of(condition.code);
  for (const auto& use : record.medications) {
    found |= codes.sets_of(use.medication);
    for (const auto& ingredient : use.ingredients) found |= codes.sets_of(ingredient);
  }
  for (const auto& sets : row_sets_) judgement.has.push_back((found & sets).any());
  const bool odd_unit = std::any_of(unreadable.begin(), unreadable.end(), cards::is_about_unit);
  for (std::size_t i = 0; i < row_sets_.size(); ++i) {
    if (completeness_rows()[i].unreadable_unit) judgement.has[i] = odd_unit;
  }
}

std::optional<Flagged> Judge::flag(const std::string& patient_id, const fhir::Record& record) const {
  const auto assessment = cards::assess(record, knowledge_, today_);
  // The card is what the pop-up would show; without one, nobody is flagged.
  const auto cards = cards::compose(assessment, record, knowledge_, site_, [] { return std::string(); });
  if (cards.empty()) return std::nullopt;
  return Flagged{.patient = patient_id,
                 .outcome = assessment.outcome,
                 .criterion = assessment.decided_by,
                 .indicator = cards.front().indicator,
                 .summary = cards.front().summary,
                 .age_years = assessment.age_years,
                 .sex = assessment.sex,
                 .json = cards::write_screened(patient_id, assessment, cards, knowledge_)};
}

void add_needed(std::vector<std::string>& entries,
                const std::function<std::vector<std::string>(const std::string&)>& look_up) {
  std::set<std::string> done;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!may_need_others(entries[i])) continue;
    const auto document = fhir::read_document(entries[i]);
    if (!document) continue;
    for (const auto& key : fhir::needed_by(document->root())) {
      if (!done.insert(key).second) continue;
      for (auto& found : look_up(key)) entries.push_back(std::move(found));
    }
  }
}

Judgement Judge::judge(const std::string& patient_id, std::vector<std::string> entries) const {
  // Exports come in any order: one order of our own makes the same people the same, byte for byte.
  std::sort(entries.begin(), entries.end());
  auto bundle = fhir::read_document(bundle_of(entries));
  return bundle ? judge(patient_id, std::move(*bundle)) : unreadable(bundle.error());
}

Judgement Judge::judge(const std::string& patient_id, fhir::Document bundle) const {
  const auto record = record_of(patient_id, std::move(bundle));
  if (!record) return unreadable(record.error());
  Judgement judgement;
  if (!record->patient) {
    judgement.state = Judgement::State::no_patient;
    return judgement;
  }
  if (record->patient->deceased) judgement.state = Judgement::State::deceased;
  const auto assessment = cards::assess(*record, knowledge_, today_, {}, cards::Trail::verdicts_only);
  judgement.outcome = assessment.outcome;
  judgement.age_years = assessment.age_years;
  judgement.sex = assessment.sex;
  for (const auto& one : assessment.unreadable) ++judgement.reasons[one.path + " " + one.reason];
  look_for_contents(*record, assessment.unreadable, judgement);
  if (!assessment.advice.empty()) judgement.flagged = flag(patient_id, *record);
  return judgement;
}

}  // namespace server
