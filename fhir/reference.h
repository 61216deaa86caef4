#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fhir {

/// What a literal reference points to: ("Observation", "17"), ("", uuid) for urn:uuid and urn:oid, ("#", "x") for
/// something contained; both empty when it is no literal reference.
struct Target {
  std::string_view type;
  std::string_view id;

  [[nodiscard]] bool empty() const { return id.empty(); }
  friend bool operator==(const Target&, const Target&) = default;
};

[[nodiscard]] Target target_of(std::string_view reference);
/// "Observation/17", the bare UUID, or "#x".
[[nodiscard]] std::string text_of(const Target& target);

/// Finds the number that was filed under a target. Open addressing, because every resource of a record is filed.
class ReferenceIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  explicit ReferenceIndex(std::size_t expected);

  /// Files a number, unless there is one: the one that is there now.
  std::uint32_t file(const Target& target, std::uint32_t number);
  /// Files another number in place of the one that is there.
  void replace(const Target& target, std::uint32_t number);
  [[nodiscard]] std::uint32_t find(const Target& target) const;
  /// For a reference to a resource of a known type: a UUID may stand for the id, and the other way round.
  [[nodiscard]] std::uint32_t find(const Target& target, std::string_view type) const;

 private:
  struct Slot {
    Target target;
    std::uint32_t number = none;
  };
  [[nodiscard]] std::size_t slot_of(const Target& target) const;

  std::vector<Slot> slots_;
  bool holds_uuids_ = false;  ///< targets without a type
};

}  // namespace fhir
