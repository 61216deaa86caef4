#include "server/glance.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace server {

namespace {

constexpr std::size_t answers_kept = 1024;
constexpr std::size_t question_size_max = 64;

/// Spreads codes and texts well enough: their length, first and last letters.
std::size_t place_of(std::string_view question) {
  std::uint64_t front = 0;
  std::uint64_t back = 0;
  const std::size_t size = std::min<std::size_t>(question.size(), 8);
  std::memcpy(&front, question.data(), size);
  std::memcpy(&back, question.data() + question.size() - size, size);
  const std::uint64_t mixed = (front * 0x9E3779B97F4A7C15U) ^ (back * 0xC2B2AE3D27D4EB4FU) ^ question.size();
  return (mixed ^ mixed >> 32U) * 0x9E3779B97F4A7C15U >> 54U;
}
static_assert(answers_kept == std::size_t{1} << (64U - 54U));

constexpr std::string_view opening = R"({"resourceType":)";

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

constexpr std::size_t piece_size = 64;

/// Counts in one piece, so short that a byte holds each count, which compilers turn into vector instructions.
void count(const char* letters, std::size_t length, Balance& balance) {
  signed char braces = 0;
  signed char brackets = 0;
  signed char quotes = 0;
  signed char escapes = 0;
  for (std::size_t i = 0; i < length; ++i) {
    braces = static_cast<signed char>(braces + (letters[i] == '{') - (letters[i] == '}'));
    brackets = static_cast<signed char>(brackets + (letters[i] == '[') - (letters[i] == ']'));
    quotes = static_cast<signed char>(quotes + (letters[i] == '"'));
    escapes = static_cast<signed char>(escapes + (letters[i] == '\\'));
  }
  balance.braces += braces;
  balance.brackets += brackets;
  balance.quotes += quotes;
  balance.escapes += escapes;
}

/// Without an escape anywhere, ends with a brace, and nothing is left open.
bool looks_whole(std::string_view line) {
  if (!line.ends_with('}')) return false;
  Balance balance;
  std::size_t at = 0;
  for (; at + piece_size <= line.size(); at += piece_size) count(line.data() + at, piece_size, balance);
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

Glance by_codes(std::string_view line, Wanted& wanted) {
  const auto codes = look_at(line, R"("code")", [&](std::string_view code) { return wanted.code(code); });
  return codes == Finding::unwanted ? Glance::not_needed : Glance::read;
}

Glance observation(std::string_view line, Wanted& wanted) {
  if (by_codes(line, wanted) == Glance::read || holds(line, R"("contained")")) return Glance::read;
  for (const auto name : {R"("text")", R"("display")"}) {
    const auto texts = look_at(line, name, [&](std::string_view text) { return wanted.text(text); });
    if (texts == Finding::wanted || texts == Finding::odd) return Glance::read;
  }
  return Glance::not_needed;
}

Glance medicine(std::string_view line, Wanted& wanted) {
  if (holds_any(line, {R"("medicationReference")", R"("contained")", R"("medication":)", R"("medication" )"})) {
    return Glance::read;
  }
  return by_codes(line, wanted);
}

}  // namespace

Wanted::Wanted(const cards::Usable& usable) : usable_(usable), codes_(answers_kept), texts_(answers_kept) {}

template <class Ask>
bool Wanted::remembered(std::vector<Answer>& answers, std::string_view question, Ask ask) {
  if (question.empty() || question.size() > question_size_max) return ask(question);
  Answer& answer = answers[place_of(question)];
  if (answer.question != question) answer = {std::string(question), ask(question)};
  return answer.wanted;
}

bool Wanted::code(std::string_view code) {
  return remembered(codes_, code, [this](std::string_view asked) { return usable_.may_be_used(asked); });
}

bool Wanted::text(std::string_view text) {
  return remembered(texts_, text, [this](std::string_view asked) { return usable_.is_wanted_text(asked); });
}

bool holds(std::string_view text, std::string_view part) {
  return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

Glance glance(std::string_view line, Wanted& wanted) {
  std::string_view type;
  if (!line.starts_with(opening) || !take_string(line.substr(opening.size()), type)) return Glance::read;
  if (!looks_whole(line)) return Glance::read;
  if (!wanted.usable().reads(type)) return Glance::of_other_type;
  if (type == "Observation") return observation(line, wanted);
  if (type == "Condition") return by_codes(line, wanted);
  if (type.starts_with("Medication") && type != "Medication") return medicine(line, wanted);
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
