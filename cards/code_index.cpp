#include "cards/code_index.h"

#include <algorithm>

#include "fhir/code_system.h"

namespace cards {

namespace {

constexpr std::string_view dmd = "https://dmd.nhs.uk";
constexpr std::string_view snomed = "http://snomed.info/sct";

}  // namespace

CodeIndex::CodeIndex(std::vector<fhir::ValueSet> sets) : sets_(std::move(sets)) {
  for (std::size_t position = 0; position < sets_.size(); ++position) {
    for (const auto& member : sets_[position].members()) {
      add(member.system, member.code, position);
      if (member.system == dmd) add(snomed, member.code, position);
    }
  }
}

void CodeIndex::add(std::string_view uri, std::string_view code, std::size_t position) {
  const auto canonical = fhir::canonical_system(uri);
  auto in = std::find_if(systems_.begin(), systems_.end(), [&](const System& s) { return s.uri == canonical; });
  if (in == systems_.end()) in = systems_.insert(in, System{std::string(canonical), {}});
  const auto key = fhir::matches_by_prefix(canonical) ? std::string(fhir::ComparableCode(canonical, code).text())
                                                      : std::string(code);
  in->codes[key].set(position);
}

const CodeIndex::System* CodeIndex::system(std::string_view uri) const {
  const auto canonical = fhir::canonical_system(uri);
  const auto found =
      std::find_if(systems_.begin(), systems_.end(), [&](const System& s) { return s.uri == canonical; });
  return found == systems_.end() ? nullptr : &*found;
}

SetBits CodeIndex::sets_of(const fhir::Coding& coding) const {
  const auto* in = coding.code.empty() || coding.system.empty() ? nullptr : system(coding.system);
  if (!in) return {};
  if (!fhir::matches_by_prefix(in->uri)) {
    const auto found = in->codes.find(coding.code);
    return found == in->codes.end() ? SetBits{} : found->second;
  }
  SetBits bits;
  const fhir::ComparableCode comparable(in->uri, coding.code);
  for (auto code = comparable.text(); !code.empty(); code.remove_suffix(1)) {
    if (const auto found = in->codes.find(code); found != in->codes.end()) bits |= found->second;
  }
  return bits;
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
