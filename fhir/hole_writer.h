#pragma once

#include <string>
#include <string_view>

#include "fhir/condensed.h"

namespace fhir {

/// Takes values apart into what a skeleton says of them and what goes into its holes.
class HoleWriter {
 public:
  explicit HoleWriter(SharedTexts& texts);

  /// The inside of a string, written without its quotes. `name` is the member's.
  void string(std::string_view text, std::string_view name);
  /// A number as it is written.
  void number(std::string_view digits);
  void clear();

  std::string skeleton;
  std::string filling;

 private:
  bool uuid(std::string_view text);
  void reference(std::string_view text);
  bool time(std::string_view text);
  void time_of_day(std::string_view rest);
  void shared_text(std::string_view text);
  void inline_text(std::string_view text);

  SharedTexts& texts_;
  std::string escaped_;
};

/// A string as JSON writes it, without the quotes. Control characters stand for holes and are never written as such.
void append_escaped(std::string_view text, std::string& json);

}  // namespace fhir
