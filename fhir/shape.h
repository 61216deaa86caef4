#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json.h"

// A system writes the same kind of resource in the same way again and again: the same members in the same order, and
// nothing but strings and numbers that differ. A line that fits the shape of one that was read before need not be read
// again.

namespace fhir {

/// Where lines of the same shape differ: the inside of a string, or a number.
struct Slot {
  std::string name;  ///< of the member
  bool is_number = false;
  bool is_kept = false;      ///< `condense` keeps it
  bool decides = false;      ///< stands in a member that was named to `learn`
  bool names_owner = false;  ///< the reference that says whose resource it is

  friend bool operator==(const Slot&, const Slot&) = default;
};

/// What stands in a slot of a line.
struct SlotValue {
  const Slot* slot = nullptr;
  std::string_view text;
};

/// The shapes of lines that were read. For one thread.
class Shapes {
 public:
  Shapes();

  /// The number of the shape of a line, and what stands in its slots. Nothing when there is no such line among those
  /// learnt, or when a string in it is anything but plain ASCII. A line that has a shape is JSON from its first byte
  /// to its last, as the readers would have it.
  [[nodiscard]] std::optional<std::uint32_t> match(std::string_view line, std::vector<SlotValue>& values);

  /// Learns the shape of a line, which `resource` was read from. `deciding`: names of members.
  void learn(std::string_view line, Json resource, const std::vector<std::string_view>& deciding);

 private:
  /// From a place in a shape to the next: what is written up to a slot, or up to the end of the line.
  struct Step {
    std::string written;
    std::optional<Slot> slot;  ///< nothing: the line ends
    std::uint32_t to = 0;      ///< the next place; at the end the number of the shape
  };
  using Place = std::vector<std::unique_ptr<Step>>;

  /// Where the step ends; null when the text does not fit it.
  static const char* take(const Step& step, const char* at, const char* end, std::vector<SlotValue>& values);
  /// Where a step leads, which is made when it is new; nothing when the same is taken otherwise there.
  std::optional<std::uint32_t> after(std::uint32_t place, std::string_view written, const std::optional<Slot>& slot);

  std::deque<Place> places_;
  std::uint32_t shapes_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace fhir
