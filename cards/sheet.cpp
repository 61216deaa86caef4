#include "cards/sheet.h"

#include <algorithm>
#include <array>

namespace cards {

namespace {

// What a link is between here and the page: characters that no text of the knowledge holds.
constexpr char link_begins = '\x01';
constexpr char link_text = '\x02';
constexpr char link_ends = '\x03';

/// The table of contents shows this many entries of a part at once; longer lists are opened by hand.
constexpr std::size_t open_up_to = 16;

struct Name {
  std::string_view uri;
  std::string_view name;
};

/// Code systems as clinicians call them.
constexpr std::array<Name, 11> systems = {{{"http://snomed.info/sct", "SNOMED CT"},
                                           {"http://loinc.org", "LOINC"},
                                           {"http://hl7.org/fhir/sid/icd-10", "ICD-10"},
                                           {"http://hl7.org/fhir/sid/icd-10-cm", "ICD-10-CM"},
                                           {"http://www.whocc.no/atc", "ATC"},
                                           {"http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm"},
                                           {"https://dmd.nhs.uk", "dm+d"},
                                           {"http://www.orpha.net", "Orphanet"},
                                           {"http://www.omim.org", "OMIM"},
                                           {"https://omim.org", "OMIM"},
                                           {"http://human-phenotype-ontology.org", "HPO"}}};

std::string_view name_of_system(std::string_view uri) {
  const auto found = std::ranges::find(systems, uri, &Name::uri);
  return found == systems.end() ? uri : found->name;
}

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

void replace_anchors(std::string& html) {
  for (auto first = html.find(link_begins); first != std::string::npos; first = html.find(link_begins, first)) {
    const auto middle = html.find(link_text, first);
    const auto last = html.find(link_ends, first);
    if (middle == std::string::npos || last == std::string::npos) return;
    html.replace(first, last + 1 - first,
                 "<a href=\"#" + html.substr(first + 1, middle - first - 1) + "\">" +
                     html.substr(middle + 1, last - middle - 1) + "</a>");
  }
}

std::string inline_html(const std::string& text) {
  auto html = escaped(text);
  replace_anchors(html);
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

void MarkdownSheet::code(const std::string& system, const std::string& code, const std::string& display) {
  item(system + " `" + code + "` " + display, 0);
}

std::string MarkdownSheet::link(const std::string& text, const std::string& /*anchor*/) const {
  return text;
}

void MarkdownSheet::end_list() {
  if (!text_.ends_with("\n\n")) text_ += "\n";
}

std::string MarkdownSheet::take() {
  while (text_.ends_with("\n\n")) text_.pop_back();
  return std::move(text_);
}

void HtmlSheet::end_section(int level) {
  end_list();
  for (; open_sections_ > level - 2; --open_sections_) html_ += "</section>\n";
}

void HtmlSheet::heading(int level, const std::string& text, const std::string& anchor) {
  end_section(level);
  const auto tag = "h" + std::to_string(level);
  headings_.push_back({level, inline_html(text), escaped(anchor)});
  html_ += std::string("<section class=\"") + (level == 2 ? "part" : "entry") + "\">\n<" + tag + " id=\"" +
           headings_.back().anchor + "\">" + headings_.back().html + "</" + tag + ">\n";
  open_sections_ = level - 1;
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

void HtmlSheet::code(const std::string& system, const std::string& code, const std::string& display) {
  if (!open_table_) {
    end_list();
    html_ +=
        "<table class=\"codes\"><thead><tr><th scope=\"col\">Code system</th><th scope=\"col\">Code</th>"
        "<th scope=\"col\">Meaning</th></tr></thead><tbody>\n";
    open_table_ = true;
  }
  html_ += "<tr><td><span title=\"" + escaped(system) + "\">" + escaped(name_of_system(system)) +
           "</span></td><td><code>" + escaped(code) + "</code></td><td>" + escaped(display) + "</td></tr>\n";
}

std::string HtmlSheet::link(const std::string& text, const std::string& anchor) const {
  return link_begins + anchor + link_text + text + link_ends;
}

void HtmlSheet::end_list() {
  while (open_lists_ > 0) {
    html_ += "</li></ul>\n";
    --open_lists_;
  }
  if (open_table_) html_ += "</tbody></table>\n";
  open_table_ = false;
}

std::string HtmlSheet::take() {
  end_section(2);
  return std::move(html_);
}

std::string HtmlSheet::contents() const {
  std::string html = "<ul>\n";
  for (std::size_t i = 0; i < headings_.size();) {
    const auto next = std::find_if(headings_.begin() + static_cast<std::ptrdiff_t>(i) + 1, headings_.end(),
                                   [](const Heading& one) { return one.level == 2; });
    const auto end = static_cast<std::size_t>(next - headings_.begin());
    html += "<li>" + link_to(headings_[i]);
    if (end - i > 1) {
      const auto below = end - i - 1;
      html += std::string(below <= open_up_to ? "<details open>" : "<details>") + "<summary>" + std::to_string(below) +
              (below == 1 ? " entry" : " entries") + "</summary><ul>\n";
      for (std::size_t k = i + 1; k < end; ++k) html += "<li>" + link_to(headings_[k]) + "</li>\n";
      html += "</ul></details>";
    }
    html += "</li>\n";
    i = end;
  }
  return html + "</ul>\n";
}

std::string HtmlSheet::link_to(const Heading& heading) {
  return "<a href=\"#" + heading.anchor + "\">" + heading.html + "</a>";
}

}  // namespace cards
