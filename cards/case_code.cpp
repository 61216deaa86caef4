#include "cards/case_code.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace cards {

namespace {

struct ShortName {
  std::string_view name;
  std::string_view uri;
};

// The systems of TERMINOLOGY.md 1, by the names that people use.
constexpr std::array<ShortName, 10> systems = {{
    {"snomed", "http://snomed.info/sct"},
    {"loinc", "http://loinc.org"},
    {"icd-10", "http://hl7.org/fhir/sid/icd-10"},
    {"icd-10-cm", "http://hl7.org/fhir/sid/icd-10-cm"},
    {"orpha", "http://www.orpha.net"},
    {"omim", "http://www.omim.org"},
    {"hpo", "http://human-phenotype-ontology.org"},
    {"atc", "http://www.whocc.no/atc"},
    {"rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"},
    {"dmd", "https://dmd.nhs.uk"},
}};

constexpr std::string_view snomed = systems[0].uri;

std::string display_of(const CaseCode& code, const CodeIndex& codes) {
  for (const auto& set : codes.sets()) {
    if (const auto* member = set.member({code.system, code.code, {}})) return member->display;
  }
  return {};
}

}  // namespace

const fhir::ValueSet::Member* plainest_member(const CodeIndex& codes, std::string_view set_id,
                                              std::string_view preferred_system) {
  const auto position = codes.position(set_id);
  if (position == CodeIndex::npos) return nullptr;
  const auto rank = [&](const fhir::ValueSet::Member& member) {
    const auto sets = codes.sets_of(fhir::Coding{member.system, member.code, {}});
    return std::tuple(sets.count(), member.system != preferred_system, member.display.size());
  };
  const auto& members = codes.sets()[position].members();
  const auto found =
      std::min_element(members.begin(), members.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return found == members.end() ? nullptr : &*found;
}

std::optional<CaseCode> code_for(std::string_view word, const CodeIndex& codes) {
  if (const auto* member = plainest_member(codes, word, snomed))
    return CaseCode{member->system, member->code, member->display, {}};
  const auto bar = word.find('|');
  if (bar == std::string_view::npos || bar + 1 == word.size()) return std::nullopt;
  const auto system =
      std::find_if(systems.begin(), systems.end(), [&](const auto& s) { return s.name == word.substr(0, bar); });
  if (system == systems.end()) return std::nullopt;
  CaseCode code{std::string(system->uri), std::string(word.substr(bar + 1)), {}, {}};
  code.display = display_of(code, codes);
  return code;
}

}  // namespace cards
