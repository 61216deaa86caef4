#include "cards/version_comparison.h"

#include <algorithm>
#include <set>

#include "cards/case.h"

namespace cards {

namespace {

/// What a version says about a case, as far as it can differ: outcome, cards, and the verdict of each criterion.
struct Opinion {
  std::string outcome;
  std::map<std::string, Verdict, std::less<>> verdicts;
};

Opinion opinion_of(Case one, const Knowledge& knowledge) {
  one.expected.verdicts.emplace(one.criterion, Verdict::unknown);  // asks for the verdicts of all criteria
  const auto result = run(one, knowledge);
  if (result.outcome.empty()) return {.outcome = result.complaint, .verdicts = {}};
  Opinion opinion{.outcome = result.outcome, .verdicts = result.verdicts};
  if (!result.decided_by.empty()) opinion.outcome += " by " + result.decided_by;
  if (!result.indicator.empty()) opinion.outcome += ", " + result.indicator + " card";
  if (result.topics.size() > 1) opinion.outcome += ", second card " + result.topics[1];
  return opinion;
}

std::string verdict_in(const Opinion& opinion, const std::string& criterion) {
  const auto found = opinion.verdicts.find(criterion);
  return found == opinion.verdicts.end() ? "not asked" : std::string(name_of(found->second));
}

/// Both opinions, with those criteria whose verdicts differ; empty when nothing does.
std::optional<CaseChange> change_of(const Case& one, const Opinion& was, const Opinion& is) {
  CaseChange change{.file = one.file, .id = one.id, .name = one.name, .was = was.outcome, .is = is.outcome};
  std::set<std::string> criteria;
  for (const auto* opinion : {&was, &is})
    for (const auto& [criterion, verdict] : opinion->verdicts) criteria.insert(criterion);
  bool differs = was.outcome != is.outcome;
  for (const auto& criterion : criteria) {
    const auto before = verdict_in(was, criterion);
    const auto after = verdict_in(is, criterion);
    if (before == after) continue;
    differs = true;
    change.was += "; " + criterion + " " + before;
    change.is += "; " + criterion + " " + after;
  }
  if (!differs) return std::nullopt;
  return change;
}

}  // namespace

Result<VersionComparison> compare(const Folder& folder, const Knowledge& knowledge, const Folder& old_folder,
                                  const Knowledge& old_knowledge) {
  const auto cases = read_cases(folder, knowledge);
  if (!cases) return tl::unexpected<fhir::Error>(cases.error());
  const auto old_cases = read_cases(old_folder, old_knowledge);
  if (!old_cases) return tl::unexpected<fhir::Error>(old_cases.error());
  VersionComparison comparison{.cases = cases->size(), .changes = {}, .gone = {}};
  for (const auto& one : *cases)
    if (auto change = change_of(one, opinion_of(one, old_knowledge), opinion_of(one, knowledge)))
      comparison.changes.push_back(std::move(*change));
  for (const auto& old : *old_cases)
    if (std::ranges::find(*cases, old.id, &Case::id) == cases->end()) comparison.gone.push_back(old.id);
  return comparison;
}

std::string in_words(const VersionComparison& comparison, const Knowledge& knowledge, const Knowledge& old) {
  std::string text = "Compared: " + old.version() + " " + old.digest() + "\n     with: " + knowledge.version() + " " +
                     knowledge.digest() + "\n";
  for (const auto& one : comparison.changes)
    text += "\n" + one.file + ": " + one.id + ": " + one.name + "\n  was " + one.was + "\n  is  " + one.is + "\n";
  for (const auto& id : comparison.gone) text += "\nThe case " + id + " is gone.\n";
  return text + "\n" + std::to_string(comparison.changes.size()) + " of " + std::to_string(comparison.cases) +
         " cases change.\n";
}

}  // namespace cards
