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

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <variant>

#include "fhir/json_tree.h"
#include "fhir/simdjson_reader.h"

namespace fhir {
namespace {

/// Places in a text are held in 32 bits.
constexpr std::size_t text_size_max = std::numeric_limits<std::uint32_t>::max() - json_padding;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// RapidJSON writes a low surrogate that stands alone as if it were a character.
bool has_surrogate(std::string_view text) {
  for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

// ---- RapidJSON

/// Copies names, strings and numbers into one block, because RapidJSON reuses its own.
class RapidjsonHandler {
 public:
  RapidjsonHandler(Json::Node* nodes, std::string& block) : tree_(nodes), block_(block) {}

  [[nodiscard]] const char* refusal() const { return tree_.refusal(); }

  bool Null() { return comes() && tree_.null(); }
  bool Bool(bool value) { return comes() && tree_.boolean(value); }
  bool RawNumber(const char* digits, rapidjson::SizeType size, bool) {
    // Digits that will be refused are not copied: the block must not grow beyond its reserve.
    return comes() && tree_.number(size > json_number_length_max ? std::string_view(digits, size) : kept(digits, size));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return comes() && sound(text, size) && tree_.text(kept(text, size));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    is_named_ = true;
    return sound(text, size) && tree_.name(kept(text, size));
  }
  bool StartObject() { return comes() && tree_.open(JsonType::object); }
  bool EndObject(rapidjson::SizeType) { return tree_.close(); }
  bool StartArray() { return comes() && tree_.open(JsonType::array); }
  bool EndArray(rapidjson::SizeType) { return tree_.close(); }
  // Numbers arrive as they are written, never as these.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  /// A value comes; one without a name is an element.
  bool comes() {
    if (!is_named_) tree_.element();
    is_named_ = false;
    return true;
  }

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
  bool is_named_ = false;
};

tl::unexpected<Error> fault_at(std::size_t byte, std::string what) {
  return fault(Kind::bad_input, "body", std::move(what) + " (at byte " + std::to_string(byte) + ")");
}

/// What is wrong with the number at a place; RapidJSON calls too big what may be too long before.
std::string fault_of_number_at(std::string_view text, std::size_t at) {
  const auto end = text.find_first_not_of("+-.0123456789Ee", at);
  const char* fault = fault_of_number(text.substr(at, end - at));
  return fault != nullptr ? fault : "has a number out of range";
}

std::string sentence_for(const rapidjson::ParseResult& result, const char* refusal, std::string_view text) {
  if (refusal != nullptr) return refusal;
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) return fault_of_number_at(text, result.Offset());
  std::string what = rapidjson::GetParseError_En(result.Code());
  while (what.ends_with('.')) what.pop_back();
  return "is not valid JSON: " + what;
}

constexpr unsigned reading_flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;

/// Here and not in RapidJSON, which needs more time for it than for all the rest.
std::optional<std::size_t> first_byte_that_is_not_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned first = byte(at);
    if (first < 0x80) {
      ++at;
      continue;
    }
    // RFC 3629 section 4: the second byte tells what is overlong, half of a surrogate pair, or beyond Unicode.
    const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    bool sound = first >= 0xC2 && first <= 0xF4 && byte(at + 1) >= least && byte(at + 1) <= most;
    for (std::size_t next = 2; next <= more; ++next) sound = sound && (byte(at + next) & 0xC0U) == 0x80;
    if (!sound) return at;
    at += more + 1;
  }
  return std::nullopt;
}

/// A value stands at the start, or behind one of these; the name of one more may be noted before it does not come.
std::size_t nodes_max(std::string_view text) {
  return 2 + static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
           return letter == '[' || letter == ',' || letter == ':';
         }));
}

/// A NUL has no place in JSON. simdjson takes none; for RapidJSON it would end the text.
constexpr const char* has_nul = "has a NUL byte";

/// `text` must be followed by a NUL byte.
Result<void> read_with_rapidjson(std::string_view text, std::size_t skipped, JsonNodes& nodes, std::string& block) {
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) return fault_at(skipped + nul, has_nul);
  if (const auto at = first_byte_that_is_not_utf8(text)) return fault_at(skipped + *at, "is not UTF-8");
  block.reserve(text.size());
  nodes = room_for_nodes(nodes_max(text));
  rapidjson::StringStream stream(text.data());
  rapidjson::Reader reader;
  RapidjsonHandler handler(nodes.get(), block);
  const rapidjson::ParseResult result = reader.Parse<reading_flags>(stream, handler);
  if (!result) return fault_at(skipped + result.Offset(), sentence_for(result, handler.refusal(), text));
  return {};
}

/// simdjson says quickly that a text is wrong, RapidJSON says where: the two share one wording.
tl::unexpected<Error> explained_fault(std::string_view text, std::size_t skipped, const ReadingFault& fault_found) {
  const bool has_no_nul = text.find('\0') == std::string_view::npos;
  if (has_no_nul && fault_found.refusal != nullptr) return fault_at(skipped + fault_found.at, fault_found.refusal);
  JsonNodes nodes;
  std::string block;
  const auto read = read_with_rapidjson(text, skipped, nodes, block);
  return read ? fault(Kind::bad_input, "body", "is not valid JSON") : tl::unexpected<Error>(read.error());
}

}  // namespace

struct Document::Tree {
  std::string bytes;        ///< the text, followed by padding
  UnescapedText unescaped;  ///< the strings that simdjson had to copy
  std::string block;        ///< all strings of RapidJSON
  JsonNodes nodes;
};

Document::Document(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Json Document::root() const {
  return tree_ ? Json(tree_->nodes.get()) : Json();
}

Document document_of(std::string text, JsonNodes nodes) {
  auto tree = std::make_unique<Document::Tree>();
  tree->bytes = std::move(text);
  tree->nodes = std::move(nodes);
  return Document(std::move(tree));
}

Result<Document> read_document(std::string bytes, JsonReader reader) {
  if (bytes.size() >= text_size_max) return fault(Kind::too_big, "body", "is larger than 4 GiB");
  const std::size_t skipped = bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const std::size_t size = bytes.size() - skipped;
  auto tree = std::make_unique<Document::Tree>();
  tree->bytes = std::move(bytes);
  tree->bytes.append(json_padding, '\0');
  const std::string_view text = std::string_view(tree->bytes).substr(skipped, size);
  if (reader == JsonReader::simdjson) {
    if (const auto fault_found = read_with_simdjson(text, tree->nodes, tree->unescaped))
      return explained_fault(text, skipped, *fault_found);
  } else if (const auto read = read_with_rapidjson(text, skipped, tree->nodes, tree->block); !read) {
    return tl::unexpected<Error>(read.error());
  }
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
JsonWriter& JsonWriter::written(std::string_view json) {
  state_->write([&](auto& writer) { writer.RawValue(json.data(), json.size(), rapidjson::kObjectType); });
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
