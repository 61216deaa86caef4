#include "cards/code_index.h"

#include <algorithm>
#include <cctype>

namespace cards {

namespace {

constexpr std::string_view atc = "http://www.whocc.no/atc";
// dm+d identifiers are SNOMED CT identifiers, and GP systems send them under either name (DATA.md 0.12).
constexpr std::string_view dmd = "https://dmd.nhs.uk";
constexpr std::string_view snomed = "http://snomed.info/sct";
constexpr std::string_view icd10 = "http://hl7.org/fhir/sid/icd-10";
constexpr std::string_view icd10_cm = "http://hl7.org/fhir/sid/icd-10-cm";

// The shortest ICD and ATC prefixes that a set may list: "L83" and "H01".
constexpr std::size_t icd_prefix_min = 3;
constexpr std::size_t atc_prefix_min = 3;

template <class Codes>
SetBits prefixes(const Codes& codes, const std::string& code, std::size_t shortest) {
  SetBits bits;
  for (std::size_t length = shortest; length <= code.size(); ++length) {
    if (const auto found = codes.find(code.substr(0, length)); found != codes.end()) bits |= found->second;
  }
  return bits;
}

}  // namespace

std::string normalised_icd(std::string_view code) {
  std::string plain;
  for (const char c : code) {
    if (c == '.' || c == '-' || c == '*' || c == '+' || c == ' ') continue;
    if (static_cast<unsigned char>(c) > 0x7f) continue;  // dagger
    plain += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (plain.size() == icd_prefix_min + 1 && plain.back() == 'X') plain.pop_back();  // HES padding of "L83"
  return plain;
}

CodeIndex::CodeIndex(std::vector<fhir::ValueSet> sets) : sets_(std::move(sets)) {
  for (std::size_t position = 0; position < sets_.size(); ++position) {
    for (const auto& member : sets_[position].members()) {
      auto& system = system_for(member.system);
      const auto key = system.matching == Matching::icd_prefix ? normalised_icd(member.code) : member.code;
      system.codes[key].set(position);
      if (member.system == dmd) system_for(std::string(snomed)).codes[member.code].set(position);
    }
  }
}

CodeIndex::System& CodeIndex::system_for(const std::string& uri) {
  const auto found = std::find_if(systems_.begin(), systems_.end(), [&](const System& s) { return s.uri == uri; });
  if (found != systems_.end()) return *found;
  auto matching = Matching::whole_code;
  if (uri == icd10 || uri == icd10_cm) matching = Matching::icd_prefix;
  if (uri == atc) matching = Matching::atc_prefix;
  return systems_.emplace_back(System{uri, matching, {}});
}

const CodeIndex::System* CodeIndex::system(std::string_view uri) const {
  const auto found = std::find_if(systems_.begin(), systems_.end(), [&](const System& s) { return s.uri == uri; });
  return found == systems_.end() ? nullptr : &*found;
}

SetBits CodeIndex::sets_of(const fhir::Coding& coding) const {
  if (coding.code.empty()) return {};
  const auto* in = system(coding.system);
  if (!in) return {};
  if (in->matching == Matching::icd_prefix) return prefixes(in->codes, normalised_icd(coding.code), icd_prefix_min);
  if (in->matching == Matching::atc_prefix) return prefixes(in->codes, std::string(coding.code), atc_prefix_min);
  const auto found = in->codes.find(std::string(coding.code));
  return found == in->codes.end() ? SetBits{} : found->second;
}

SetBits CodeIndex::sets_of(const fhir::Concept& concept_) const {
  SetBits bits;
  for (const auto& coding : concept_.codings) bits |= sets_of(coding);
  return bits;
}

std::size_t CodeIndex::position(std::string_view id) const {
  const auto found = std::find_if(sets_.begin(), sets_.end(), [&](const auto& set) { return set.id() == id; });
  return found == sets_.end() ? npos : static_cast<std::size_t>(found - sets_.begin());
}

}  // namespace cards
