#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.h"

// JSON in and out. simdjson reads requests and FHIR (simdjson_reader.cpp), RapidJSON reads the knowledge folder and
// writes answers (json.cpp). Both readers fill the same tree (json_tree.h), and the fuzzers hold one against the other.

namespace fhir {

/// Objects and arrays nested deeper than this are refused. Real FHIR reaches 23 levels (DATA.md 0.11).
inline constexpr std::size_t json_depth_max = 64;
/// Numbers written with more characters than this are refused; no measurement has so many digits.
inline constexpr std::size_t json_number_length_max = 256;

enum class JsonType : std::uint8_t { absent, null, boolean, number, string, array, object };

/// Which library reads the bytes. Same result for the same bytes.
enum class JsonReader { simdjson, rapidjson };

/// Spare bytes behind the text that the reader needs. A string that has this much more capacity than size is read
/// where it stands; any other is copied once.
inline constexpr std::size_t json_padding = 64;

class Document;
struct FreeNodes;

/// A read-only view of one value in a Document; costs one word and never outlives the Document.
/// A member that is not there is a view of type `absent`, so that chains need no checks in between:
/// `observation["valueQuantity"]["code"].text()`.
class Json {
 public:
  Json() = default;

  [[nodiscard]] JsonType type() const { return node_ == nullptr ? JsonType::absent : node_->type; }
  [[nodiscard]] bool present() const { return type() != JsonType::absent; }
  [[nodiscard]] bool is(JsonType wanted) const { return type() == wanted; }

  /// The string, unescaped, or the number as it was written; empty for everything else.
  [[nodiscard]] std::string_view text() const { return is_text() ? node_->text_view() : std::string_view(); }
  /// The string, only when it is one; empty otherwise.
  [[nodiscard]] std::string_view string() const {
    return is(JsonType::string) ? node_->text_view() : std::string_view();
  }
  /// The value of a number; nothing when it is not a number.
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<bool> boolean() const;

  /// Member of an object by name; absent when there is none or this is no object.
  [[nodiscard]] Json operator[](std::string_view name) const {
    if (!is(JsonType::object)) return {};
    const Node* const end = node_ + node_->step;
    for (const Node* member = node_ + 1; member != end; member += member->step) {
      if (member->name_view() == name) return Json(member);
    }
    return {};
  }
  /// Elements of an array, members of an object; 0 for everything else.
  [[nodiscard]] std::size_t size() const { return is_container() ? node_->size : 0; }
  /// The name under which an object holds this value; empty in arrays and at the root.
  [[nodiscard]] std::string_view name() const { return node_ == nullptr ? std::string_view() : node_->name_view(); }

  /// One value of the tree. The values inside a container follow it directly, each `step` nodes after the last.
  /// Made without a value, because a text has thousands.
  struct Node {
    const char* name;
    const char* text;  ///< null for containers, booleans and null
    std::uint32_t name_size;
    std::uint32_t size;  ///< bytes of text, number of members or elements, or the value of a boolean
    std::uint32_t step;  ///< nodes up to the next value of the same container
    JsonType type;

    [[nodiscard]] std::string_view name_view() const { return {name, name_size}; }
    [[nodiscard]] std::string_view text_view() const { return {text, size}; }
  };

  /// Walks the elements of an array or the values of an object's members, in the order written.
  class Iterator {
   public:
    explicit Iterator(const Node* node) : node_(node) {}
    Json operator*() const { return Json(node_); }
    Iterator& operator++() {
      node_ += node_->step;
      return *this;
    }
    bool operator==(const Iterator& other) const = default;

   private:
    const Node* node_;
  };
  /// The elements of an array, or the one value that stands for it: FHIR versions disagree on which is which. Nothing
  /// when it is absent.
  struct List {
    Iterator first;
    Iterator last;
    [[nodiscard]] Iterator begin() const { return first; }
    [[nodiscard]] Iterator end() const { return last; }
  };
  [[nodiscard]] List as_list() const {
    if (is(JsonType::array) || !present()) return {begin(), end()};
    return {Iterator(node_), Iterator(node_ + node_->step)};
  }
  [[nodiscard]] Iterator begin() const { return Iterator(is_container() ? node_ + 1 : nullptr); }
  [[nodiscard]] Iterator end() const { return Iterator(is_container() ? node_ + node_->step : nullptr); }

 private:
  friend class Document;
  explicit Json(const Node* node) : node_(node) {}
  [[nodiscard]] bool is_container() const { return is(JsonType::array) || is(JsonType::object); }
  [[nodiscard]] bool is_text() const { return is(JsonType::string) || is(JsonType::number); }

  const Node* node_ = nullptr;
};

/// JSON text that was read whole: every byte validated (grammar, UTF-8, no NUL, no duplicate member, no number out
/// of range, depth), numbers kept as written. Moving it leaves every Json and string_view into it valid.
class Document {
 public:
  struct Tree;

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  [[nodiscard]] Json root() const;

 private:
  friend Result<Document> read_document(std::string, JsonReader);
  friend Document document_of(std::string, std::unique_ptr<Json::Node[], FreeNodes>);
  explicit Document(std::unique_ptr<Tree>);

  std::unique_ptr<Tree> tree_;
};

/// Reads JSON text. Errors: bad_input, `where` is "body" with the byte where reading stopped, `what` names the fault.
/// A byte order mark in front is passed over (RFC 8259 section 8.1).
[[nodiscard]] Result<Document> read_document(std::string bytes, JsonReader reader = JsonReader::simdjson);

/// Writes JSON, compact or indented by two spaces. Text must be UTF-8.
class JsonWriter {
 public:
  enum class Layout { compact, indented };
  explicit JsonWriter(Layout layout = Layout::compact);
  JsonWriter(JsonWriter&&) noexcept;
  JsonWriter& operator=(JsonWriter&&) noexcept;
  ~JsonWriter();

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& name(std::string_view name);
  JsonWriter& text(std::string_view text);
  JsonWriter& boolean(bool value);
  JsonWriter& integer(std::int64_t value);
  /// A number with the shortest digits that read back the same.
  JsonWriter& number(double value);
  /// A number exactly as given, for decimals whose digits carry meaning ("412.0"). Must be valid JSON.
  JsonWriter& number_as_written(std::string_view digits);
  JsonWriter& null();
  /// A whole value that another writer, a compact one, has written.
  JsonWriter& written(std::string_view json);
  /// A value copied from a document.
  JsonWriter& value(Json json);
  /// Shorthands for the commonest member.
  JsonWriter& member(std::string_view name, std::string_view text);

  /// What was written so far; the writer is spent.
  [[nodiscard]] std::string take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads one object whose members are all known, and remembers the first fault with its path, so that reading code
/// has no checks between the lines:
///
///   Fields in(json, "facts/bmi.json");
///   Fact fact{.id = in.text("id"), .title = in.text("title"), .limit = in.number("limit")};
///   return in.finish(std::move(fact));
///
/// `finish` also refuses members that nobody asked for: the vocabulary is closed.
class Fields {
 public:
  Fields(Json object, std::string path);

  /// Required members: a fault when missing or of another type. Text must not be empty.
  std::string text(std::string_view name);
  double number(std::string_view name);
  bool boolean(std::string_view name);
  Json object(std::string_view name);
  Json array(std::string_view name);
  std::vector<std::string> texts(std::string_view name);

  /// Optional members.
  std::string text_or(std::string_view name, std::string_view otherwise);
  bool boolean_or(std::string_view name, bool otherwise);
  std::optional<double> optional_number(std::string_view name);
  std::vector<std::string> texts_or_none(std::string_view name);
  /// Absent when missing; any type. The caller looks.
  Json optional(std::string_view name);

  /// Path of a member, for faults that the caller finds: "facts/bmi.json: limit".
  [[nodiscard]] std::string path_of(std::string_view name) const;
  /// Remembers a fault found by the caller (only the first one counts).
  void complain(std::string_view name, std::string what);
  /// Takes over a fault from a nested reader.
  void complain(Error error);
  [[nodiscard]] const std::optional<Error>& first_fault() const { return fault_; }

  template <class T>
  [[nodiscard]] Result<T> finish(T value) {
    refuse_unknown_members();
    if (fault_) return tl::unexpected<Error>(*fault_);
    return value;
  }

 private:
  Json take(std::string_view name, JsonType type, const char* type_name);
  void refuse_unknown_members();

  Json object_;
  std::string path_;
  std::vector<std::string_view> asked_;
  std::optional<Error> fault_;
};

}  // namespace fhir
