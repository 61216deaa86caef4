#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cards {

/// Paper for the review sheet: headings, paragraphs, quotations, nested lists and lists of codes. Inside a text,
/// **bold**, `code`, <https://…> and what `link` gives carry their meaning.
class Sheet {
 public:
  virtual ~Sheet() = default;
  virtual void heading(int level, const std::string& text, const std::string& anchor) = 0;
  virtual void paragraph(const std::string& text) = 0;
  virtual void quote(const std::string& text) = 0;
  virtual void item(const std::string& text, std::size_t depth) = 0;
  /// One code of a list of codes, which ends like any list.
  virtual void code(const std::string& system, const std::string& code, const std::string& display) = 0;
  virtual void end_list() = 0;
  /// Text that leads to an anchor of the same sheet, for use inside another text.
  [[nodiscard]] virtual std::string link(const std::string& text, const std::string& anchor) const = 0;
};

class MarkdownSheet : public Sheet {
 public:
  void heading(int level, const std::string& text, const std::string& anchor) override;
  void paragraph(const std::string& text) override;
  void quote(const std::string& text) override;
  void item(const std::string& text, std::size_t depth) override;
  void code(const std::string& system, const std::string& code, const std::string& display) override;
  void end_list() override;
  [[nodiscard]] std::string link(const std::string& text, const std::string& anchor) const override;
  [[nodiscard]] std::string take();

 private:
  std::string text_;
};

/// The inside of a page: a section per heading of level 2 and, in it, per heading of level 3; no other levels, because
/// the title belongs to the page.
class HtmlSheet : public Sheet {
 public:
  void heading(int level, const std::string& text, const std::string& anchor) override;
  void paragraph(const std::string& text) override;
  void quote(const std::string& text) override;
  void item(const std::string& text, std::size_t depth) override;
  void code(const std::string& system, const std::string& code, const std::string& display) override;
  void end_list() override;
  [[nodiscard]] std::string link(const std::string& text, const std::string& anchor) const override;
  [[nodiscard]] std::string take();
  /// The table of contents: links to all headings so far, those of level 3 under their heading of level 2.
  [[nodiscard]] std::string contents() const;

 private:
  struct Heading {
    int level = 2;
    std::string html;
    std::string anchor;
  };
  static std::string link_to(const Heading& heading);
  void end_section(int level);

  std::string html_;
  std::vector<Heading> headings_;
  std::size_t open_lists_ = 0;
  bool open_table_ = false;
  int open_sections_ = 0;  ///< 0, 1 (level 2) or 2 (level 3 in it)
};

}  // namespace cards
