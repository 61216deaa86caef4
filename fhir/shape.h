#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json.h"

// A system writes the same kind of resource in the same way again and again: the same members in the same order, the
// same codes and units, and only ids, times and numbers differ. A line that fits the shape of one that was read before
// need not be read again.

namespace fhir {

/// A string or number in a line.
struct Slot {
  std::string name;  ///< of the member
  bool is_number = false;
  bool is_kept = false;      ///< `condense` keeps it
  bool is_fixed = false;     ///< the same in all lines of a shape
  bool names_owner = false;  ///< says whose resource it is: a reference, or the id of a Patient

  friend bool operator==(const Slot&, const Slot&) = default;
};

/// What stands in a slot of a line: the inside of a string, or a number.
struct SlotValue {
  const Slot* slot = nullptr;
  std::string_view text;
};

/// All strings and numbers of a line, in their order.
struct SlotList {
  struct Found {
    std::string_view text;
    Slot slot;
  };
  std::vector<Found> found;
  bool can_be_learnt = false;
};

/// Lists those of a resource. Fixed are those in the `deciding` members, names of members of the resource, and the
/// words of its own that a system has for statuses, units and code systems.
[[nodiscard]] SlotList slots_of(Json resource, const std::vector<std::string_view>& deciding);

/// The shapes of lines that were read: a tree of what is written between the slots that are not fixed. For one thread.
class Shapes {
 public:
  Shapes();

  /// The number of the shape of a line, and what stands in its slots that are not fixed. Nothing when there is no such
  /// line among those learnt, or when a string in it is anything but plain ASCII. A line that has a shape is JSON from
  /// its first byte to its last, as the readers would have it.
  [[nodiscard]] std::optional<std::uint32_t> match(std::string_view line, std::vector<SlotValue>& values);

  /// Learns the shape of a line that was read into this resource.
  void learn(std::string_view line, Json resource, const SlotList& slots);

 private:
  /// From a place in a shape to the next: what is written, and what is at its end.
  struct Step {
    enum class End : std::uint8_t { slot, branch, line };
    std::string written;
    End end = End::branch;
    Slot slot{};
    std::uint32_t to = 0;  ///< the next place; at the end of the line the number of the shape
  };
  /// The steps from one place, and the first byte of each; of one that begins with its slot, that is 0.
  struct Place {
    std::vector<std::unique_ptr<Step>> steps;
    std::string firsts;
    [[nodiscard]] const Step* step_at(const char* at, const char* end) const;
    void add(Step step);
  };

  /// Where the step ends; null when the text does not fit it.
  static const char* take(const Step& step, const char* at, const char* end, std::vector<SlotValue>& values);
  /// Where something leads that is written at a place, which is made when it is new; nothing when it cannot be told
  /// from what is there.
  std::optional<std::uint32_t> after(std::uint32_t place, std::string_view written, const Slot* slot);
  std::optional<std::uint32_t> add(std::uint32_t place, std::string_view written, const Slot* slot);
  /// Cuts a step in two, so that others may begin in the middle.
  void cut(Step& step, std::size_t at);

  std::deque<Place> places_;
  std::uint32_t shapes_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace fhir
