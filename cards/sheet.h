#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cards {

/// Paper for the review sheet: headings, paragraphs, quotations and nested lists. Inside a text, **bold**, `code` and
/// <https://…> carry their Markdown meaning.
class Sheet {
 public:
  virtual ~Sheet() = default;
  virtual void heading(int level, const std::string& text, const std::string& anchor) = 0;
  virtual void paragraph(const std::string& text) = 0;
  virtual void quote(const std::string& text) = 0;
  virtual void item(const std::string& text, std::size_t depth) = 0;
  virtual void end_list() = 0;
};

class MarkdownSheet : public Sheet {
 public:
  void heading(int level, const std::string& text, const std::string& anchor) override;
  void paragraph(const std::string& text) override;
  void quote(const std::string& text) override;
  void item(const std::string& text, std::size_t depth) override;
  void end_list() override;
  [[nodiscard]] std::string take();

 private:
  std::string text_;
};

/// One self-contained HTML page: no scripts, no external resources, prints well.
class HtmlSheet : public Sheet {
 public:
  explicit HtmlSheet(std::string_view title);
  void heading(int level, const std::string& text, const std::string& anchor) override;
  void paragraph(const std::string& text) override;
  void quote(const std::string& text) override;
  void item(const std::string& text, std::size_t depth) override;
  void end_list() override;
  [[nodiscard]] std::string take();

 private:
  std::string html_;
  std::size_t open_lists_ = 0;
};

}  // namespace cards
