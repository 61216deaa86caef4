#include "cards/assess.h"

#include <algorithm>

#include "cards/chart.h"
#include "cards/topic.h"

namespace cards {

namespace {

void describe_patient(const Chart& chart, Assessment& assessment) {
  const auto& patient = chart.record().patient;
  if (!patient) return;
  assessment.sex = patient->sex;
  if (const auto birth = chart.birth()) {
    assessment.age_years = fhir::age_in_decimal_years(birth->earliest, assessment.today);
  }
}

CriterionFinding look_at(const Criterion& criterion, const Chart& chart, Trail trail) {
  CriterionFinding finding{criterion.id, Verdict::unknown, {}};
  if (trail == Trail::verdicts_only) {
    finding.verdict = verdict_of(criterion.when, chart);
  } else {
    finding.because = evaluate(criterion.when, chart);
    finding.verdict = finding.because.verdict;
  }
  return finding;
}

void decide_by(const Criterion& criterion, const Branch& branch, Assessment& assessment) {
  assessment.outcome = branch.outcome;
  assessment.decided_by = criterion.id;
  assessment.advice = branch.advice;
}

// A second card where the advice names what may stand beside it: the first of those criteria that is met.
void look_for_second(const Knowledge::Content& content, const Chart& chart, Assessment& assessment) {
  const auto advice = content.advice_by_id.find(assessment.advice);
  if (advice == content.advice_by_id.end()) return;
  for (const auto& id : content.advice[advice->second].also) {
    const auto& criterion = *std::find_if(content.criteria.begin(), content.criteria.end(),
                                          [&](const Criterion& one) { return one.id == id; });
    if (verdict_of(criterion.when, chart) != Verdict::met) continue;
    const auto* branch = first_that_holds(criterion.then, chart);
    if (!branch || branch->advice.empty()) continue;
    assessment.also_decided_by = criterion.id;
    assessment.also_advice = branch->advice;
    return;
  }
}

}  // namespace

const Branch* branch_that_holds(const Criterion& criterion, Verdict verdict, const Chart& chart) {
  for (const auto& branch : verdict == Verdict::met ? criterion.then : criterion.otherwise) {
    if (!branch.when || verdict_of(*branch.when, chart) == Verdict::met) return &branch;
  }
  return nullptr;
}

Assessment assess(const fhir::Record& record, const Knowledge& knowledge, fhir::Day today,
                  std::vector<MissingPart> missing, Trail trail, const Answers& answers) {
  const auto& content = knowledge.content();
  const Chart chart(record, content, today);
  Assessment assessment;
  assessment.today = today;
  assessment.missing = std::move(missing);
  describe_patient(chart, assessment);

  // The dead get no advice (DECISIONS.md, clinical data 11), but their trail can be read.
  const bool silent = record.patient && record.patient->deceased;
  bool decided = silent;
  for (const auto& criterion : content.criteria) {
    if (decided && trail == Trail::verdicts_only) break;
    auto finding = look_at(criterion, chart, trail);
    if (!decided) {
      if (const auto* branch = branch_that_holds(criterion, finding.verdict, chart)) {
        if (auto silenced = silenced_by(answers, criterion, *branch, chart)) {
          assessment.silenced.push_back(std::move(*silenced));
        } else {
          decide_by(criterion, *branch, assessment);
          decided = true;
        }
      }
    }
    assessment.criteria.push_back(std::move(finding));
  }
  if (assessment.outcome.empty()) assessment.outcome = outcome_none;
  look_for_second(content, chart, assessment);

  assessment.unreadable = record.unreadable;
  assessment.unreadable.insert(assessment.unreadable.end(), chart.unreadable().begin(), chart.unreadable().end());
  return assessment;
}

}  // namespace cards
