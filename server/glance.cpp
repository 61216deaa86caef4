#include "server/glance.h"

#include <array>
#include <cstring>

namespace server {

namespace {

constexpr std::string_view opening = R"({"resourceType":)";

bool holds(std::string_view line, std::string_view part) {
  return memmem(line.data(), line.size(), part.data(), part.size()) != nullptr;
}

bool holds_any(std::string_view line, std::initializer_list<std::string_view> parts) {
  for (const auto part : parts) {
    if (holds(line, part)) return true;
  }
  return false;
}

struct Balance {
  int braces = 0;
  int brackets = 0;
  int quotes = 0;
  int escapes = 0;
};

/// Counted in pieces of a fixed length, which compilers turn into vector instructions.
void count(const char* letters, std::size_t length, Balance& balance) {
  for (std::size_t i = 0; i < length; ++i) {
    balance.braces += (letters[i] == '{') - (letters[i] == '}');
    balance.brackets += (letters[i] == '[') - (letters[i] == ']');
    balance.quotes += letters[i] == '"';
    balance.escapes += letters[i] == '\\';
  }
}

/// Without an escape anywhere, ends with a brace, and nothing is left open.
bool looks_whole(std::string_view line) {
  constexpr std::size_t piece = 64;
  if (!line.ends_with('}')) return false;
  Balance balance;
  std::size_t at = 0;
  for (; at + piece <= line.size(); at += piece) count(line.data() + at, piece, balance);
  count(line.data() + at, line.size() - at, balance);
  return balance.braces == 0 && balance.brackets == 0 && balance.quotes % 2 == 0 && balance.escapes == 0;
}

std::string_view without_blanks(std::string_view text) {
  const auto start = text.find_first_not_of(" \t");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

/// The string at the beginning of a text; nothing when there is none.
bool take_string(std::string_view text, std::string_view& string) {
  text = without_blanks(text);
  if (!text.starts_with('"')) return false;
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return false;
  string = text.substr(1, end - 1);
  return true;
}

enum class Finding : unsigned char { none, unwanted, wanted, odd };

/// Looks at every value under a quoted name. A value that is no string, object or array is odd.
template <class Wanted>
Finding look_at(std::string_view line, std::string_view quoted_name, Wanted wanted) {
  Finding finding = Finding::none;
  while (true) {
    const void* const found = memmem(line.data(), line.size(), quoted_name.data(), quoted_name.size());
    if (found == nullptr) return finding;
    line.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - line.data()) + quoted_name.size());
    const auto behind = without_blanks(line);
    if (!behind.starts_with(':')) continue;  // a value, not a name
    const auto value = without_blanks(behind.substr(1));
    if (value.starts_with('{') || value.starts_with('[')) continue;
    std::string_view string;
    if (!take_string(value, string)) return Finding::odd;
    if (wanted(string)) return Finding::wanted;
    finding = Finding::unwanted;
  }
}

Glance by_codes(std::string_view line, const cards::Usable& usable) {
  const auto codes = look_at(line, R"("code")", [&](std::string_view code) { return usable.may_be_used(code); });
  return codes == Finding::unwanted ? Glance::not_needed : Glance::read;
}

Glance observation(std::string_view line, const cards::Usable& usable) {
  if (by_codes(line, usable) == Glance::read || holds(line, R"("contained")")) return Glance::read;
  for (const auto name : {R"("text")", R"("display")"}) {
    const auto texts = look_at(line, name, [&](std::string_view text) { return usable.is_wanted_text(text); });
    if (texts == Finding::wanted || texts == Finding::odd) return Glance::read;
  }
  return Glance::not_needed;
}

Glance medicine(std::string_view line, const cards::Usable& usable) {
  if (holds_any(line, {R"("medicationReference")", R"("contained")", R"("medication":)", R"("medication" )"})) {
    return Glance::read;
  }
  return by_codes(line, usable);
}

}  // namespace

Glance glance(std::string_view line, const cards::Usable& usable) {
  std::string_view type;
  if (!line.starts_with(opening) || !take_string(line.substr(opening.size()), type)) return Glance::read;
  if (!looks_whole(line)) return Glance::read;
  if (!usable.reads(type)) return Glance::of_other_type;
  if (type == "Observation") return observation(line, usable);
  if (type == "Condition") return by_codes(line, usable);
  if (type.starts_with("Medication") && type != "Medication") return medicine(line, usable);
  if (type == "Encounter") {
    const bool admission = holds_any(line, {R"("IMP")", R"("ACUTE")", R"("EMER")", R"("inpatient")", R"("emergency")"});
    return admission ? Glance::read : Glance::not_needed;
  }
  if (type == "Specimen") {
    return holds_any(line, {"fastingStatus", R"("condition")"}) ? Glance::read : Glance::not_needed;
  }
  return Glance::read;
}

}  // namespace server
