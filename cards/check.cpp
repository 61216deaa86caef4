#include "cards/check.h"

#include <algorithm>

#include "cards/mutation.h"

namespace cards {

namespace {

struct Prepared {
  Case one;
  CompleteRecord record;
};

class Checker {
 public:
  Checker(const Folder& folder, const Knowledge& knowledge) : folder_(folder), knowledge_(knowledge) {}

  CheckReport check() {
    if (auto cases = read_cases(folder_, knowledge_)) {
      run_all(std::move(*cases));
    } else {
      report_.fault = cases.error().where + ": " + cases.error().what;
    }
    if (report_.fault.empty()) look_at_coverage();
    if (report_.fault.empty() && report_.failures.empty()) try_mutants();
    return std::move(report_);
  }

 private:
  void run_all(std::vector<Case> cases) {
    for (const auto& criterion : knowledge_.content().order) report_.criteria.push_back({criterion, 0, 0});
    for (auto& one : cases) {
      auto record = record_of(one, knowledge_);
      const auto complaint = record ? run(one, *record, knowledge_).complaint
                                    : "the request is refused: " + record.error().where + " " + record.error().what;
      count(one, complaint);
      if (record) prepared_.push_back({std::move(one), std::move(*record)});
    }
  }

  void count(const Case& one, const std::string& complaint) {
    const auto of = std::find_if(report_.criteria.begin(), report_.criteria.end(),
                                 [&](const CriterionCases& c) { return c.criterion == one.criterion; });
    ++of->cases;
    if (complaint.empty()) return;
    ++of->failed;
    report_.failures.push_back({one.file, one.id, complaint});
  }

  void look_at_coverage() {
    Coverage coverage(knowledge_.content());
    for (const auto& [one, record] : prepared_) coverage.see(Chart(record.record, knowledge_.content(), one.today));
    report_.unseen = coverage.unseen();
  }

  void try_mutants() {
    const auto mutants = mutants_of(folder_);
    if (!mutants) {
      report_.fault = mutants.error().where + ": " + mutants.error().what;
      return;
    }
    auto folder = folder_;
    for (const auto& mutant : *mutants) {
      auto original = std::exchange(folder[mutant.file], mutant.text);
      const auto changed = read_knowledge(folder);
      folder[mutant.file] = std::move(original);
      ++report_.mutants;
      if (!changed)
        ++report_.refused;
      else if (!is_noticed(*changed))
        report_.survivors.push_back({mutant.file, mutant.path, mutant.change});
    }
  }

  // The case that noticed the last mutant often notices the next one, which stands beside it.
  bool is_noticed(const Knowledge& changed) {
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      const auto at = (last_noticed_ + i) % prepared_.size();
      if (passes(prepared_[at].one, prepared_[at].record, changed)) continue;
      last_noticed_ = at;
      return true;
    }
    return false;
  }

  const Folder& folder_;
  const Knowledge& knowledge_;
  std::vector<Prepared> prepared_;
  std::size_t last_noticed_ = 0;
  CheckReport report_;
};

std::string counted(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

CheckReport check(const Folder& folder, const Knowledge& knowledge) {
  return Checker(folder, knowledge).check();
}

std::string in_words(const CheckReport& report) {
  if (!report.fault.empty()) return "The cases cannot be read: " + report.fault + "\n";
  std::string text = "Cases by criterion\n";
  std::size_t cases = 0;
  for (const auto& one : report.criteria) {
    text += "  " + one.criterion + ": " + counted(one.cases, "case") + ", " + std::to_string(one.failed) + " failed\n";
    cases += one.cases;
  }
  text += "  together: " + counted(cases, "case") + ", " + std::to_string(report.failures.size()) + " failed\n";
  for (const auto& one : report.failures) text += "FAILED " + one.file + ": " + one.id + ": " + one.complaint + "\n";
  for (const auto& one : report.unseen) {
    text += "NEVER SEEN " + std::string(name_of(one.verdict)) + " in " + one.owner + ": " + one.text + "\n";
  }
  if (!report.failures.empty()) return text + "Mutants were not tried, because cases fail.\n";
  text += "Mutants of the knowledge: " + std::to_string(report.mutants) + ", refused by the loader " +
          std::to_string(report.refused) + ", noticed by a case " +
          std::to_string(report.mutants - report.refused - report.survivors.size()) + ", unnoticed " +
          std::to_string(report.survivors.size()) + "\n";
  for (const auto& one : report.survivors) text += "UNNOTICED " + one.file + ": " + one.path + ": " + one.change + "\n";
  return text;
}

}  // namespace cards
