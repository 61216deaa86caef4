#pragma once

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/json.h"

// The tree of a JSON text as both readers fill it.

namespace fhir {

// NOLINTBEGIN(cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory): see JsonNodes
struct FreeNodes {
  void operator()(Json::Node* nodes) const { std::free(nodes); }
};

/// Nodes as a reader has filled them; what is behind them is nothing. They say where in the text something stands, and
/// hold nothing of it: a program that wipes what it deletes has no need to wipe them, and there are far more of them
/// than bytes in the text.
using JsonNodes = std::unique_ptr<Json::Node[], FreeNodes>;

/// Room for so many nodes, with nothing in it.
[[nodiscard]] inline JsonNodes room_for_nodes(std::size_t count) {
  auto* const room = static_cast<Json::Node*>(std::malloc(count * sizeof(Json::Node)));
  if (room == nullptr) throw std::bad_alloc();
  return JsonNodes(room);
}
// NOLINTEND(cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)

/// A Document of a tree that somebody has made, and of the text that its nodes borrow from.
[[nodiscard]] Document document_of(std::string text, JsonNodes nodes);

/// The value of a number that is written by JSON's grammar; nothing when it is too large for a double.
[[nodiscard]] std::optional<double> value_of_number(std::string_view digits);

/// What the two libraries disagree on, or let pass, in a number: endless digits, and "0e999". Null when nothing.
[[nodiscard]] const char* fault_of_number(std::string_view number);

/// Fills the tree, and refuses what neither library looks at: depth, duplicate members, endless digits. Before each
/// value goes its name, or the word that it is an element.
class TreeBuilder {
 public:
  /// `room` is for as many nodes as the text has values, and one more.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): a level is written when it is opened
  explicit TreeBuilder(Json::Node* room) : next_(room) { *level_ = {}; }
  TreeBuilder(const TreeBuilder&) = delete;
  TreeBuilder& operator=(const TreeBuilder&) = delete;

  [[nodiscard]] const char* refusal() const { return refusal_; }

  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }

  /// The name of the value that comes next.
  bool name(std::string_view text) {
    Level& level = *level_;
    const std::uint64_t mark = mark_of(text);
    if ((level.marks & mark) != 0 && level.count <= scanned_members_max && has_member(level, text)) {
      return refuse("has the same member twice in one object");
    }
    level.marks |= mark;
    ++level.count;
    next_->name = text.data();
    next_->name_size = static_cast<std::uint32_t>(text.size());
    return true;
  }

  /// An element of an array comes next, or the text itself.
  void element() {
    ++level_->count;
    next_->name = nullptr;
    next_->name_size = 0;
  }

  bool open(JsonType type) {
    if (level_ == &levels_.back()) return refuse("is nested deeper than 64 levels");
    *++level_ = Level{.container = next_, .count = 0, .marks = 0};
    return add(type, nullptr, 0);
  }

  bool close() {
    const Level& level = *level_--;
    level.container->size = level.count;
    level.container->step = static_cast<std::uint32_t>(next_ - level.container);
    return level.count <= scanned_members_max || level.container->type != JsonType::object ||
           has_no_twins(*level.container);
  }

  bool text(std::string_view value) { return add(JsonType::string, value.data(), value.size()); }
  bool number(std::string_view digits) {
    // Two characters are too few for an exponent.
    const char* const fault = digits.size() < 3 ? nullptr : fault_of_number(digits);
    return fault == nullptr ? add(JsonType::number, digits.data(), digits.size()) : refuse(fault);
  }
  bool boolean(bool value) { return add(JsonType::boolean, nullptr, value ? 1 : 0); }
  bool null() { return add(JsonType::null, nullptr, 0); }

 private:
  /// A container that is open; the first one is what is around the text.
  struct Level {
    Json::Node* container;
    std::uint32_t count;
    std::uint64_t marks;  ///< of the names so far: one that is not marked is new
  };

  /// Up to this many members are compared one by one; more are sorted at the end of the object.
  static constexpr std::uint32_t scanned_members_max = 24;

  bool add(JsonType type, const char* text, std::size_t size) {
    next_->text = text;
    next_->size = static_cast<std::uint32_t>(size);
    next_->step = 1;
    next_->type = type;
    ++next_;
    return true;
  }

  static std::uint64_t mark_of(std::string_view text) {
    if (text.empty()) return 1;
    const auto first = static_cast<unsigned char>(text.front());
    const auto last = static_cast<unsigned char>(text.back());
    return std::uint64_t{1} << ((text.size() * 7 + first + std::size_t{3} * last) & 63U);
  }

  [[nodiscard]] static bool has_member(const Level& object, std::string_view wanted);
  [[nodiscard]] bool has_no_twins(const Json::Node& object);

  Json::Node* next_;
  std::array<Level, json_depth_max + 1> levels_;
  Level* level_ = levels_.data();
  const char* refusal_ = nullptr;
};

}  // namespace fhir
