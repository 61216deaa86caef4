#include <algorithm>

#include "cards/english.h"

namespace cards {

namespace {

// Record text on a card is cut here; the whole of it stands in the record.
constexpr std::size_t record_text_bytes_max = 200;

// U+200B..U+200F, U+202A..U+202E, U+2060..U+2069, U+FEFF: invisible, or they turn the reading direction around.
bool is_invisible(std::string_view three) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(three[i]); };
  if (three.size() < 3) return false;
  if (byte(0) == 0xEF) return byte(1) == 0xBB && byte(2) == 0xBF;
  if (byte(0) != 0xE2) return false;
  if (byte(1) == 0x80) return (byte(2) >= 0x8B && byte(2) <= 0x8F) || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xA9;
}

bool is_markdown(char c) {
  constexpr std::string_view special = "\\`*_{}[]()<>#+!|~&@:/";
  return special.find(c) != std::string_view::npos;
}

// The length of the UTF-8 sequence that begins with this byte.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

// Characters that Markdown or HTML would act on are written as numbers; what remains cannot be anything but text.
// Slash, colon and at are only dangerous together (autolinks), so they stay where they cannot begin one.
void append_character(std::string& safe, std::string_view text, std::size_t i) {
  const char c = text[i];
  switch (c) {
    case '<':
      safe += "&lt;";
      return;
    case '>':
      safe += "&gt;";
      return;
    case '&':
      safe += "&amp;";
      return;
    case ':':
      safe += text.substr(i, 3) == "://" ? "&#58;" : ":";
      return;
    case '@':
      safe += "&#64;";
      return;
    case '/':
    case '(':
    case ')':
      safe += c;
      return;
    default:
      break;
  }
  if (is_markdown(c)) safe += '\\';
  safe += c;
}

}  // namespace

std::string escaped_markdown(std::string_view text) {
  std::string safe;
  bool blank = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const auto length = std::min(sequence_length(first), text.size() - i);
    if (i + length > record_text_bytes_max) {
      safe += "…";
      break;
    }
    const bool control = first < 0x20 || first == 0x7f ||
                         (first == 0xC2 && length > 1 && static_cast<unsigned char>(text[i + 1]) < 0xA0);
    if (control || first == ' ' || is_invisible(text.substr(i, 3))) {
      blank = blank || control || first == ' ';
      i += length;
      continue;
    }
    if (blank && !safe.empty()) safe += ' ';
    blank = false;
    if (length == 1)
      append_character(safe, text, i);
    else
      safe += text.substr(i, length);
    i += length;
  }
  // "www." begins an autolink in GitHub Flavored Markdown even without a scheme.
  for (auto at = safe.find("www."); at != std::string::npos; at = safe.find("www.", at + 4))
    safe.replace(at, 4, "www\\.");
  return safe;
}

}  // namespace cards
