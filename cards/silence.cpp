#include "cards/silence.h"

#include <algorithm>
#include <array>

#include "cards/assess.h"
#include "cards/chart.h"

namespace cards {

namespace {

// Between the parts of a text that is digested: no value of a record holds them.
constexpr char part_end = '\x1f';
constexpr char line_end = '\x1e';

constexpr std::string_view about_an_order = "order-safety";

void collect(const Finding& finding, std::vector<std::string>& lines, std::vector<std::string>& references) {
  for (const auto& evidence : finding.evidence) {
    lines.push_back(evidence.reference + part_end + evidence.value + part_end + evidence.date);
    references.push_back(evidence.reference);
  }
  for (const auto& part : finding.parts) collect(part, lines, references);
}

std::string joined(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::string text;
  for (const auto& line : lines) text += line + line_end;
  return text;
}

void add(const fhir::Concept& what, std::string& line) {
  for (const auto& coding : what.codings) line.append(coding.system).append("|").append(coding.code).append(" ");
  line.append(what.text) += part_end;
}

/// What a change of a Condition would change: its codes, its status, its dates.
std::string line_of(const fhir::Condition& condition) {
  std::string line = condition.reference + part_end;
  for (const auto* part : {&condition.code, &condition.clinical_status, &condition.verification_status})
    add(*part, line);
  for (const auto* time : {&condition.onset, &condition.abatement, &condition.recorded}) {
    if (*time) line.append((*time)->written);
    line += part_end;
  }
  return line;
}

Basis basis_of(const Criterion& criterion, const Branch& branch, const Chart& chart, const Digest& digest) {
  std::vector<std::string> lines;
  std::vector<std::string> references;
  collect(evaluate(criterion.when, chart), lines, references);
  if (branch.when) collect(evaluate(*branch.when, chart), lines, references);
  std::vector<std::string> conditions;
  for (const auto& condition : chart.record().conditions) {
    const bool counts = std::find(references.begin(), references.end(), condition.reference) != references.end();
    if (counts) conditions.push_back(line_of(condition));
  }
  return {criterion.id, branch.id, digest(joined(std::move(lines))),
          conditions.empty() ? "" : digest(joined(std::move(conditions)))};
}

const Silence* silence_of(std::string_view reason, const Knowledge::Content& content) {
  static const Silence until_new_evidence{.days = 0, .ends = Silence::Ends::with_new_evidence};
  if (reason == given_before) return &until_new_evidence;
  for (const auto& known : content.override_reasons) {
    if (known.code == reason) return known.silences ? &*known.silences : nullptr;
  }
  return nullptr;
}

bool is_unchanged(const Basis& then, const Basis& now, Silence::Ends ends) {
  if (ends == Silence::Ends::with_the_day) return true;
  // A finding without a Condition has none that could change: then the evidence stands for it.
  if (ends == Silence::Ends::with_a_changed_condition && !then.conditions.empty())
    return then.conditions == now.conditions;
  return then.evidence == now.evidence;
}

std::string_view words_of(Silence::Ends ends) {
  if (ends == Silence::Ends::with_the_day) return "";
  return ends == Silence::Ends::with_new_evidence ? "new evidence" : "a change of the recorded condition";
}

/// Who says that a recorded diagnosis is wrong speaks of that diagnosis only: what its criterion covers rests on
/// other things.
bool speaks_of_covered(Silence::Ends ends) {
  return ends != Silence::Ends::with_a_changed_condition;
}

int gravity_of(const Branch& branch, const Knowledge::Content& content) {
  constexpr std::array<std::string_view, 3> indicators{"info", "warning", "critical"};
  const auto advice = content.advice_by_id.find(branch.advice);
  if (advice == content.advice_by_id.end()) return -1;
  const auto found = std::find(indicators.begin(), indicators.end(), content.advice[advice->second].indicator);
  return static_cast<int>(found - indicators.begin());
}

const Criterion* criterion_of(const Knowledge::Content& content, std::string_view id) {
  const auto found = std::find_if(content.criteria.begin(), content.criteria.end(),
                                  [&](const Criterion& criterion) { return criterion.id == id; });
  return found == content.criteria.end() ? nullptr : &*found;
}

/// The words of a line, cut at single blanks; empty words stay.
std::vector<std::string> words_in(std::string_view line) {
  std::vector<std::string> words(1);
  for (const char letter : line) {
    if (letter == ' ')
      words.emplace_back();
    else
      words.back() += letter;
  }
  return words;
}

}  // namespace

std::string written(const std::vector<Basis>& bases) {
  std::string text;
  for (const auto& one : bases)
    text += one.criterion + " " + one.branch + " " + one.evidence + " " + one.conditions + "\n";
  return text;
}

std::vector<Basis> read_bases(std::string_view text) {
  std::vector<Basis> bases;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto words = words_in(text.substr(0, end));
    if (words.size() == 4)
      bases.push_back({std::move(words[0]), std::move(words[1]), std::move(words[2]), std::move(words[3])});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return bases;
}

std::optional<Silenced> silenced_by(const Answers& answers, const Criterion& criterion, const Branch& branch,
                                    const Chart& chart) {
  std::optional<Basis> now;
  for (const auto& answer : answers.given) {
    const auto* silence = silence_of(answer.reason, chart.knowledge());
    if (!silence) continue;
    const auto until = answer.on + std::chrono::days{silence->days};
    if (silence->days > 0 && chart.today() >= until) continue;
    for (const auto& then : answer.bases) {
      if (then.criterion != criterion.id || then.branch != branch.id) continue;
      if (&then != &answer.bases.front() && !speaks_of_covered(silence->ends)) continue;
      if (!now) now = basis_of(criterion, branch, chart, answers.digest);
      if (!is_unchanged(then, *now, silence->ends)) continue;
      // Who is not now concerned about one order has said nothing about the next.
      if (branch.outcome == about_an_order && then.evidence != now->evidence) continue;
      Silenced silenced{criterion.id, branch.outcome, answer.bases.front().criterion, answer.reason,
                        answer.on,    std::nullopt,   words_of(silence->ends)};
      if (silence->days > 0) silenced.until = until;
      return silenced;
    }
  }
  return std::nullopt;
}

std::vector<Basis> bases_of(std::string_view criterion, const fhir::Record& record, const Knowledge& knowledge,
                            fhir::Day today, const Digest& digest) {
  const auto& content = knowledge.content();
  const auto* decided = criterion_of(content, criterion);
  if (!decided) return {};
  const Chart chart(record, content, today);
  const auto* branch = branch_that_holds(*decided, verdict_of(decided->when, chart), chart);
  if (!branch) return {};
  std::vector<Basis> bases{basis_of(*decided, *branch, chart, digest)};
  for (const auto& id : decided->covers) {
    const auto& covered = *criterion_of(content, id);
    const auto* way = branch_that_holds(covered, verdict_of(covered.when, chart), chart);
    if (way && gravity_of(*way, content) <= gravity_of(*branch, content))
      bases.push_back(basis_of(covered, *way, chart, digest));
  }
  return bases;
}

}  // namespace cards
