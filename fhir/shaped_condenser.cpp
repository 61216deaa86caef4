#include "fhir/shaped_condenser.h"

namespace fhir {
namespace {

constexpr std::size_t skeletons_max = 20000;

}  // namespace

void ShapedCondenser::write(std::uint32_t shape, const std::vector<SlotValue>& values) {
  writer_.clear();
  append_number(shape, writer_.skeleton);
  for (const auto& [slot, text] : values) {
    if (!slot->is_kept) continue;
    if (slot->is_number) {
      writer_.number(text);
    } else {
      writer_.string(text, slot->name);
    }
    writer_.skeleton += '\0';  // JSON has none, and no hole is written so
  }
}

std::optional<std::string> ShapedCondenser::condense(std::uint32_t shape, const std::vector<SlotValue>& values) {
  write(shape, values);
  const auto found = skeletons_.find(std::string_view(writer_.skeleton));
  if (found == skeletons_.end()) return std::nullopt;
  std::string condensed;
  condensed.reserve(writer_.filling.size() + sizeof found->second);
  append_number(found->second, condensed);
  condensed += writer_.filling;
  return condensed;
}

void ShapedCondenser::learn(std::uint32_t shape, const std::vector<SlotValue>& values, std::string_view condensed) {
  const std::uint64_t number = take_number(condensed);
  if (number == 0 || skeletons_.size() >= skeletons_max) return;
  write(shape, values);
  if (writer_.filling == condensed) skeletons_.emplace(writer_.skeleton, number);
}

}  // namespace fhir
