#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fhir/hole_writer.h"
#include "fhir/shape.h"

namespace fhir {

/// A text by which something is looked up without being copied.
struct TextHash : std::hash<std::string_view> {
  using is_transparent = void;
};
template <class Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

/// Condenses resources of known shape without reading them. For one thread.
class ShapedCondenser {
 public:
  explicit ShapedCondenser(SharedTexts& texts) : writer_(texts) {}

  /// The same bytes as `condense` gives; nothing when no resource with the same skeleton was learnt.
  [[nodiscard]] std::optional<std::string> condense(std::uint32_t shape, const std::vector<SlotValue>& values);
  /// Learns from what `condense` has made of a resource of a shape with these slots.
  void learn(std::uint32_t shape, const SlotList& slots, std::string_view condensed);

 private:
  void begin(std::uint32_t shape);
  void write(std::string_view text, const Slot& slot);

  HoleWriter writer_;
  ByText<std::uint64_t> skeletons_;  ///< number of a skeleton plus one, by the shape and what its slots add
  std::unordered_map<std::uint32_t, std::vector<std::string>> fixed_;  ///< of a shape: the filling between its slots
};

}  // namespace fhir
