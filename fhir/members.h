#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "fhir/json.h"

namespace fhir {

/// The members of a resource that are asked for of every resource, or of those kinds that come by the hundred: found in
/// one walk over it instead of one for each.
class Members {
 public:
  /// One of the names below; another does not compile.
  class Name {
   public:
    consteval Name(const char* literal);  // NOLINT(google-explicit-constructor): stands for the literal
    std::size_t place = 0;
  };

  explicit Members(Json resource);

  /// Absent when there is none, as in Json.
  Json operator[](Name name) const { return found_[name.place]; }

 private:
  static constexpr std::array<std::string_view, 34> names = {
      "modifierExtension", "implicitRules",   "subject",        "patient",
      "contained",         "status",          "code",           "component",
      "hasMember",         "related",         "interpretation", "dataAbsentReason",
      "referenceRange",    "method",          "issued",         "effectiveDateTime",
      "effectiveInstant",  "effectivePeriod", "specimen",       "encounter",
      "context",           "category",        "clinicalStatus", "verificationStatus",
      "onsetDateTime",     "onsetPeriod",     "onsetAge",       "onsetQuantity",
      "abatementDateTime", "abatementPeriod", "recordedDate",   "assertedDate",
      "dateRecorded",      "dateAsserted"};

  /// A perfect hash of the names, made while compiling.
  class Table;
  static const Table table;

  std::array<Json, names.size()> found_;
};

consteval Members::Name::Name(const char* literal) {
  while (names.at(place) != literal) ++place;
}

}  // namespace fhir
