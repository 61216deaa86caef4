#include <functional>

#include "fhir/condensed.h"

namespace fhir {
namespace {

constexpr std::size_t shared_length_max = 4096;
constexpr std::size_t shared_texts_max = std::size_t{1} << 22;
constexpr std::size_t shelf_bits = 6;

}  // namespace

std::optional<std::uint32_t> SharedTexts::number_of(std::string_view text) {
  if (text.size() > shared_length_max) return std::nullopt;
  const std::size_t at = std::hash<std::string_view>()(text) % shelf_count;
  Shelf& shelf = shelves_[at];
  const std::lock_guard lock(shelf.mutex);
  if (const auto found = shelf.numbers.find(text); found != shelf.numbers.end()) return found->second;
  if (shelf.texts.size() >= shared_texts_max / shelf_count) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(shelf.texts.size() << shelf_bits | at);
  shelf.numbers.emplace(shelf.texts.emplace_back(text), number);
  return number;
}

std::string_view SharedTexts::text(std::uint32_t number) const {
  const Shelf& shelf = shelves_[number % shelf_count];
  const std::lock_guard lock(shelf.mutex);
  return shelf.texts[number >> shelf_bits];
}

std::size_t SharedTexts::size() const {
  std::size_t count = 0;
  for (const Shelf& shelf : shelves_) {
    const std::lock_guard lock(shelf.mutex);
    count += shelf.texts.size();
  }
  return count;
}

}  // namespace fhir
