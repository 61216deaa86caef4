#include "fhir/reference.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "fhir/record.h"

namespace fhir {
namespace {

bool is_resource_type(std::string_view text) {
  return !text.empty() && text.front() >= 'A' && text.front() <= 'Z' &&
         std::all_of(text.begin(), text.end(),
                     [](char letter) { return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z'); });
}

}  // namespace

Target target_of(std::string_view reference) {
  if (reference.starts_with("urn:")) {
    for (const std::string_view urn : {"urn:uuid:", "urn:oid:"}) {
      if (reference.starts_with(urn)) return {"", reference.substr(urn.size())};
    }
  }
  if (reference.starts_with('#')) return reference.size() > 1 ? Target{"#", reference.substr(1)} : Target{};
  if (reference.find('?') != std::string_view::npos) return {};
  if (reference.find('_') != std::string_view::npos) reference = reference.substr(0, reference.find("/_history"));
  const auto slash = reference.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == reference.size()) return {};
  const std::string_view before = reference.substr(0, slash);
  const auto start = before.rfind('/');
  const std::string_view type = start == std::string_view::npos ? before : before.substr(start + 1);
  if (!is_resource_type(type)) return {};
  return {type, reference.substr(slash + 1)};
}

std::string text_of(const Target& target) {
  std::string text;
  text.reserve(target.type.size() + 1 + target.id.size());
  text += target.type;
  if (!target.type.empty() && target.type != "#") text += '/';
  text += target.id;
  return text;
}

std::string normalised_reference(std::string_view reference) {
  return text_of(target_of(reference));
}

ReferenceIndex::ReferenceIndex(std::size_t expected) : slots_(std::bit_ceil(expected * 2 + 2)) {}

std::size_t ReferenceIndex::slot_of(const Target& target) const {
  const std::hash<std::string_view> hash;
  // The types of one id are few: their lengths tell most of them apart.
  std::size_t at = (hash(target.id) + target.type.size()) & (slots_.size() - 1);
  while (slots_[at].number != none && slots_[at].target != target) at = (at + 1) & (slots_.size() - 1);
  return at;
}

std::uint32_t ReferenceIndex::file(const Target& target, std::uint32_t number) {
  Slot& slot = slots_[slot_of(target)];
  if (slot.number == none) slot = {target, number};
  holds_uuids_ = holds_uuids_ || target.type.empty();
  return slot.number;
}

void ReferenceIndex::replace(const Target& target, std::uint32_t number) {
  slots_[slot_of(target)] = {target, number};
}

std::uint32_t ReferenceIndex::find(const Target& target) const {
  return target.empty() ? none : slots_[slot_of(target)].number;
}

std::uint32_t ReferenceIndex::find(const Target& target, std::string_view type) const {
  if (const auto number = find(target); number != none) return number;
  if (target.type.empty()) return find(Target{type, target.id});
  return holds_uuids_ && target.type == type ? find(Target{"", target.id}) : none;
}

}  // namespace fhir
