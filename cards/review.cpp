#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>

#include "cards/content.h"
#include "cards/english.h"
#include "cards/print.h"
#include "cards/sentence.h"
#include "cards/sheet.h"

// The whole knowledge in English: as Markdown (cards/knowledge/REVIEW.md: generated, committed, checked for freshness;
// this very text is what a clinician signs) and as the page that cards link to.

namespace cards {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> way_points = {
    {{"The published NSIRS criterion for unexplained severe insulin resistance",
      "unexplained-severe-insulin-resistance"},
     {"The suspicion scheme for Type B insulin resistance, point by point", "definition-type-b-points"},
     {"The words of each card", "advice"},
     {"Every code that is recognised", "value-sets"}}};

class ReviewSheet {
 public:
  ReviewSheet(const Knowledge& knowledge, Sheet& sheet)
      : knowledge_(knowledge), content_(knowledge.content()), sheet_(sheet) {}

  void write_all() {
    head();
    write();
  }

  void write() {
    heading(2, "Criteria, in the order in which they are looked at", "criteria");
    line(
        "The first that is met, of those that are asked at the hook, decides. The dead get no card. At "
        "problem-list-item-create the record is judged together with the new Conditions, and a card is shown only when "
        "the answer is another one without them.");
    for (const auto& criterion : content_.criteria) write(criterion);
    heading(2, "Definitions", "definitions");
    for (const auto& definition : content_.definitions) write(definition);
    heading(2, "Facts", "facts");
    line("What is asked of a record. What the record does not say is unknown, never \"no\".");
    for (const auto& fact : content_.facts) write(fact);
    units();
    heading(2, "Advice: what a card says", "advice");
    for (const auto& advice : content_.advice) write(advice);
    answers();
    value_sets();
  }

  // For a reader: how criteria are read, before the criteria.
  void write_introduction() {
    heading(2, "How to read this", "reading");
    line(
        "A record is held against the criteria below, from the first to the last; the first that is met decides which "
        "card a clinician sees, if any. Each criterion is **met**, **not met** or **unknown**: what the record does "
        "not "
        "say is unknown, never \"no\". A card quotes its criterion and leads here.");
    for (const auto& [text, anchor] : way_points) item(sheet_.link(std::string(text), std::string(anchor)));
    gap();
  }

  // CHANGES.md: a title, a heading per version, paragraphs, items.
  void write_changes() {
    heading(2, "Changes", "changes");
    std::string paragraph;
    const auto flush = [&] {
      if (!paragraph.empty()) line(std::exchange(paragraph, {}));
    };
    std::istringstream lines(content_.changes);
    for (std::string one; std::getline(lines, one);) {
      const bool starts_block = one.empty() || one.starts_with('#') || one.starts_with("- ");
      if (starts_block) flush();
      if (one.starts_with("## ")) heading(3, one.substr(3), "version-" + one.substr(3, one.find(' ', 3) - 3));
      if (one.starts_with("- ")) item(one.substr(2));
      if (!starts_block) paragraph += (paragraph.empty() ? "" : " ") + one;
    }
    flush();
    gap();
  }

 private:
  void heading(int level, const std::string& text, const std::string& anchor) { sheet_.heading(level, text, anchor); }
  void line(const std::string& text) { sheet_.paragraph(text); }
  void item(const std::string& text, std::size_t depth = 0) { sheet_.item(text, depth); }
  void gap() { sheet_.end_list(); }

  void head() {
    heading(1, "Clinical knowledge " + knowledge_.version(), "top");
    line("Digest " + knowledge_.digest() +
         ". Generated from the knowledge folder by `sir-cds check --write`; do not edit.");
    if (content_.approvals.empty()) line("**Not approved by anybody. Not for clinical use.**");
    for (const auto& sentence : approvals_in_words(knowledge_)) item(sentence);
    if (!content_.approvals.empty()) gap();
  }

  void tree(const Sentence& sentence, std::size_t depth) {
    item(sentence.text, depth);
    for (const auto& part : sentence.parts) tree(part, depth + 1);
  }

  void readings(const std::vector<std::string>& sentences) {
    for (const auto& sentence : sentences) item("Our reading: " + sentence);
    if (!sentences.empty()) gap();
  }

  void outcome(const Branch& branch) {
    item("Outcome **" + branch.outcome + "**" +
         (branch.advice.empty() ? ", no card"
                                : ", advice " + sheet_.link("`" + branch.advice + "`", "advice-" + branch.advice)) +
         (branch.when ? ", when:" : ""));
    if (branch.when) tree(sentence_of(*branch.when, content_), 1);
  }

  std::string hooks_of(const Criterion& criterion) const {
    std::vector<std::string> hooks;
    for (const auto& service : content_.services) {
      const auto& asked = service.criteria;
      if (std::find(asked.begin(), asked.end(), criterion.id) != asked.end()) hooks.push_back(service.hook);
    }
    return listed(hooks);
  }

  void write(const Criterion& criterion) {
    heading(3, criterion.title, criterion.id);
    line("`" + criterion.id + "`, edition " + std::to_string(criterion.edition) + ". Asked at " + hooks_of(criterion) +
         ".");
    sheet_.quote(criterion.source.says);
    line(criterion.source.document + (criterion.source.url.empty() ? "" : ", <" + criterion.source.url + ">"));
    line("Met when:");
    tree(sentence_of(criterion.when, content_), 0);
    gap();
    line("Then:");
    for (const auto& branch : criterion.then) outcome(branch);
    gap();
    if (!criterion.otherwise.empty()) {
      line("Otherwise:");
      for (const auto& branch : criterion.otherwise) outcome(branch);
      gap();
    }
    if (!criterion.covers.empty())
      line("An answer to its card also answers, as far as the same record meets them and their cards are no graver: " +
           listed(criterion.covers) + ".");
    readings(criterion.our_reading);
  }

  static std::string what_follows(const std::optional<Silence>& silence) {
    if (!silence) return "the card comes again";
    std::string text = "silent";
    if (silence->days > 0) text += " for " + std::to_string(silence->days) + " days";
    if (silence->ends == Silence::Ends::with_new_evidence) text += ", until there is new evidence";
    if (silence->ends == Silence::Ends::with_a_changed_condition) text += " until the recorded condition changes";
    return text;
  }

  void answers() {
    heading(2, "Answers to a card", "answers");
    line(
        "What follows when a clinician overrides a card with a reason: how long the same criterion is silent for the "
        "same patient. A graver form of the card, and every other criterion, still speak. An answer about an order is "
        "about that order only.");
    for (const auto& reason : content_.override_reasons)
      item("`" + reason.code + "` " + reason.display + ": " + what_follows(reason.silences));
    gap();
  }

  void write(const Definition& definition) {
    heading(3, definition.title, "definition-" + definition.id);
    line("`" + definition.id + "`. " + definition.document);
    tree(sentence_of(definition.when, content_), 0);
    gap();
    readings(definition.our_reading);
  }

  void write(const Fact& fact) {
    heading(3, fact.title, "fact-" + fact.id);
    line("`" + fact.id + "`" + (fact.unit.empty() ? "" : ", in " + fact.unit) + ". " + fact.document);
    line(reasoning_of(fact));
    for (const auto& [name, parameter] : fact.parameters) {
      item(name + " " + printed_with_commas(parameter.value) + " " + parameter.unit + " — " + parameter.source);
    }
    for (const auto& [role, ids] : fact.value_set_ids) {
      std::vector<std::string> links;
      for (const auto& id : ids) links.push_back(sheet_.link(id, "set-" + id));
      if (!ids.empty()) item(role + ": value sets " + listed(links));
    }
    for (const auto& [role, words] : fact.texts) item(role + ": " + listed(words, "or"));
    gap();
    readings(fact.our_reading);
  }

  void units() {
    heading(2, "Units", "units");
    line("A unit that is not listed here is never guessed: the value is not used, and the record's trail says so.");
    for (const auto& analyte : content_.units.analytes()) {
      item("**" + analyte.id() + "** in " + analyte.canonical_unit() + ", possible from " +
           printed_with_commas(analyte.at_least()) + " to " + printed_with_commas(analyte.at_most()) + " — " +
           analyte.source());
      for (const auto& unit : analyte.units()) item(unit_line(unit), 1);
    }
    gap();
  }

  template <class Unit>
  static std::string unit_line(const Unit& unit) {
    auto names = unit.codes;
    for (const auto& text : unit.texts) {
      if (std::find(names.begin(), names.end(), text) == names.end()) names.push_back(text);
    }
    auto text = listed(names, "or");
    text += ": × " + printed(unit.factor);
    if (unit.offset != 0) text += (unit.offset < 0 ? " − " : " + ") + printed(std::abs(unit.offset));
    if (unit.other_factor != unit.factor) text += " (another factor in use: " + printed(unit.other_factor) + ")";
    return unit.source.empty() ? text : text + " — " + unit.source;
  }

  void write(const Advice& advice) {
    heading(3, advice.id, "advice-" + advice.id);
    item("Topic " + advice.topic + ", indicator " + advice.indicator);
    for (const auto& summary : advice.summaries) item("Summary: " + summary);
    item("Why: " + advice.why);
    item("Shows: " + listed(advice.evidence));
    if (!advice.look_for.empty()) item("Names when not recorded: " + listed(advice.look_for));
    if (!advice.could_explain.empty()) item("Could explain it: " + listed(advice.could_explain));
    for (const auto& remark : advice.remarks) item("Remark: " + remark);
    for (const auto& context : advice.context) {
      item("Adds: " + context.say + " — when:");
      tree(sentence_of(context.when, content_), 1);
    }
    if (!advice.shows_points.empty())
      item("Lists each point of " + advice.shows_points + " as found, not found or not recorded");
    for (const auto& step : advice.before_you_act) item("Before you act: " + step);
    for (const auto& [tier, words] : advice.who_does_what) item("Who does what (" + tier + "): " + words);
    for (const auto& suggestion : advice.suggestions) {
      item("Suggestion: " + suggestion.label + (suggestion.is_recommended ? " (recommended)" : ""));
      for (const auto& order : suggestion.orders) item(order.text + ", " + order.priority + codings_of(order), 1);
    }
    if (!advice.also.empty())
      item("May be followed by the card of " + listed(advice.also, "or") + ", the first of them that is met");
    item("Override reasons: " + listed(advice.override_reasons));
    for (const auto& link : advice.links) item("Link: " + link.label + " <" + link.url + ">");
    gap();
  }

  static std::string codings_of(const OrderDraft& order) {
    std::string text;
    for (const auto& coding : order.codings) text += "; " + coding.system + " " + coding.code + " " + coding.display;
    return text;
  }

  void value_sets() {
    heading(2, "Value sets", "value-sets");
    for (const auto& set : content_.codes.sets()) {
      heading(3, set.title(), "set-" + set.id());
      line("`" + set.id() + "`");
      for (const auto& member : set.members()) {
        const std::string on_cards = member.preferred.empty() ? "" : " — on cards: " + member.preferred;
        sheet_.code(member.system, member.code, member.display + on_cards);
      }
      gap();
    }
  }

  const Knowledge& knowledge_;
  const Knowledge::Content& content_;
  Sheet& sheet_;
};

}  // namespace

std::string review_sheet(const Knowledge& knowledge) {
  MarkdownSheet sheet;
  ReviewSheet(knowledge, sheet).write_all();
  return sheet.take();
}

CriteriaHtml criteria_html(const Knowledge& knowledge) {
  HtmlSheet sheet;
  ReviewSheet review(knowledge, sheet);
  review.write_introduction();
  review.write();
  review.write_changes();
  auto contents = sheet.contents();
  return {std::move(contents), sheet.take()};
}

std::vector<std::string> approvals_in_words(const Knowledge& knowledge) {
  std::vector<std::string> sentences;
  for (const auto& one : knowledge.content().approvals)
    sentences.push_back("Digest " + one.digest + " approved by " + one.name + ", " + one.role + ", on " + one.on);
  return sentences;
}

}  // namespace cards
