#include "server/screen_report.h"

#include <algorithm>
#include <array>
#include <map>

#include "cards/topic.h"

namespace server {

namespace {

constexpr std::size_t faults_shown_max = 200;

constexpr std::string_view style = R"(
body { font: 15px/1.5 sans-serif; color: #1b1b1b; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: 0.5rem 0; } th, td { border: 1px solid #999; padding: 0.25rem 0.6rem; }
th { text-align: left; background: #eee; } td.number { text-align: right; white-space: nowrap; }
.draft, .incomplete { border: 2px solid #b00; padding: 0.5rem 1rem; } .incomplete { background: #fee; }
.digest { overflow-wrap: anywhere; font-size: 0.85rem; color: #444; } .key { font-size: 1.2rem; } svg { max-width: 100%; }
@media print { body { margin: 0; max-width: none; } h2, table, svg { break-inside: avoid; } }
)";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char letter : text) {
    if (letter == '<')
      html += "&lt;";
    else if (letter == '>')
      html += "&gt;";
    else if (letter == '&')
      html += "&amp;";
    else if (letter == '"')
      html += "&quot;";
    else
      html += letter;
  }
  return html;
}

std::string row(const std::vector<std::string>& cells, bool head = false) {
  std::string html = "<tr>";
  bool first = true;
  for (const auto& cell : cells) {
    if (head)
      html += "<th scope=\"col\">" + cell + "</th>";
    else if (first)
      html += "<th scope=\"row\">" + cell + "</th>";
    else
      html += "<td class=\"number\">" + cell + "</td>";
    first = false;
  }
  return html + "</tr>\n";
}

std::string outcome_in_words(std::string_view outcome) {
  if (const auto* topic = cards::topic(outcome)) return std::string(topic->display);
  return outcome == cards::outcome_already_known ? "Already known to the service" : "Nothing found";
}

std::string age_in_words(int decade) {
  if (decade < 0) return "not known";
  return decade == 9 ? "90 and over" : std::to_string(decade * 10) + " to " + std::to_string(decade * 10 + 9);
}

class Report {
  /// What is counted, and how many people.
  using Rows = std::vector<std::pair<std::string, std::uint64_t>>;

 public:
  explicit Report(const ScreenedRun& run) : run_(run), screened_(run.screened) {}

  std::string page() {
    html_ =
        "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>Case finding report</title><style>";
    html_ += style;
    html_ += "</style></head><body>\n<h1>Case finding for severe insulin resistance</h1>\n";
    head();
    lines();
    outcomes();
    ages();
    completeness();
    reasons();
    faults();
    method();
    return html_ + "</body></html>\n";
  }

 private:
  /// A number of people as it may be told.
  [[nodiscard]] std::string people(std::uint64_t number) const {
    const auto shown = told(number, run_.suppress_below);
    return shown ? with_commas(*shown) : "fewer than " + std::to_string(run_.suppress_below);
  }

  /// The length of a bar tells no more than the number beside it.
  [[nodiscard]] std::uint64_t bar_value(std::uint64_t number) const {
    return told(number, run_.suppress_below).value_or(0);
  }

  /// What stands beside a bar: the number, and its share of `all` unless that is 0.
  [[nodiscard]] std::string beside_bar(std::uint64_t number, std::uint64_t all) const {
    const std::uint64_t whole = bar_value(all);
    if (whole == 0 || bar_value(number) == 0) return people(number);
    const std::uint64_t tenths = std::min<std::uint64_t>(bar_value(number) * 1000 / whole, 1000);
    const auto share = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
    return people(number) + (tenths == 0 ? " (below 0.1 %)" : " (" + share + ")");
  }

  void bars(const std::string& title, const Rows& rows, std::uint64_t all) {
    std::uint64_t largest = 1;
    for (const auto& [name, number] : rows) largest = std::max(largest, bar_value(number));
    const auto height = std::to_string(rows.size() * 24 + 4);
    html_ += R"(<svg role="img" aria-label=")" + escaped(title) + R"(" width="800" height=")" + height +
             R"(" viewBox="0 0 800 )" + height + R"(" font-size="14" font-family="sans-serif">)" + "\n";
    std::size_t top = 2;
    for (const auto& [name, number] : rows) {
      const std::uint64_t width = bar_value(number) * 280 / largest;
      const auto text_y = std::to_string(top + 15);
      html_ += R"(<text x="355" y=")" + text_y + R"(" text-anchor="end">)" + escaped(name) +
               R"(</text><rect x="365" y=")" + std::to_string(top) + R"(" width=")" + std::to_string(width) +
               R"(" height="20" fill="#2b6cb0"/><text x=")" + std::to_string(371 + width) + R"(" y=")" + text_y +
               R"(">)" + beside_bar(number, all) + "</text>\n";
      top += 24;
    }
    html_ += "</svg>\n";
  }

  void head() {
    const auto& knowledge = run_.judge.knowledge();
    if (!knowledge.approved()) {
      html_ +=
          "<p class=\"draft\"><strong>DRAFT.</strong> The clinical knowledge has not been approved by a "
          "clinician.</p>\n";
    }
    if (!run_.whole) {
      html_ +=
          "<p class=\"incomplete\"><strong>INCOMPLETE.</strong> Not every input could be read to its end: people may "
          "be "
          "missing from the list. The last tables say which.</p>\n";
    }
    html_ += "<p class=\"key\"><strong>" + people(screened_.flagged.size()) + "</strong> of " +
             people(screened_.judged) + " people judged are on the list for clinical review.</p>\n<p>Judged as of " +
             fhir::in_words(run_.judge.today()) + " by the clinical knowledge " + escaped(knowledge.version()) +
             ". The list is for review by those who may see the records; it is no screening programme and no "
             "diagnosis.</p>\n<p class=\"digest\">" +
             escaped(knowledge.digest()) + "</p>\n";
  }

  void lines() {
    const LineCounts& counts = screened_.counts;
    html_ += "<h2>What was read</h2>\n<table>\n" + row({"Lines", "Number"}, true) +
             row({"read", with_commas(counts.lines)}) + row({"used", with_commas(counts.used)}) +
             row({"skipped", with_commas(counts.skipped())}) + row({"unreadable", with_commas(counts.unreadable)}) +
             "</table>\n<p>Read = used + skipped + unreadable. Skipped: " + with_commas(counts.of_other_type) +
             " of types that no criterion reads, " + with_commas(counts.not_needed) +
             " without a code that a criterion looks for, " + with_commas(counts.about_others) +
             " not about a patient, " + with_commas(counts.empty) + " empty.</p>\n<table>\n" +
             row({"People", "Number"}, true) + row({"in the export", people(screened_.people)}) +
             row({"judged", people(screened_.judged)}) + row({"deceased, not judged", people(screened_.deceased)}) +
             row({"without a Patient resource, not judged", people(screened_.without_patient)}) +
             row({"whose resources make no record, not judged", people(screened_.unreadable_people)}) + "</table>\n";
  }

  void outcomes() {
    std::map<std::string, std::uint64_t> listed;
    for (const auto& flagged : screened_.flagged) ++listed[flagged.outcome];
    std::map<std::string, std::uint64_t> others;
    for (const auto& [group, number] : screened_.groups) others[group.outcome] += number;
    Rows rows;
    for (const auto& topic : cards::topics) {
      const auto found = listed.find(std::string(topic.code));
      if (found == listed.end()) continue;
      rows.emplace_back(topic.display, found->second);
      others[found->first] -= found->second;
    }
    html_ += "<h2>Outcomes</h2>\n<p>On the list:</p>\n";
    bars("People on the list by outcome", rows, 0);
    html_ += "<p>Judged, and not on the list:</p>\n<table>\n" + row({"Outcome", "People"}, true);
    for (const auto& [outcome, number] : others) {
      if (number > 0) html_ += row({escaped(outcome_in_words(outcome)), people(number)});
    }
    html_ += "</table>\n";
  }

  void ages() {
    struct Cell {
      std::uint64_t judged = 0;
      std::uint64_t listed = 0;
    };
    std::map<int, std::array<Cell, 3>> by_age;
    const auto column = [](fhir::Sex sex) { return sex == fhir::Sex::female ? 0U : sex == fhir::Sex::male ? 1U : 2U; };
    for (const auto& [group, number] : screened_.groups) by_age[group.age_group].at(column(group.sex)).judged += number;
    for (const auto& one : screened_.flagged) ++by_age[age_group_of(one.age_years)].at(column(one.sex)).listed;
    html_ += "<h2>Age and sex</h2>\n<table>\n" + row({"Age in years", "Female, judged", "on the list", "Male, judged",
                                                      "on the list", "Not known, judged", "on the list"},
                                                     true);
    for (const auto& [decade, cells] : by_age) {
      std::vector<std::string> shown = {age_in_words(decade)};
      for (const Cell& cell : cells) {
        shown.push_back(people(cell.judged));
        shown.push_back(people(cell.listed));
      }
      html_ += row(shown);
    }
    html_ += "</table>\n";
  }

  void completeness() {
    html_ += "<h2>How complete the records are</h2>\n<p>People judged who have any of this:</p>\n";
    Rows rows;
    for (std::size_t i = 0; i < screened_.has.size(); ++i) {
      rows.emplace_back(completeness_rows()[i].words, screened_.has[i]);
    }
    bars("People by what their records hold", rows, screened_.judged);
  }

  void reasons() {
    if (screened_.reasons.empty()) return;
    html_ += "<h2>Parts of records that could not be used</h2>\n<table>\n" + row({"What", "How often"}, true);
    for (const auto& [reason, number] : screened_.reasons) html_ += row({escaped(reason), people(number)});
    html_ += "</table>\n";
  }

  void faults() {
    if (screened_.faults.empty()) return;
    std::map<std::string, std::uint64_t> by_reason;
    for (const auto& fault : screened_.faults) ++by_reason[fault.reason];
    html_ += "<h2>Files and lines that could not be read</h2>\n<table>\n" + row({"Why", "How often"}, true);
    for (const auto& [reason, number] : by_reason) html_ += row({escaped(reason), with_commas(number)});
    html_ += "</table>\n<table>\n" + row({"Where", "Why"}, true);
    const std::size_t shown = std::min(screened_.faults.size(), faults_shown_max);
    for (std::size_t i = 0; i < shown; ++i) {
      html_ += row({escaped(place_in_words(run_.files, screened_.faults[i])), escaped(screened_.faults[i].reason)});
    }
    html_ += "</table>\n";
    if (shown < screened_.faults.size()) {
      html_ += "<p>And " + with_commas(screened_.faults.size() - shown) + " more.</p>\n";
    }
  }

  void method() {
    html_ +=
        "<h2>Method and limits</h2>\n<p>Every record was held against the same criteria, by the same program, as the "
        "card that is shown when a record is opened: whoever is on the list would get a card, and nobody else. What a "
        "record does not say is unknown, not absent: a person without a measurement cannot be found by it, and whoever "
        "is "
        "not on the list has not been cleared. Free text is not read. Values in units that are not known are left out "
        "and counted above.</p>\n";
    if (run_.suppress_below > 0) {
      html_ += "<p>Numbers of people below " + std::to_string(run_.suppress_below) +
               " are not told, and larger ones are rounded to the nearest five, so that nobody can be worked out from "
               "them.</p>\n";
    }
    html_ += "<p>Findings are for review by a clinician before anybody is contacted.</p>\n";
  }

  const ScreenedRun& run_;
  const Screened& screened_;
  std::string html_;
};

}  // namespace

std::string screen_report(const ScreenedRun& run) {
  return Report(run).page();
}

}  // namespace server
