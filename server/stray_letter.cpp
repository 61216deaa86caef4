#include "server/stray_letter.h"

#include <algorithm>

namespace server {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Goes through a text and stops at what strays.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  }

  /// Where the first letter strays; the end when none does.
  std::size_t run() {
    while (at_ < text_.size() && !is_letter(at_)) {
      const char c = text_[at_];
      if (c == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (c == '"' || c == '\'')
        pass_quotes(c);
      else
        ++at_;
    }
    return at_;
  }

 private:
  bool is_letter(std::size_t at) const { return static_cast<unsigned char>(text_[at]) >= 0x80; }

  /// Ends behind the quotes, at the end of a line that they may not leave, or at a letter behind a backslash.
  void pass_quotes(char quote) {
    const bool many_lines = text_.substr(at_, 3) == std::string_view(quote == '"' ? R"(""")" : "'''");
    const std::size_t open = many_lines ? 3 : 1;
    for (at_ += open; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n' && !many_lines) return;
      if (c == '\\' && quote == '"') {
        at_ = std::min(text_.find_first_not_of(" \t\r\n", at_ + 1), text_.size());
        if (at_ == text_.size() || is_letter(at_)) return;
        continue;
      }
      if (c != quote) continue;
      const auto end = std::min(text_.find_first_not_of(quote, at_), text_.size());
      if (!many_lines || end - at_ >= open) {  // quotes in front of the last three belong to the text
        at_ = many_lines ? end : at_ + 1;
        return;
      }
      at_ = end - 1;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::size_t> line_of_stray_letter(std::string_view toml) {
  const auto at = Walk(toml).run();
  if (at >= toml.size()) return std::nullopt;
  return 1 + static_cast<std::size_t>(std::ranges::count(toml.substr(0, at), '\n'));
}

std::string with_letters_replaced(std::string_view toml) {
  std::string plain(toml);
  const auto start = toml.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  std::replace_if(
      plain.begin() + static_cast<std::ptrdiff_t>(start), plain.end(),
      [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, 'x');
  return plain;
}

}  // namespace server
