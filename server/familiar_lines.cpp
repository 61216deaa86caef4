#include "server/familiar_lines.h"

namespace server {

std::optional<FamiliarLines::Known> FamiliarLines::recognise(std::string_view line) {
  shape_ = shapes_.match(line, values_);
  const auto use = shape_ ? answer() : std::nullopt;
  if (!use) return std::nullopt;
  Known known{*use, {}, {}};
  if (known.use == Use::yes) {
    auto owner = owner_named();
    if (!owner) return std::nullopt;
    auto condensed = condenser_.condense(*shape_, values_);
    if (!condensed) return std::nullopt;
    known.owner = std::move(*owner);
    known.condensed = std::move(*condensed);
  }
  ++recognised_;
  return known;
}

std::optional<fhir::Owner> FamiliarLines::owner_named() const {
  for (const auto& [slot, text] : values_) {
    if (!slot->names_owner || !fhir::is_patient_name(text)) continue;
    // Only a Patient is named by an id, its own.
    if (slot->name == "id") return fhir::Owner{fhir::Owner::Kind::person, std::string(text)};
    return fhir::owner_by_reference(text);
  }
  return std::nullopt;
}

void FamiliarLines::learn(std::string_view line, fhir::Json resource, Use use, std::string_view condensed) {
  if (!learns()) return;
  ++learnt_;
  const auto deciding = usable_.deciding_members(resource);
  if (deciding.empty()) return;
  const auto slots = fhir::slots_of(resource, deciding);
  if (!shape_) {
    shapes_.learn(line, resource, slots);
    shape_ = shapes_.match(line, values_);
    if (!shape_) return;
  }
  if (answers_.size() <= *shape_) answers_.resize(*shape_ + std::size_t{1});
  answers_[*shape_] = use;
  if (use == Use::yes) condenser_.learn(*shape_, slots, condensed);
}

}  // namespace server
