#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What a setting is, whatever it belongs to and wherever it was written.

namespace server {

/// Where a setting lives, by type.
using Place = std::variant<std::string*, bool*, std::uint64_t*, std::vector<std::string>*>;
/// What was written for it.
using Value = std::variant<std::string, bool, std::uint64_t, std::vector<std::string>>;
/// Refuses what makes no sense; the answer reads on from the key ("is not HOST:PORT"), empty when good.
using FaultIn = std::string_view (*)(std::string_view text);

/// One key of a section, as the program reads it and as its manual describes it.
template <class Owner>
struct Key {
  std::string_view name;  ///< "limits.body_bytes"
  Place (*place)(Owner&);
  std::string_view sentence;  ///< what it does, for the manual
  std::uint64_t min = 0;      ///< for numbers
  std::uint64_t max = 0;
  FaultIn fault_in = nullptr;  ///< for texts
  bool secret = false;
};

/// "text", "truth value (true or false)", "whole number", "list of texts".
[[nodiscard]] std::string_view type_of(const Place& place);
/// The value that stands at the place.
[[nodiscard]] std::string as_toml(const Place& place);

/// Takes over a value of the right type; false for every other type.
[[nodiscard]] bool take(Value value, const Place& place);
/// The same from an environment variable, where everything is text and lists are separated by commas.
[[nodiscard]] bool take_text(std::string_view text, const Place& place);

/// What is wrong with the value that stands at the place; empty when nothing is.
[[nodiscard]] std::string fault_at(const Place& place, std::uint64_t min, std::uint64_t max, FaultIn fault_in);

template <class Owner>
[[nodiscard]] std::string fault_at(const Key<Owner>& key, const Place& place) {
  return fault_at(place, key.min, key.max, key.fault_in);
}

// Faults in texts that several sections know.

[[nodiscard]] std::string_view fault_in_needed(std::string_view text);
[[nodiscard]] std::string_view fault_in_care_tier(std::string_view text);

}  // namespace server
