#include "fhir/code_system.h"

#include <cctype>

namespace fhir {
namespace {

constexpr std::string_view icd10 = "http://hl7.org/fhir/sid/icd-10";
constexpr std::string_view icd10_cm = "http://hl7.org/fhir/sid/icd-10-cm";
constexpr std::string_view atc = "http://www.whocc.no/atc";

struct Alias {
  std::string_view written;
  std::string_view meant;
};

constexpr std::array<Alias, 7> aliases = {{
    {"urn:oid:2.16.840.1.113883.6.96", "http://snomed.info/sct"},
    {"urn:oid:2.16.840.1.113883.6.1", "http://loinc.org"},
    {"urn:oid:2.16.840.1.113883.6.88", "http://www.nlm.nih.gov/research/umls/rxnorm"},
    {"urn:oid:2.16.840.1.113883.6.3", icd10},
    {"http://hl7.org/fhir/sid/icd-10-uk", icd10},
    {"urn:oid:2.16.840.1.113883.6.90", icd10_cm},
    {"urn:oid:2.16.840.1.113883.6.73", atc},
}};

bool is_icd(std::string_view system) {
  return system == icd10 || system == icd10_cm;
}

}  // namespace

std::string_view canonical_system(std::string_view system) {
  for (const Alias& alias : aliases) {
    if (alias.written == system) return alias.meant;
  }
  return system;
}

bool matches_by_prefix(std::string_view system) {
  return is_icd(system) || system == atc;
}

ComparableCode::ComparableCode(std::string_view system, std::string_view code) {
  for (const char letter : code) {
    if (letter == '.') continue;
    if (size_ == letters_.size()) {
      size_ = 0;  // No code is as long as this: matches nothing.
      return;
    }
    letters_[size_++] = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  if (is_icd(system)) drop_padding();
}

bool ComparableCode::drop(std::string_view mark) {
  if (!text().ends_with(mark)) return false;
  size_ -= mark.size();
  return true;
}

// "L83X", "E10.-", "E14.2†", "N08.3*", "N083A" keeps its A: only HES filling and the marks of WHO go.
void ComparableCode::drop_padding() {
  while (drop("-") || drop("*") || drop("+") || drop("\u2020") || drop("X")) {
  }
}

}  // namespace fhir
