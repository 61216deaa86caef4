#include "fhir/members.h"

namespace fhir {

class Members::Table {
 public:
  /// Tries factors until no two names meet.
  consteval Table() {
    while (!filled()) ++factor_;
  }

  /// The place of a name; the number of names when it is none of them.
  [[nodiscard]] std::size_t place_of(std::string_view name) const {
    const std::uint8_t place = places_[slot_of(name)];
    return place < names.size() && names[place] == name ? place : names.size();
  }

 private:
  static constexpr std::size_t slots = 256;

  [[nodiscard]] constexpr std::size_t slot_of(std::string_view name) const {
    if (name.empty()) return 0;
    const auto letter = [&](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at]));
    };
    const std::uint32_t marks = letter(0) | letter(name.size() / 2) << 8U | letter(name.size() - 1) << 16U;
    return (marks + static_cast<std::uint32_t>(name.size())) * factor_ >> 24U;
  }

  constexpr bool filled() {
    places_.fill(names.size());
    for (std::size_t place = 0; place < names.size(); ++place) {
      std::uint8_t& slot = places_[slot_of(names[place])];
      if (slot != names.size()) return false;
      slot = static_cast<std::uint8_t>(place);
    }
    return true;
  }

  std::uint32_t factor_ = 2'654'435'769U;
  std::array<std::uint8_t, slots> places_{};
};

constexpr Members::Table Members::table;

Members::Members(Json resource) {
  if (!resource.is(JsonType::object)) return;
  for (const Json member : resource) {
    if (const std::size_t place = table.place_of(member.name()); place < names.size()) found_[place] = member;
  }
}

}  // namespace fhir
