#include "fhir/simdjson_reader.h"

#include <simdjson.h>

#include <cstring>

#include "fhir/json_tree.h"

// simdjson's first stage checks UTF-8, control characters and quotes, and lists where every bracket, colon, comma,
// string and other scalar begins. The walk over that list is ours: it checks the grammar and fills the tree in one
// pass. The end of a string is known from the place of what follows, so its bytes are not looked at again; simdjson's
// On-Demand interface would copy each, and its DOM interface forgets how numbers were written.

namespace fhir {
namespace {

using Structure = simdjson::internal::dom_parser_implementation;

/// Texts up to this size are read in memory that the thread keeps for the next one.
constexpr std::size_t kept_capacity_max = std::size_t{1} << 20U;

bool is_blank(char letter) {
  return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// RFC 8259 section 6. What follows the text must not be a digit.
bool is_number(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto digits = [&] {
    const char* const first = at;
    while (is_digit(*at)) ++at;
    return at != first;
  };
  if (*at == '-') ++at;
  const bool zero = *at == '0';
  const char* const first = at;
  if (!digits() || (zero && at != first + 1)) return false;
  if (*at == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (*at == 'e' || *at == 'E') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    if (!digits()) return false;
  }
  return at == end;
}

/// The walk over the places that simdjson has found.
class Walk {
 public:
  Walk(std::string_view text, const Structure& structure, Json::Node* nodes, UnescapedText& unescaped)
      : text_(text.data()),
        end_(text.data() + text.size()),
        at_(structure.structural_indexes.get()),
        structure_(structure),
        tree_(nodes),
        unescaped_(unescaped) {
    find_escape(text_);
  }

  std::optional<ReadingFault> whole() {
    tree_.element();
    if (value() && text_ + *at_ == end_) return std::nullopt;
    return ReadingFault{tree_.refusal(), static_cast<std::size_t>(refused_at_ - text_)};
  }

 private:
  /// What stands at the current place; NUL at the end of the text.
  [[nodiscard]] char here() const { return text_[*at_]; }

  /// Whether this stands at the current place; then goes on to the next.
  bool takes(char wanted) {
    if (here() != wanted) return false;
    ++at_;
    return true;
  }

  bool value() {
    if (here() != '"') return value_without_quotes();
    const std::string_view text = string();
    return text.data() != nullptr && tree_.text(text);
  }

  bool value_without_quotes() {
    if (here() == '{') return object();
    return here() == '[' ? array() : scalar();
  }

  bool open(JsonType type) {
    if (!tree_.open(type)) return refused_at(text_ + *at_);
    ++at_;
    return true;
  }

  bool close() { return tree_.close() || refused_at(text_ + at_[-1]); }

  bool refused_at(const char* place) {
    refused_at_ = place;
    return false;
  }

  bool object() {
    if (!open(JsonType::object)) return false;
    if (takes('}')) return close();
    do {
      if (here() != '"') return false;
      const std::string_view name = string();
      if (name.data() == nullptr) return false;
      if (!tree_.name(name)) return refused_at(token_end_);
      if (!takes(':') || !value()) return false;
    } while (takes(','));
    return takes('}') && close();
  }

  bool array() {
    if (!open(JsonType::array)) return false;
    if (takes(']')) return close();
    do {
      tree_.element();
      if (!value()) return false;
    } while (takes(','));
    return takes(']') && close();
  }

  /// The scalar at the current place without the blanks behind it.
  std::string_view token() {
    const char* const start = text_ + at_[0];
    const char* end = text_ + at_[1];
    while (is_blank(end[-1])) --end;  // a scalar starts with something else
    ++at_;
    token_end_ = end;
    return {start, static_cast<std::size_t>(end - start)};
  }

  bool scalar() {
    if (text_ + *at_ == end_) return false;
    const std::string_view text = token();
    switch (text.front()) {
      case 't':
        return text == "true" && tree_.boolean(true);
      case 'f':
        return text == "false" && tree_.boolean(false);
      case 'n':
        return text == "null" && tree_.null();
      default:
        return is_number(text) && (tree_.number(text) || refused_at(text.data()));
    }
  }

  /// The string at the current place without its escapes; no data when it is none.
  std::string_view string() {
    const std::string_view quoted = token();
    if (quoted.size() < 2 || quoted.back() != '"') return {};
    const std::string_view text(quoted.data() + 1, quoted.size() - 2);
    return escape_ >= text.data() + text.size() ? text : unescaped(text);
  }

  /// Kept apart, so that the strings that need it not, nearly all, are read without a call.
  [[gnu::noinline]] std::string_view unescaped(std::string_view text) {
    if (!unescaped_) {
      // No text gets longer by it, and there was no escape before this one.
      unescaped_ = std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(end_ - text.data()) + json_padding);
      free_ = reinterpret_cast<std::uint8_t*>(unescaped_.get());
    }
    const auto* const start = free_;
    free_ = structure_.parse_string(reinterpret_cast<const std::uint8_t*>(text.data()), free_);
    if (free_ == nullptr) return {};
    find_escape(text.data() + text.size());
    return {reinterpret_cast<const char*>(start), static_cast<std::size_t>(free_ - start)};
  }

  void find_escape(const char* from) {
    const void* const found = std::memchr(from, '\\', static_cast<std::size_t>(end_ - from));
    escape_ = found == nullptr ? end_ : static_cast<const char*>(found);
  }

  const char* text_;
  const char* end_;
  const std::uint32_t* at_;  ///< the current place; behind the last one stands the end of the text
  const Structure& structure_;
  TreeBuilder tree_;
  UnescapedText& unescaped_;
  const char* token_end_ = nullptr;
  const char* refused_at_ = text_;
  std::uint8_t* free_ = nullptr;  ///< where the next string without its escapes goes
  const char* escape_ = nullptr;  ///< the next backslash that no string so far contains
};

bool make_room(std::unique_ptr<Structure>& structure, std::size_t size) {
  constexpr std::size_t depth = 1;  // of simdjson's own second stage, which is not used
  if (structure) return structure->capacity() >= size || !structure->set_capacity(size);
  return !simdjson::get_active_implementation()->create_dom_parser_implementation(size, depth, structure);
}

std::optional<ReadingFault> read_in(std::unique_ptr<Structure>& structure, std::string_view text, JsonNodes& nodes,
                                    UnescapedText& unescaped) {
  if (!make_room(structure, text.size())) return ReadingFault{};
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (structure->stage1(bytes, text.size(), simdjson::stage1_mode::regular)) return ReadingFault{};
  // Each value has a place; the name of one more may be noted before it turns out that it does not come.
  nodes = room_for_nodes(structure->n_structural_indexes + std::size_t{1});
  return Walk(text, *structure, nodes.get(), unescaped).whole();
}

}  // namespace

std::optional<ReadingFault> read_with_simdjson(std::string_view text, JsonNodes& nodes, UnescapedText& unescaped) {
  static_assert(json_padding >= simdjson::SIMDJSON_PADDING);
  if (text.empty() || text.size() >= simdjson::SIMDJSON_MAXSIZE_BYTES) return ReadingFault{};
  thread_local std::unique_ptr<Structure> kept;
  if (text.size() <= kept_capacity_max) return read_in(kept, text, nodes, unescaped);
  std::unique_ptr<Structure> own;
  return read_in(own, text, nodes, unescaped);
}

}  // namespace fhir
