#include "cards/assess.h"

#include <algorithm>

#include "cards/chart.h"
#include "cards/topic.h"

namespace cards {

namespace {

constexpr std::string_view hook_of_new_conditions = "problem-list-item-create";

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

/// What decides: the branch of a criterion that holds; both null when nothing does.
struct Decision {
  const Criterion* criterion = nullptr;
  const Branch* branch = nullptr;

  friend bool operator==(const Decision&, const Decision&) = default;
};

// The dead get no advice (DECISIONS.md, clinical data 11), but their trail can be read.
bool is_deceased(const fhir::Record& record) {
  return record.patient && record.patient->deceased;
}

std::vector<const Criterion*> criteria_of(const Service& service, const Knowledge::Content& content) {
  std::vector<const Criterion*> criteria;
  criteria.reserve(service.criteria.size());
  for (const auto& id : service.criteria)
    criteria.push_back(&content.criteria[content.criterion_by_id.find(id)->second]);
  return criteria;
}

// What an answer has silenced hands over to the next criterion; `silenced` is told of it when it is there.
Decision decision_by(const Criterion& criterion, Verdict verdict, const Chart& chart, const Answers& answers,
                     std::vector<Silenced>* silenced = nullptr) {
  const auto* branch = branch_that_holds(criterion, verdict, chart);
  if (!branch) return {};
  auto answered = silenced_by(answers, criterion, *branch, chart);
  if (!answered) return {&criterion, branch};
  if (silenced) silenced->push_back(std::move(*answered));
  return {};
}

// The same decision without the new Conditions: they contribute nothing, and who opened the record has been told
// already. Asked of the decision, not of the evidence, because a card that says the same again for one more line of
// evidence is the kind that is clicked away.
bool stands_without_news(const Decision& decision, const std::vector<const Criterion*>& criteria, const Chart& chart,
                         const Answers& answers) {
  const Chart before(chart.record(), chart.knowledge(), chart.today(), Chart::News::left_out);
  for (const auto* criterion : criteria) {
    const auto earlier = decision_by(*criterion, verdict_of(criterion->when, before), before, answers);
    if (earlier.branch) return earlier == decision;
  }
  return !decision.branch;
}

void tell(const Decision& decision, bool is_old, Assessment& assessment) {
  if (decision.branch && (!is_old || decision.branch->advice.empty())) {
    assessment.outcome = decision.branch->outcome;
    assessment.decided_by = decision.criterion->id;
    assessment.advice = decision.branch->advice;
    return;
  }
  assessment.outcome = outcome_none;
  if (!decision.branch) return;
  assessment.silence = "the new Conditions change nothing: " + decision.branch->outcome + ", decided by " +
                       decision.criterion->id + ", stands without them, and the record says so when it is opened";
}

// A second card where the advice names what may stand beside it: the first of those criteria that is met.
void look_for_second(const Chart& chart, const Answers& answers, Assessment& assessment) {
  const auto& content = chart.knowledge();
  const auto advice = content.advice_by_id.find(assessment.advice);
  if (advice == content.advice_by_id.end()) return;
  for (const auto& id : content.advice[advice->second].also) {
    const auto& criterion = content.criteria[content.criterion_by_id.find(id)->second];
    if (verdict_of(criterion.when, chart) != Verdict::met) continue;
    const auto second = decision_by(criterion, Verdict::met, chart, answers, &assessment.silenced);
    if (!second.branch || second.branch->advice.empty()) continue;
    assessment.also_decided_by = criterion.id;
    assessment.also_advice = second.branch->advice;
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
                  std::vector<MissingPart> missing, Trail trail, std::string_view service_id, const Answers& answers) {
  const auto& content = knowledge.content();
  const auto& service = knowledge.service_or_first(service_id);
  const auto criteria = criteria_of(service, content);
  const Chart chart(record, content, today);
  Assessment assessment;
  assessment.today = today;
  assessment.missing = std::move(missing);
  describe_patient(chart, assessment);

  const bool silent = is_deceased(record);
  Decision decision;
  for (const auto* criterion : criteria) {
    if ((silent || decision.branch) && trail == Trail::verdicts_only) break;
    auto finding = look_at(*criterion, chart, trail);
    if (!silent && !decision.branch)
      decision = decision_by(*criterion, finding.verdict, chart, answers, &assessment.silenced);
    assessment.criteria.push_back(std::move(finding));
  }
  const bool is_old = service.hook == hook_of_new_conditions && stands_without_news(decision, criteria, chart, answers);
  tell(decision, is_old, assessment);
  look_for_second(chart, answers, assessment);

  assessment.unreadable = record.unreadable;
  assessment.unreadable.insert(assessment.unreadable.end(), chart.unreadable().begin(), chart.unreadable().end());
  return assessment;
}

}  // namespace cards
