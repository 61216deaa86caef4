#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fhir/json.h"
#include "fhir/record.h"

// FHIR datatypes out of JSON, whatever it holds: wrong types read as if they were not there, and are noted where
// a value is lost. Arrays and single values stand for each other, because FHIR versions disagree on which is which.

namespace fhir {

/// Notes what could not be read in one resource.
class Notes {
 public:
  /// `reference` names the resource and must outlive the notes.
  Notes(const std::string& reference, std::vector<Unreadable>& unreadable)
      : reference_(reference), unreadable_(unreadable) {}
  Notes(std::string&&, std::vector<Unreadable>&) = delete;

  void add(std::string_view path, std::string reason) {
    unreadable_.push_back({reference_, std::string(path), std::move(reason)});
  }

 private:
  const std::string& reference_;
  std::vector<Unreadable>& unreadable_;
};

/// Present and not null.
[[nodiscard]] inline bool is_given(Json json) {
  return json.present() && !json.is(JsonType::null);
}

/// The first of these that is given.
[[nodiscard]] Json first_given(std::initializer_list<Json> values);
/// The first of the members that is given.
[[nodiscard]] Json first_of(Json object, std::initializer_list<std::string_view> names);

/// Walks the elements of an array, or the one value that stands for it; nulls are passed over. The action takes the
/// element, and its place in the array if it wants that.
template <class Action>
void for_each(Json json, Action action) {
  const auto act = [&](Json element, std::size_t place) {
    if (!is_given(element)) return;
    if constexpr (std::is_invocable_v<Action, Json, std::size_t>) {
      action(element, place);
    } else {
      action(element);
    }
  };
  if (!json.is(JsonType::array)) return act(json, 0);
  std::size_t place = 0;
  for (const Json element : json) act(element, place++);
}

/// The first element of an array, or the value itself.
[[nodiscard]] Json single(Json json);

/// CodeableConcept, Coding or a plain code.
[[nodiscard]] Concept read_concept(Json json);
[[nodiscard]] std::vector<Concept> read_concepts(Json json);
/// R5 CodeableReference, or the CodeableConcept that it was before.
[[nodiscard]] Concept read_concept_or_reference(Json json);

/// Notes and gives nothing when it is given but no number can be had from it.
[[nodiscard]] std::optional<Quantity> read_quantity(Json json, std::string_view path, Notes& notes);
/// A plain number as a quantity without a unit.
[[nodiscard]] std::optional<Quantity> read_bare_number(Json json, std::string_view path, Notes& notes);
/// Notes and gives nothing when it is given but no time.
[[nodiscard]] std::optional<Time> read_time_at(Json json, std::string_view path, Notes& notes);
/// A number above zero, or nothing.
[[nodiscard]] std::optional<double> read_positive(Json json);
[[nodiscard]] std::vector<std::string_view> read_texts(Json json);

/// The literal reference of a Reference.
[[nodiscard]] std::string_view literal_reference(Json reference);

}  // namespace fhir
