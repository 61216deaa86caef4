#include "fhir/json.h"

// RapidJSON adds to null pointers where its stacks are still empty, which the sanitizers of clang take amiss.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <variant>

namespace fhir {
namespace {

namespace ondemand = simdjson::ondemand;
using Node = Json::Node;

/// An exponent with more characters would not fit in 64 bits.
constexpr std::size_t exponent_length_max = 18;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The digits of the exponent of "12.5e-3" with a minus sign, if any; empty when there is no exponent.
std::string_view exponent_digits(std::string_view digits) {
  const auto e = digits.find_first_of("eE");
  if (e == std::string_view::npos) return {};
  const std::string_view written = digits.substr(e + 1);
  return written.starts_with('+') ? written.substr(1) : written;
}

/// The exponent less the digits behind the point; 0 when there is no exponent.
long net_exponent(std::string_view digits) {
  const std::string_view written = exponent_digits(digits);
  if (written.empty()) return 0;
  const auto point = digits.find('.');
  const long behind = point == std::string_view::npos ? 0 : static_cast<long>(digits.find_first_of("eE") - point - 1);
  long exponent = 0;
  std::from_chars(written.data(), written.data() + written.size(), exponent);
  return exponent - behind;
}

std::optional<double> value_of_number(std::string_view digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // Out of range is too large, or too small to differ from nothing; the length limit lets the exponent tell which.
  if (error == std::errc::result_out_of_range && net_exponent(digits) < 0) return 0.0;
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// What the two libraries disagree on, or let pass: endless digits, and "0e999".
const char* fault_of_number(std::string_view digits) {
  if (digits.size() > json_number_length_max) return "has a number with more than 256 characters";
  const std::string_view exponent = digits.size() < 3 ? std::string_view() : exponent_digits(digits);
  if (exponent.empty()) return nullptr;
  const bool readable = exponent.size() <= exponent_length_max && value_of_number(digits) &&
                        net_exponent(digits) <= std::numeric_limits<double>::max_exponent10;
  return readable ? nullptr : "has a number out of range";
}

/// RapidJSON writes a low surrogate that stands alone as if it were a character.
bool has_surrogate(std::string_view text) {
  for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

/// Fills the tree for both readers, and refuses what neither library looks at: depth and duplicate members.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::vector<Node>& nodes) : nodes_(nodes) {}

  [[nodiscard]] const char* refusal() const { return refusal_; }

  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }

  bool open(JsonType type) {
    if (depth_ == json_depth_max) return refuse("is nested deeper than 64 levels");
    levels_[depth_++] = Level{static_cast<std::uint32_t>(nodes_.size()), 0};
    add(type, nullptr, 0);
    return true;
  }

  bool close() {
    Node& container = nodes_[levels_[--depth_].node];
    container.step = static_cast<std::uint32_t>(nodes_.size() - levels_[depth_].node);
    if (container.type == JsonType::object && container.size > scanned_members_max)
      return check_many_members(container);
    return true;
  }

  /// The name of the value that comes next.
  bool name(std::string_view text) {
    Level& level = levels_[depth_ - 1];
    const std::uint64_t mark = mark_of(text);
    const Node& object = nodes_[level.node];
    if ((level.marks & mark) != 0 && object.size <= scanned_members_max && has_member(object, text)) {
      return refuse("has the same member twice in one object");
    }
    level.marks |= mark;
    name_ = text;
    return true;
  }

  bool text(std::string_view value) {
    add(JsonType::string, value.data(), value.size());
    return true;
  }
  bool number(std::string_view digits) {
    if (const char* fault = fault_of_number(digits)) return refuse(fault);
    add(JsonType::number, digits.data(), digits.size());
    return true;
  }
  bool boolean(bool value) {
    add(JsonType::boolean, nullptr, value ? 1 : 0);
    return true;
  }
  bool null() {
    add(JsonType::null, nullptr, 0);
    return true;
  }

 private:
  struct Level {
    std::uint32_t node = 0;
    std::uint64_t marks = 0;
  };

  /// Up to this many members are compared one by one; more are sorted at the end of the object.
  static constexpr std::uint32_t scanned_members_max = 24;

  void add(JsonType type, const char* text, std::size_t size) {
    if (depth_ > (type == JsonType::array || type == JsonType::object ? 1U : 0U)) count_in_parent(type);
    nodes_.push_back(
        Node{name_.data(), text, static_cast<std::uint32_t>(name_.size()), static_cast<std::uint32_t>(size), 1, type});
    name_ = {};
  }

  void count_in_parent(JsonType type) {
    const bool opened = type == JsonType::array || type == JsonType::object;
    ++nodes_[levels_[depth_ - (opened ? 2 : 1)].node].size;
  }

  static std::uint64_t mark_of(std::string_view text) {
    if (text.empty()) return 1;
    const auto first = static_cast<unsigned char>(text.front());
    const auto last = static_cast<unsigned char>(text.back());
    return std::uint64_t{1} << ((text.size() * 7 + first + std::size_t{3} * last) & 63U);
  }

  static bool has_member(const Node& object, std::string_view wanted) {
    const Node* member = &object + 1;
    for (std::uint32_t i = 0; i < object.size; ++i, member += member->step) {
      if (member->name_view() == wanted) return true;
    }
    return false;
  }

  bool check_many_members(const Node& object) {
    std::vector<std::string_view> names;
    names.reserve(object.size);
    const Node* member = &object + 1;
    for (std::uint32_t i = 0; i < object.size; ++i, member += member->step) names.push_back(member->name_view());
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) == names.end()) return true;
    return refuse("has the same member twice in one object");
  }

  std::vector<Node>& nodes_;
  std::array<Level, json_depth_max> levels_;
  std::size_t depth_ = 0;
  std::string_view name_;
  const char* refusal_ = nullptr;
};

// ---- simdjson

/// One walk over everything: On-Demand checks only what is looked at, so every scalar is read and every name unescaped.
class SimdjsonWalk {
 public:
  explicit SimdjsonWalk(std::vector<Node>& nodes) : tree_(nodes) {}

  bool root(ondemand::document& document) {
    ondemand::json_type type{};
    if (document.type().get(type)) return false;
    const bool read = type == ondemand::json_type::object ? object(document) : array(document);
    return read && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  /// The only element of an array: how a text that is a single scalar is read.
  bool only_element(ondemand::document& document) {
    ondemand::array elements;
    if (document.get_array().get(elements)) return false;
    int count = 0;
    for (auto element : elements) {
      ondemand::value item;
      if (++count > 1 || element.get(item) || !value(item)) return false;
    }
    return count == 1 && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

 private:
  template <class Source>
  bool object(Source& source) {
    ondemand::object members;
    if (source.get_object().get(members) || !tree_.open(JsonType::object)) return false;
    for (auto member : members) {
      ondemand::field field;
      std::string_view name;
      if (std::move(member).get(field) || field.unescaped_key().get(name) || !tree_.name(name)) return false;
      if (!value(field.value())) return false;
    }
    return tree_.close();
  }

  template <class Source>
  bool array(Source& source) {
    ondemand::array elements;
    if (source.get_array().get(elements) || !tree_.open(JsonType::array)) return false;
    for (auto element : elements) {
      ondemand::value item;
      if (element.get(item) || !value(item)) return false;
    }
    return tree_.close();
  }

  bool value(ondemand::value& item) {
    ondemand::json_type type{};
    if (item.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::object:
        return object(item);
      case ondemand::json_type::array:
        return array(item);
      case ondemand::json_type::string: {
        std::string_view text;
        return !item.get_string().get(text) && tree_.text(text);
      }
      case ondemand::json_type::number:
        return number(item);
      case ondemand::json_type::boolean: {
        bool truth = false;
        return !item.get_bool().get(truth) && tree_.boolean(truth);
      }
      case ondemand::json_type::null: {
        bool null = false;
        return !item.is_null().get(null) && null && tree_.null();
      }
    }
    return false;
  }

  bool number(ondemand::value& item) {
    // The token reaches up to the next comma or bracket: white space behind the digits goes.
    std::string_view digits = item.raw_json_token();
    while (!digits.empty() && static_cast<unsigned char>(digits.back()) <= ' ') digits.remove_suffix(1);
    double value = 0;
    return !item.get_double().get(value) && tree_.number(digits);
  }

  TreeBuilder tree_;
};

// ---- RapidJSON

/// Copies names, strings and numbers into one block, because RapidJSON reuses its own.
class RapidjsonHandler {
 public:
  RapidjsonHandler(std::vector<Node>& nodes, std::string& block) : tree_(nodes), block_(block) {}

  [[nodiscard]] const char* refusal() const { return tree_.refusal(); }

  bool Null() { return tree_.null(); }
  bool Bool(bool value) { return tree_.boolean(value); }
  bool RawNumber(const char* digits, rapidjson::SizeType size, bool) {
    // Digits that will be refused are not copied: the block must not grow beyond its reserve.
    return tree_.number(size > json_number_length_max ? std::string_view(digits, size) : kept(digits, size));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return sound(text, size) && tree_.text(kept(text, size));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    return sound(text, size) && tree_.name(kept(text, size));
  }
  bool StartObject() { return tree_.open(JsonType::object); }
  bool EndObject(rapidjson::SizeType) { return tree_.close(); }
  bool StartArray() { return tree_.open(JsonType::array); }
  bool EndArray(rapidjson::SizeType) { return tree_.close(); }
  // Numbers arrive as they are written, never as these.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  bool sound(const char* text, std::size_t size) {
    return !has_surrogate({text, size}) || tree_.refuse("has half of a surrogate pair");
  }

  std::string_view kept(const char* text, std::size_t size) {
    const std::size_t at = block_.size();
    block_.append(text, size);
    return {block_.data() + at, size};
  }

  TreeBuilder tree_;
  std::string& block_;
};

tl::unexpected<Error> fault_at(std::size_t byte, std::string what) {
  return fault(Kind::bad_input, "body", std::move(what) + " (at byte " + std::to_string(byte) + ")");
}

std::string sentence_for(const rapidjson::ParseResult& result, const char* refusal) {
  if (refusal != nullptr) return refusal;
  if (result.Code() == rapidjson::kParseErrorStringInvalidEncoding) return "is not UTF-8";
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) return "has a number out of range";
  std::string text = rapidjson::GetParseError_En(result.Code());
  while (text.ends_with('.')) text.pop_back();
  return "is not valid JSON: " + text;
}

/// `text` must be followed by a NUL byte.
Result<void> read_with_rapidjson(std::string_view text, std::size_t skipped, std::vector<Node>& nodes,
                                 std::string& block) {
  block.reserve(text.size());
  rapidjson::StringStream stream(text.data());
  rapidjson::Reader reader;
  RapidjsonHandler handler(nodes, block);
  constexpr unsigned flags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result = reader.Parse<flags>(stream, handler);
  if (!result) return fault_at(skipped + result.Offset(), sentence_for(result, handler.refusal()));
  return {};
}

/// simdjson says quickly that a text is wrong, RapidJSON says where: the two share one wording.
tl::unexpected<Error> explained_fault(std::string_view text, std::size_t skipped) {
  std::vector<Node> nodes;
  std::string block;
  const auto read = read_with_rapidjson(text, skipped, nodes, block);
  return read ? fault(Kind::bad_input, "body", "is not valid JSON") : tl::unexpected<Error>(read.error());
}

}  // namespace

struct Document::Tree {
  std::string bytes;                  ///< the text, followed by padding
  simdjson::ondemand::parser parser;  ///< owns the unescaped strings
  std::string block;                  ///< the same for RapidJSON
  std::vector<Node> nodes;
};

namespace {

bool is_container_text(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

Result<void> read_with_simdjson(Document::Tree& tree, std::size_t skipped, std::size_t size) {
  const bool container = is_container_text(std::string_view(tree.bytes).substr(skipped, size));
  std::string wrapped;
  if (!container) {
    // simdjson treats a lone scalar as a special case with its own, weaker checks; as an element it gets the usual
    // ones.
    wrapped = "[" + tree.bytes.substr(skipped, size) + "]" + std::string(json_padding, '\0');
  }
  const char* const start = container ? tree.bytes.data() + skipped : wrapped.data();
  const std::size_t length = container ? size : size + 2;
  ondemand::document document;
  SimdjsonWalk walk(tree.nodes);
  const simdjson::padded_string_view view(start, length, length + json_padding);
  bool read = !tree.parser.iterate(view).get(document);
  if (read) read = container ? walk.root(document) : walk.only_element(document);
  if (!read) return explained_fault(std::string_view(tree.bytes).substr(skipped, size), skipped);
  if (!container) tree.block = std::move(wrapped);
  return {};
}

}  // namespace

Document::Document(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Json Document::root() const {
  return tree_ ? Json(tree_->nodes.data()) : Json();
}

Result<Document> read_document(std::string bytes, JsonReader reader) {
  static_assert(json_padding >= simdjson::SIMDJSON_PADDING);
  if (bytes.size() >= simdjson::SIMDJSON_MAXSIZE_BYTES - json_padding) {
    return fault(Kind::too_big, "body", "is larger than 4 GiB");
  }
  // NUL ends a text for some readers and not for others; nobody needs one.
  if (const auto nul = bytes.find('\0'); nul != std::string::npos) return fault_at(nul, "has a NUL byte");

  const std::size_t skipped = bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const std::size_t size = bytes.size() - skipped;
  auto tree = std::make_unique<Document::Tree>();
  tree->bytes = std::move(bytes);
  tree->bytes.append(json_padding, '\0');
  tree->nodes.reserve(size / 24 + 8);
  const auto read =
      reader == JsonReader::simdjson
          ? read_with_simdjson(*tree, skipped, size)
          : read_with_rapidjson(std::string_view(tree->bytes).substr(skipped, size), skipped, tree->nodes, tree->block);
  if (!read) return tl::unexpected<Error>(read.error());
  return Document(std::move(tree));
}

std::optional<double> Json::number() const {
  return is(JsonType::number) ? value_of_number(node_->text_view()) : std::nullopt;
}

std::optional<bool> Json::boolean() const {
  return is(JsonType::boolean) ? std::optional<bool>(node_->size != 0) : std::nullopt;
}

// ---- JsonWriter

struct JsonWriter::State {
  using Compact = rapidjson::Writer<rapidjson::StringBuffer>;
  using Indented = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

  explicit State(Layout layout) {
    if (layout == Layout::compact) {
      writer.emplace<Compact>(buffer);
    } else {
      writer.emplace<Indented>(buffer).SetIndent(' ', 2);
    }
  }

  template <class Action>
  void write(Action action) {
    std::visit(
        [&](auto& writer_in_use) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(writer_in_use)>, std::monostate>) action(writer_in_use);
        },
        writer);
  }

  rapidjson::StringBuffer buffer;
  std::variant<std::monostate, Compact, Indented> writer;
};

namespace {
rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}
/// RapidJSON does not take a null pointer, which is what an empty view may hold.
const char* data_of(std::string_view text) {
  return text.empty() ? "" : text.data();
}
}  // namespace

JsonWriter::JsonWriter(Layout layout) : state_(std::make_unique<State>(layout)) {}
JsonWriter::JsonWriter(JsonWriter&&) noexcept = default;
JsonWriter& JsonWriter::operator=(JsonWriter&&) noexcept = default;
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::begin_object() {
  state_->write([](auto& writer) { writer.StartObject(); });
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  state_->write([](auto& writer) { writer.EndObject(); });
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  state_->write([](auto& writer) { writer.StartArray(); });
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  state_->write([](auto& writer) { writer.EndArray(); });
  return *this;
}
JsonWriter& JsonWriter::name(std::string_view name) {
  state_->write([&](auto& writer) { writer.Key(data_of(name), size_of(name)); });
  return *this;
}
JsonWriter& JsonWriter::text(std::string_view text) {
  state_->write([&](auto& writer) { writer.String(data_of(text), size_of(text)); });
  return *this;
}
JsonWriter& JsonWriter::boolean(bool value) {
  state_->write([&](auto& writer) { writer.Bool(value); });
  return *this;
}
JsonWriter& JsonWriter::integer(std::int64_t value) {
  state_->write([&](auto& writer) { writer.Int64(value); });
  return *this;
}
JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return number_as_written({digits.data(), static_cast<std::size_t>(end - digits.data())});
}
JsonWriter& JsonWriter::number_as_written(std::string_view digits) {
  state_->write([&](auto& writer) { writer.RawValue(digits.data(), digits.size(), rapidjson::kNumberType); });
  return *this;
}
JsonWriter& JsonWriter::null() {
  state_->write([](auto& writer) { writer.Null(); });
  return *this;
}
JsonWriter& JsonWriter::member(std::string_view member_name, std::string_view value) {
  return name(member_name).text(value);
}

JsonWriter& JsonWriter::value(Json json) {
  switch (json.type()) {
    case JsonType::object:
      begin_object();
      for (const Json member : json) name(member.name()).value(member);
      return end_object();
    case JsonType::array:
      begin_array();
      for (const Json element : json) value(element);
      return end_array();
    case JsonType::string:
      return text(json.string());
    case JsonType::number:
      return number_as_written(json.text());
    case JsonType::boolean:
      return boolean(json.boolean().value_or(false));
    case JsonType::null:
    case JsonType::absent:
      break;
  }
  return null();
}

std::string JsonWriter::take() {
  std::string text(state_->buffer.GetString(), state_->buffer.GetSize());
  state_->buffer.Clear();
  return text;
}

}  // namespace fhir
