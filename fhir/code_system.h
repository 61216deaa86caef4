#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// How codes of the code systems in health records are told apart and compared.

namespace fhir {

/// The URI under which FHIR knows a code system, from that or one of its other names (OIDs of the HL7 registry).
[[nodiscard]] std::string_view canonical_system(std::string_view system);

/// True for ICD-10, ICD-10-CM and ATC, whose sets list classes: a code belongs to a set when the set names it or a
/// prefix of it. All others match whole codes. Takes the canonical URI.
[[nodiscard]] bool matches_by_prefix(std::string_view system);

/// A code of ICD-10 or ATC as it is compared: upper case, without dots and padding ("L83X" and "E88.1" as "L83" and
/// "E881"; TERMINOLOGY.md 3). Lives on the stack, because it is made for every coding of every resource.
class ComparableCode {
 public:
  ComparableCode(std::string_view system, std::string_view code);
  [[nodiscard]] std::string_view text() const { return {letters_.data(), size_}; }

 private:
  bool drop(std::string_view mark);
  void drop_padding();

  std::array<char, 24> letters_{};
  std::size_t size_ = 0;
};

}  // namespace fhir
