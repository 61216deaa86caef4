#include "cards/placeholder.h"

namespace cards {

namespace {

struct Piece {
  std::string_view text;
  bool is_name = false;
};

std::vector<Piece> pieces(std::string_view text) {
  std::vector<Piece> parts;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    parts.push_back({text.substr(0, open), false});
    parts.push_back({text.substr(open + 1, close - open - 1), true});
    text.remove_prefix(close + 1);
  }
  parts.push_back({text, false});
  return parts;
}

}  // namespace

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  for (const auto& piece : pieces(text)) {
    if (piece.is_name) names.emplace_back(piece.text);
  }
  return names;
}

std::optional<std::string> filled(std::string_view text,
                                  const std::function<std::optional<std::string>(std::string_view)>& value) {
  std::string whole;
  for (const auto& piece : pieces(text)) {
    if (!piece.is_name) {
      whole += piece.text;
      continue;
    }
    const auto filling = value(piece.text);
    if (!filling) return std::nullopt;
    whole += *filling;
  }
  return whole;
}

}  // namespace cards
