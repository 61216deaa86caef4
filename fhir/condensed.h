#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fhir/json.h"

// A resource in a few dozen bytes: for keeping millions of them. What the readers of this folder can see is kept
// exactly, everything else is left out, and what many resources have in common is kept once.

namespace fhir {

/// Texts that many resources share, each kept once under a number. Threads may use one together.
class SharedTexts {
 public:
  /// The number of a text. Nothing when it is too long to be worth it, or when there are too many texts already.
  [[nodiscard]] std::optional<std::uint32_t> number_of(std::string_view text);
  /// The text of a number that `number_of` gave. Stays valid as long as this object.
  [[nodiscard]] std::string_view text(std::uint32_t number) const;
  /// How many texts there are.
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t shelf_count = 64;
  struct Shelf {
    mutable std::mutex mutex;
    std::deque<std::string> texts;
    std::unordered_map<std::string_view, std::uint32_t> numbers;
  };
  std::array<Shelf, shelf_count> shelves_;
};

/// What the readers can see of a resource. A Patient's name, address lines and contacts are no part of it.
[[nodiscard]] std::string condense(Json resource, SharedTexts& texts);

/// Appends the JSON text of a condensed resource: the readers read it as they would have read the resource itself.
/// `condensed` must come from `condense` with the same texts.
void append_resource(std::string_view condensed, const SharedTexts& texts, std::string& json);

/// True when a condensed resource is of that type.
[[nodiscard]] bool is_condensed_from(std::string_view condensed, std::string_view type, const SharedTexts& texts);

/// True for a member that `condense` keeps: one that some reader asks for.
[[nodiscard]] bool is_kept_member(std::string_view name);

/// True for a member of a resource, or of what lies that many objects deep in it, that `condense` keeps.
[[nodiscard]] bool is_kept(Json member, int level, bool of_patient);
/// True for a reference that says whose resource it is, so that `condense` leaves the subject out.
[[nodiscard]] bool is_patient_name(std::string_view reference);

/// Whole numbers in as few bytes as they need, seven bits in each.
void append_number(std::uint64_t number, std::string& bytes);
[[nodiscard]] std::uint64_t take_number(std::string_view& bytes);

}  // namespace fhir
