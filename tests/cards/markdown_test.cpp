#include <set>

#include "cards/english.h"
#include "cards/print.h"
#include "cards/sheet.h"
#include "support.h"

namespace cards {
namespace {

TEST(EscapedMarkdown, LeavesPlainWordsAlone) {
  EXPECT_EQ(escaped_markdown("Acanthosis nigricans, 22.8 kg/m2 (2019)"), "Acanthosis nigricans, 22.8 kg/m2 (2019)");
}

TEST(EscapedMarkdown, MakesHtmlIntoText) {
  EXPECT_EQ(escaped_markdown("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
}

TEST(EscapedMarkdown, MakesLinksAndEmphasisIntoText) {
  EXPECT_EQ(escaped_markdown("[click](javascript:x) **bold** `code`"),
            "\\[click\\](javascript:x) \\*\\*bold\\*\\* \\`code\\`");
}

TEST(EscapedMarkdown, LeavesNoAddressThatAClientWouldLink) {
  EXPECT_EQ(escaped_markdown("https://evil.example www.evil.example a@b.example"),
            "https&#58;//evil.example www\\.evil.example a&#64;b.example");
}

TEST(EscapedMarkdown, DropsLineBreaksControlsAndDirectionMarks) {
  EXPECT_EQ(escaped_markdown("a\n# b\x01\xE2\x80\xAE"
                             "c\xE2\x80\x8B"
                             "d\xEF\xBB\xBF"),
            "a \\# b cd");
}

TEST(EscapedMarkdown, CutsWhatIsTooLongAtACharacter) {
  const auto cut = escaped_markdown(std::string(198, 'a') + "\xC3\xA4\xC3\xA4");
  EXPECT_EQ(cut, std::string(198, 'a') + "\xC3\xA4…");
}

TEST(Printing, GivesTheShortestDigits) {
  EXPECT_EQ(printed(30), "30");
  EXPECT_EQ(printed(22.84), "22.84");
  EXPECT_EQ(printed(0.1 + 0.2), "0.3");
  EXPECT_EQ(printed(-0.0), "0");
}

TEST(Printing, PutsCommasBetweenThousands) {
  EXPECT_EQ(printed_with_commas(12840), "12,840");
  EXPECT_EQ(printed_with_commas(1412.5), "1,412.5");
  EXPECT_EQ(printed_with_commas(999), "999");
  EXPECT_EQ(printed_with_commas(-1234567), "-1,234,567");
}

TEST(Printing, ListsWithAnAnd) {
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}), "a and b");
  EXPECT_EQ(listed({"a", "b", "c"}, "or"), "a, b or c");
}

std::size_t count(std::string_view text, std::string_view wanted) {
  std::size_t n = 0;
  for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) ++n;
  return n;
}

/// What stands between each `open` and the next quotation mark.
std::set<std::string> values_of(const std::string& html, std::string_view open) {
  std::set<std::string> values;
  for (auto at = html.find(open); at != std::string::npos; at = html.find(open, at + 1)) {
    const auto from = at + open.size();
    values.insert(html.substr(from, html.find('"', from) - from));
  }
  return values;
}

TEST(CriteriaPage, HasAnAnchorForEveryCriterion) {
  const auto page = criteria_html(tests::shipped());
  for (const auto& criterion : tests::shipped().content().criteria) {
    EXPECT_NE(page.body.find("<h3 id=\"" + criterion.id + "\">"), std::string::npos) << criterion.id;
    EXPECT_NE(page.contents.find("<a href=\"#" + criterion.id + "\">"), std::string::npos) << criterion.id;
  }
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
}

TEST(CriteriaPage, ClosesEverythingThatItOpens) {
  const auto page = criteria_html(tests::shipped());
  for (const std::string tag : {"ul", "li", "section", "table", "tbody", "tr", "td", "p", "blockquote", "details"}) {
    const auto both = page.body + page.contents;
    EXPECT_EQ(count(both, "<" + tag + ">") + count(both, "<" + tag + " "), count(both, "</" + tag + ">")) << tag;
  }
  EXPECT_GT(count(page.body, "<tr>"), 1000u) << "a row per code";
}

TEST(CriteriaPage, HasEachAnchorOnceAndNoLinkThatLeadsNowhere) {
  const auto page = criteria_html(tests::shipped());
  const auto anchors = values_of(page.body, " id=\"");
  EXPECT_EQ(anchors.size(), count(page.body, " id=\""));
  for (const auto& link : values_of(page.body + page.contents, "href=\"#")) EXPECT_TRUE(anchors.contains(link)) << link;
}

TEST(CriteriaPage, TellsCodesWithTheNamesOfTheirSystems) {
  const auto page = criteria_html(tests::shipped());
  EXPECT_NE(
      page.body.find("<tr><td><span title=\"http://snomed.info/sct\">SNOMED CT</span></td><td><code>402599005</code>"
                     "</td><td>"),
      std::string::npos);
  EXPECT_EQ(page.body.find(">http"), page.body.find(">https://")) << "only links show an address";
}

TEST(CriteriaPage, EndsWithWhatChanged) {
  const auto page = criteria_html(tests::shipped());
  EXPECT_NE(page.body.find("<h3 id=\"version-" + tests::shipped().version() + "\">"), std::string::npos);
}

TEST(ReviewSheet, IsTheOneThatIsCommitted) {
  const auto committed = tests::shipped_folder().find("REVIEW.md");
  ASSERT_NE(committed, tests::shipped_folder().end());
  EXPECT_EQ(committed->second, review_sheet(tests::shipped())) << "renew it: sir-cds check --write";
}

TEST(ReviewSheet, PrintsEveryNumberOfAFactWithItsSource) {
  const auto sheet = review_sheet(tests::shipped());
  for (const auto& fact : tests::shipped().content().facts) {
    for (const auto& [name, parameter] : fact.parameters) {
      const auto line =
          "- " + name + " " + printed_with_commas(parameter.value) + " " + parameter.unit + " — " + parameter.source;
      EXPECT_NE(sheet.find(line), std::string::npos) << fact.id;
    }
  }
}

TEST(ReviewSheet, LeavesNoPlaceholderUnfilled) {
  const auto sheet = review_sheet(tests::shipped());
  EXPECT_EQ(sheet.find("{adult_age}"), std::string::npos);
  EXPECT_EQ(sheet.find("{window}"), std::string::npos);
  EXPECT_NE(sheet.find("a fasting insulin above 150 pmol/L, or a peak above 1,500 pmol/L"), std::string::npos);
}

}  // namespace
}  // namespace cards
