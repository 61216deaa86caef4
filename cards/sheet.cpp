#include "cards/sheet.h"

namespace cards {

namespace {

constexpr std::string_view page_head = R"(<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>)";

constexpr std::string_view page_style = R"(</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { border-bottom: 1px solid; padding-bottom: .25rem; margin-top: 2.5rem; }
h3 { margin-top: 1.75rem; }
blockquote { border-left: .25rem solid; margin-left: 0; padding-left: 1rem; font-style: italic; }
code { overflow-wrap: anywhere; }
:target { outline: .125rem solid; outline-offset: .25rem; }
@media print { h3 { break-after: avoid; } a { color: inherit; } }
</style>
</head>
<body>
<main>
)";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '&':
        html += "&amp;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

// Replaces the first pair of marks after another: "**a**" by "<strong>a</strong>".
void replace_pairs(std::string& html, std::string_view mark, std::string_view open, std::string_view close) {
  std::size_t from = 0;
  while (true) {
    const auto first = html.find(mark, from);
    const auto second = first == std::string::npos ? first : html.find(mark, first + mark.size());
    if (second == std::string::npos) return;
    html.replace(second, mark.size(), close);
    html.replace(first, mark.size(), open);
    from = second + open.size() + close.size() - mark.size();
  }
}

// The addresses between angle brackets, which are escaped by now.
void replace_links(std::string& html) {
  constexpr std::string_view open = "&lt;https://";
  constexpr std::string_view close = "&gt;";
  for (auto first = html.find(open); first != std::string::npos; first = html.find(open, first + 1)) {
    const auto last = html.find(close, first);
    if (last == std::string::npos) return;
    const auto url = html.substr(first + 4, last - first - 4);
    html.replace(first, last + close.size() - first, "<a href=\"" + url + "\">" + url + "</a>");
  }
}

std::string inline_html(const std::string& text) {
  auto html = escaped(text);
  replace_pairs(html, "**", "<strong>", "</strong>");
  replace_pairs(html, "`", "<code>", "</code>");
  replace_links(html);
  return html;
}

}  // namespace

void MarkdownSheet::heading(int level, const std::string& text, const std::string& /*anchor*/) {
  text_ += std::string(static_cast<std::size_t>(level), '#') + " " + text + "\n\n";
}

void MarkdownSheet::paragraph(const std::string& text) {
  text_ += text + "\n\n";
}

void MarkdownSheet::quote(const std::string& text) {
  text_ += "> " + text + "\n\n";
}

void MarkdownSheet::item(const std::string& text, std::size_t depth) {
  text_ += std::string(depth * 2, ' ') + "- " + text + "\n";
}

void MarkdownSheet::end_list() {
  if (!text_.ends_with("\n\n")) text_ += "\n";
}

std::string MarkdownSheet::take() {
  while (text_.ends_with("\n\n")) text_.pop_back();
  return std::move(text_);
}

HtmlSheet::HtmlSheet(std::string_view title) {
  html_ += page_head;
  html_ += escaped(title);
  html_ += page_style;
}

void HtmlSheet::heading(int level, const std::string& text, const std::string& anchor) {
  end_list();
  const auto tag = "h" + std::to_string(level);
  html_ += "<" + tag + " id=\"" + escaped(anchor) + "\">" + inline_html(text) + "</" + tag + ">\n";
}

void HtmlSheet::paragraph(const std::string& text) {
  end_list();
  html_ += "<p>" + inline_html(text) + "</p>\n";
}

void HtmlSheet::quote(const std::string& text) {
  end_list();
  html_ += "<blockquote><p>" + inline_html(text) + "</p></blockquote>\n";
}

void HtmlSheet::item(const std::string& text, std::size_t depth) {
  // An item holds the deeper ones: it stays open until one of its own depth, or the end, closes it.
  while (open_lists_ > depth + 1) {
    html_ += "</li></ul>";
    --open_lists_;
  }
  if (open_lists_ == depth + 1) html_ += "</li>\n";
  while (open_lists_ < depth + 1) {
    html_ += "<ul>\n";
    ++open_lists_;
  }
  html_ += "<li>" + inline_html(text);
}

void HtmlSheet::end_list() {
  while (open_lists_ > 0) {
    html_ += "</li></ul>\n";
    --open_lists_;
  }
}

std::string HtmlSheet::take() {
  end_list();
  html_ += "</main>\n</body>\n</html>\n";
  return std::move(html_);
}

}  // namespace cards
