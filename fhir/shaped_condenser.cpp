#include "fhir/shaped_condenser.h"

namespace fhir {
namespace {

constexpr std::size_t skeletons_max = 20000;

}  // namespace

void ShapedCondenser::begin(std::uint32_t shape) {
  writer_.clear();
  append_number(shape, writer_.skeleton);
}

void ShapedCondenser::write(std::string_view text, const Slot& slot) {
  if (slot.is_number) {
    writer_.number(text);
  } else {
    writer_.string(text, slot.name);
  }
  writer_.skeleton += '\0';  // JSON has none, and no hole is written so
}

std::optional<std::string> ShapedCondenser::condense(std::uint32_t shape, const std::vector<SlotValue>& values) {
  const auto fixed = fixed_.find(shape);
  if (fixed == fixed_.end()) return std::nullopt;
  begin(shape);
  auto between = fixed->second.begin();
  writer_.filling += *between;
  for (const auto& [slot, text] : values) {
    if (!slot->is_kept) continue;
    write(text, *slot);
    writer_.filling += *++between;
  }
  const auto found = skeletons_.find(std::string_view(writer_.skeleton));
  if (found == skeletons_.end()) return std::nullopt;
  std::string condensed;
  condensed.reserve(writer_.filling.size() + sizeof found->second);
  append_number(found->second, condensed);
  condensed += writer_.filling;
  return condensed;
}

void ShapedCondenser::learn(std::uint32_t shape, const SlotList& slots, std::string_view condensed) {
  const std::uint64_t number = take_number(condensed);
  if (number == 0 || skeletons_.size() >= skeletons_max) return;
  std::vector<std::string> between(1);
  begin(shape);
  for (const auto& [text, slot] : slots.found) {
    if (!slot.is_kept) continue;
    const std::size_t skeleton_before = writer_.skeleton.size();
    const std::size_t filling_before = writer_.filling.size();
    write(text, slot);
    if (slot.is_fixed) {
      writer_.skeleton.resize(skeleton_before);
      between.back() += writer_.filling.substr(filling_before);
    } else {
      between.emplace_back();
    }
  }
  if (writer_.filling != condensed) return;
  fixed_.try_emplace(shape, std::move(between));
  skeletons_.emplace(writer_.skeleton, number);
}

}  // namespace fhir
