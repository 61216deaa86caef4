#include "cards/detail.h"

#include <algorithm>
#include <array>

#include "cards/clause.h"
#include "cards/english.h"
#include "cards/placeholder.h"
#include "cards/print.h"

namespace cards {

namespace {

struct PartName {
  std::string_view key;
  std::string_view name;
};

constexpr std::array<PartName, 6> part_names = {{{"patient", "the patient's details"},
                                                 {"conditions", "the problem list"},
                                                 {"observations", "the results"},
                                                 {"medications", "the list of medicines"},
                                                 {"familyHistory", "the family history"},
                                                 {"referrals", "the list of referrals"}}};

std::string name_of_part(std::string_view key) {
  const auto found =
      std::find_if(part_names.begin(), part_names.end(), [&](const auto& part) { return part.key == key; });
  return std::string(found == part_names.end() ? key : found->name);
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// Titles hold commas and "or" themselves.
std::string in_a_row(const std::vector<std::string>& titles) {
  std::string text;
  for (const auto& title : titles) text += (text.empty() ? "" : "; ") + title;
  return text;
}

bool is_one_of(std::string_view text, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), folded(text)) != names.end();
}

const Jurisdiction& jurisdiction_named(std::string_view name, const std::vector<Jurisdiction>& all) {
  const auto named = [&](std::string_view wanted) {
    return std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == wanted; });
  };
  const auto found = named(name);
  return found != all.end() ? *found : *named("elsewhere");  // the reader has checked that it is there
}

// Where the patient lives, as far as the address says; else where the site is.
const Jurisdiction& jurisdiction_of(const Chart& chart, const Site& site) {
  const auto& content = chart.knowledge();
  const auto& patient = chart.record().patient;
  if (!patient) return jurisdiction_named(site.jurisdiction, content.jurisdictions);
  auto places = patient->districts;
  places.insert(places.end(), patient->countries.begin(), patient->countries.end());
  for (const auto place : places) {
    for (const auto& one : content.jurisdictions) {
      if (is_one_of(place, one.names)) return one;
    }
  }
  const auto abroad = [&](std::string_view country) {
    return !country.empty() && !is_one_of(country, content.undivided);
  };
  const bool lives_abroad = std::any_of(patient->countries.begin(), patient->countries.end(), abroad);
  return jurisdiction_named(lives_abroad ? "elsewhere" : site.jurisdiction, content.jurisdictions);
}

class Detail {
 public:
  Detail(const Advice& advice, const std::string& criterion, const Assessment& assessment, const Chart& chart,
         const Knowledge& knowledge, const Site& site)
      : advice_(advice),
        criterion_(criterion),
        assessment_(assessment),
        chart_(chart),
        knowledge_(knowledge),
        site_(site) {}

  std::string write() {
    status_lines();
    paragraph("Why you see this", advice_.why);
    missing_parts();
    from_the_record();
    not_recorded();
    other_explanations();
    points();
    remarks();
    paragraph("Who does what", advice_.who_does_what.find(site_.care_tier)->second);
    list("Before you act", advice_.before_you_act);
    contact();
    limits();
    while (!text_.empty() && text_.back() == '\n') text_.pop_back();
    return text_;
  }

 private:
  void paragraph(std::string_view head, const std::string& body) {
    if (!body.empty()) text_ += "**" + std::string(head) + "** – " + body + "\n\n";
  }

  void list(std::string_view head, const std::vector<std::string>& items) {
    if (items.empty()) return;
    text_ += "**" + std::string(head) + "**\n\n";
    for (const auto& item : items) text_ += "- " + item + "\n";
    text_ += "\n";
  }

  void status_lines() {
    if (!knowledge_.approved()) {
      text_ += "**DRAFT – clinical knowledge that nobody has approved; not for clinical use.**\n\n";
    }
    for (const auto& change : knowledge_.content().site_changes)
      text_ += "**This site has changed a threshold of the clinical knowledge** – " + change + "\n\n";
    if (site_.demonstration) text_ += "**Demonstration server – not for clinical use.**\n\n";
  }

  void missing_parts() {
    for (const auto& part : assessment_.missing) {
      text_ += capitalised(name_of_part(part.key)) + " was not available (" + part.cause + ").\n\n";
    }
  }

  void from_the_record() {
    std::vector<std::string> lines;
    std::vector<std::string> notes;
    for (const auto& id : advice_.evidence) {
      const auto& sighting = chart_.sighting(id);
      if (sighting.line.empty() || sighting.state == Sighting::State::not_applicable) continue;
      lines.push_back(capitalised(sighting.line));
      notes.insert(notes.end(), sighting.notes.begin(), sighting.notes.end());
    }
    lines.insert(lines.end(), notes.begin(), notes.end());
    list("From the record", lines);
  }

  std::vector<std::string> silent_among(const std::vector<std::string>& ids) const {
    std::vector<std::string> titles;
    for (const auto& id : ids) {
      if (chart_.sighting(id).state == Sighting::State::unknown) titles.push_back(chart_.knowledge().fact(id).title);
    }
    return titles;
  }

  void not_recorded() {
    const auto titles = silent_among(advice_.look_for);
    if (!titles.empty()) paragraph("Not recorded, or too old", capitalised(listed(titles, "and")) + ".");
  }

  void other_explanations() {
    if (advice_.could_explain.empty()) return;
    std::string body;
    const auto silent = silent_among(advice_.could_explain);
    if (!silent.empty()) body = "No record in the data sent to us of: " + in_a_row(silent) + ".";
    std::vector<std::string> recorded;
    for (const auto& id : advice_.could_explain) {
      const auto& sighting = chart_.sighting(id);
      if (sighting.state == Sighting::State::known && !sighting.line.empty()) recorded.push_back(sighting.line);
    }
    if (!recorded.empty()) body += (body.empty() ? "" : " ") + std::string("Recorded: ") + in_a_row(recorded) + ".";
    paragraph("Could something else explain it?", body);
  }

  // Each point of a scheme as found, not found or not recorded: "unknown" never counts as absent (CLINICAL.md 3.3).
  void points() {
    if (advice_.shows_points.empty()) return;
    const auto& content = chart_.knowledge();
    const auto& definition = content.definitions[content.definition_by_id.find(advice_.shows_points)->second];
    const auto& scheme = std::get<Points>(definition.when.is);
    std::vector<std::string> found;
    std::vector<std::string> not_found;
    std::vector<std::string> not_recorded;
    int sum = 0;
    for (const auto& item : scheme.items) {
      const auto verdict = verdict_of(*item.when, chart_);
      if (verdict == Verdict::met) {
        found.push_back(item.title + " (" + signed_points(item.points) + ")");
        sum += item.points;
      } else {
        (verdict == Verdict::unknown ? not_recorded : not_found).push_back(item.title);
      }
    }
    list("Points", {"Found: " + in_a_row(found) + "; together " + std::to_string(sum) + " points, " +
                        std::to_string(scheme.at_least) + " are needed",
                    "Not found: " + (not_found.empty() ? "–" : in_a_row(not_found)),
                    "Not recorded: " + (not_recorded.empty() ? "–" : in_a_row(not_recorded))});
  }

  void remarks() {
    for (const auto& remark : advice_.remarks) text_ += remark + "\n\n";
    for (const auto& line : advice_.context) {
      if (verdict_of(line.when, chart_) != Verdict::met) continue;
      const auto said = filled(line.say, [&](std::string_view fact) -> std::optional<std::string> {
        return capitalised(escaped_markdown(chart_.sighting(fact).brief));
      });
      text_ += *said + "\n\n";
    }
  }

  void contact() {
    if (!advice_.names_service) return;
    const auto& contact = chart_.knowledge().contact;
    const auto& reached =
        site_.contact ? *site_.contact : SiteContact{contact.phone, contact.email, contact.verified_on};
    auto body = contact.service + ": " + reached.phone + (reached.phone.empty() || reached.email.empty() ? "" : " · ") +
                reached.email + " (last verified " + fhir::in_words(*fhir::read_time(reached.verified_on)) + ").";
    body += " " + jurisdiction_of(chart_, site_).line;
    paragraph("Contact", body);
  }

  void limits() {
    std::string body;
    for (const auto& sentence : chart_.knowledge().limits) body += sentence + " ";
    body +=
        "Rule set " + knowledge_.version() + ". [Rule and sources](" + site_.base_url + "/criteria#" + criterion_ + ")";
    paragraph("Limits", body);
  }

  const Advice& advice_;
  const std::string& criterion_;
  const Assessment& assessment_;
  const Chart& chart_;
  const Knowledge& knowledge_;
  const Site& site_;
  std::string text_;
};

}  // namespace

std::string detail_of(const Advice& advice, const std::string& criterion, const Assessment& assessment,
                      const Chart& chart, const Knowledge& knowledge, const Site& site) {
  return Detail(advice, criterion, assessment, chart, knowledge, site).write();
}

std::string without_markdown(std::string_view line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '*' && i + 1 < line.size() && line[i + 1] == '*') {
      ++i;
      continue;
    }
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    plain += line[i];
  }
  return plain;
}

std::string referral_text(const Advice& advice, const Chart& chart, const Knowledge& knowledge, const Site& site) {
  std::string text = "Referral to " + chart.knowledge().contact.service +
                     "\n\nReason: " + without_markdown(advice.why) + "\n\nFrom the record:\n";
  for (const auto& id : advice.evidence) {
    const auto& sighting = chart.sighting(id);
    if (sighting.line.empty() || sighting.state == Sighting::State::not_applicable) continue;
    text += "- " + without_markdown(sighting.line) + "\n";
    for (const auto& note : sighting.notes) text += "- " + without_markdown(note) + "\n";
  }
  const auto titles = [&](const std::vector<std::string>& ids) {
    std::vector<std::string> silent;
    for (const auto& id : ids) {
      if (chart.sighting(id).state == Sighting::State::unknown) silent.push_back(chart.knowledge().fact(id).title);
    }
    return silent;
  };
  if (const auto looked_for = titles(advice.could_explain); !looked_for.empty()) {
    text += "\nLooked for and not found in the record: " + in_a_row(looked_for) + ".\n";
  }
  if (const auto lacking = titles(advice.look_for); !lacking.empty()) {
    text += "\nNot recorded, or too old: " + listed(lacking) + ".\n";
  }
  text += "\nBefore referral: " + advice.who_does_what.find(site.care_tier)->second + "\n";
  text += "\nDrafted by sir-cds, rule set " + knowledge.version() +
          (knowledge.approved() ? "" : " (draft, not approved)") +
          ", from the data supplied; to be checked by the referrer.";
  return text;
}

}  // namespace cards
