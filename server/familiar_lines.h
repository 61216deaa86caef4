#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/usable.h"
#include "fhir/owner.h"
#include "fhir/shape.h"
#include "fhir/shaped_condenser.h"

namespace server {

/// Lines that are written like others before them, with the same codes: what became of those becomes of these, and
/// nothing is read twice. For one thread.
class FamiliarLines {
 public:
  using Use = cards::Usable::Use;

  FamiliarLines(const cards::Usable& usable, fhir::SharedTexts& texts) : usable_(usable), condenser_(texts) {}

  struct Known {
    Use use = Use::no;
    fhir::Owner owner;      ///< of what is of use
    std::string condensed;  ///< of what is of use
  };
  /// What becomes of a line; nothing when it has to be read.
  [[nodiscard]] std::optional<Known> recognise(std::string_view line);

  /// True when the line that was asked about last should be read to learn from it, though nobody else needs it.
  [[nodiscard]] bool is_worth_reading() const { return learns(); }
  /// What became of it, with what was read. `condensed` is empty unless it is of use.
  void learn(std::string_view line, fhir::Json resource, Use use, std::string_view condensed);

 private:
  /// Whose the line is that was asked about last; nothing when it does not say so in a slot.
  [[nodiscard]] std::optional<fhir::Owner> owner_named() const;
  [[nodiscard]] bool learns() const { return learnt_ < learnt_at_once + recognised_ / 4; }
  [[nodiscard]] std::optional<Use> answer() const {
    return *shape_ < answers_.size() ? answers_[*shape_] : std::nullopt;
  }

  static constexpr std::size_t learnt_at_once = 2000;

  const cards::Usable& usable_;
  fhir::Shapes shapes_;
  fhir::ShapedCondenser condenser_;
  std::vector<std::optional<Use>> answers_;  ///< by shape
  // Of the line that was asked about last.
  std::optional<std::uint32_t> shape_;
  std::vector<fhir::SlotValue> values_;
  std::size_t recognised_ = 0;
  std::size_t learnt_ = 0;
};

}  // namespace server
