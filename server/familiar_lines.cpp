#include "server/familiar_lines.h"

namespace server {

namespace {

constexpr std::size_t answers_max = 20000;

}  // namespace

void FamiliarLines::write_question() {
  question_.clear();
  fhir::append_number(*shape_, question_);
  for (const auto& [slot, text] : values_) {
    if (!slot->decides) continue;
    question_ += text;
    question_ += '\0';  // stands in no line that has a shape
  }
}

std::optional<FamiliarLines::Known> FamiliarLines::recognise(std::string_view line) {
  shape_ = shapes_.match(line, values_);
  if (!shape_) return std::nullopt;
  write_question();
  const auto answer = answers_.find(std::string_view(question_));
  if (answer == answers_.end()) return std::nullopt;
  Known known{answer->second, {}, {}};
  if (known.use == Use::yes) {
    std::optional<fhir::Owner> owner;
    for (const auto& [slot, text] : values_) {
      if (slot->names_owner && fhir::is_patient_name(text)) owner = fhir::owner_by_reference(text);
    }
    if (!owner) return std::nullopt;
    auto condensed = condenser_.condense(*shape_, values_);
    if (!condensed) return std::nullopt;
    known.owner = std::move(*owner);
    known.condensed = std::move(*condensed);
  }
  ++recognised_;
  return known;
}

void FamiliarLines::learn(Use use) {
  if (shape_ && use != Use::yes && answers_.size() < answers_max) answers_.emplace(question_, use);
}

void FamiliarLines::learn(std::string_view line, fhir::Json resource, Use use, std::string_view condensed) {
  if (!shape_) {
    if (!learns()) return;
    ++learnt_;
    const auto deciding = usable_.deciding_members(resource);
    if (deciding.empty()) return;
    shapes_.learn(line, resource, deciding);
    shape_ = shapes_.match(line, values_);
    if (!shape_) return;
    write_question();
  }
  if (answers_.size() < answers_max) answers_.emplace(question_, use);
  if (use == Use::yes) condenser_.learn(*shape_, values_, condensed);
}

}  // namespace server
