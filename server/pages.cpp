#include "server/pages.h"

#include <algorithm>
#include <array>

#include "cards/english.h"
#include "cards/patients.h"
#include "fhir/json.h"
#include "server/asset.h"

namespace server {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view html_type = "text/html; charset=utf-8";

/// What /criteria and /feedback use; they stay when the try-out page is switched off.
constexpr std::array<std::string_view, 7> shared_files = {"style.css", "icon.svg",  "criteria.js", "feedback.js",
                                                          "dom.js",    "server.js", "words.js"};

std::string escaped_html(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

std::string_view media_type_of(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return json_type;
}

std::string asset_text(std::string_view name) {
  const auto all = assets();
  const auto found = std::ranges::find(all, name, &Asset::name);
  return found == all.end() ? std::string() : std::string(found->content);
}

using Blanks = std::map<std::string, std::string, std::less<>>;

/// A page with its blanks ("{{version}}") filled in.
std::string filled_in(std::string_view page, const Blanks& blanks) {
  std::string text;
  while (true) {
    const auto open = page.find("{{");
    const auto close = open == std::string_view::npos ? open : page.find("}}", open);
    if (close == std::string_view::npos) return text += page;
    text += page.substr(0, open);
    const auto blank = blanks.find(page.substr(open + 2, close - open - 2));
    if (blank != blanks.end()) text += blank->second;
    page.remove_prefix(close + 2);
  }
}

/// The state of approval, as a list.
std::string approvals_of(const cards::Knowledge& knowledge) {
  std::string html;
  for (const auto& sentence : cards::approvals_in_words(knowledge)) html += "<li>" + escaped_html(sentence) + "</li>";
  return "<ul>" + (html.empty() ? "<li>Approved by nobody.</li>" : html) + "</ul>";
}

Blanks blanks_of(const cards::Knowledge& knowledge, std::string_view base_url) {
  const auto& services = knowledge.services();
  return {
      {"base_url", escaped_html(base_url)},
      {"service", services.empty() ? "{id}" : escaped_html(services.front().id)},
      {"version", escaped_html(knowledge.version())},
      {"digest", escaped_html(knowledge.digest())},
      {"state", knowledge.approved() ? "approved" : "draft"},
      {"notice", knowledge.approved() ? "Decision support, not a diagnosis" : "Draft knowledge: not for clinical use"},
      {"approvals", approvals_of(knowledge)}};
}

/// A page in the frame that all have. `place` is the blank of the bar that says where the reader is.
Pages::Page framed(std::string_view name, std::string_view place, Blanks blanks) {
  blanks.emplace(place, " aria-current=\"page\"");
  blanks["head"] = asset_text("head.html");
  blanks["bar"] = filled_in(asset_text("bar.html"), blanks);
  return {html_type, filled_in(asset_text(name), blanks)};
}

}  // namespace

Pages::Pages(const cards::Knowledge& knowledge, std::string_view base_url) {
  auto blanks = blanks_of(knowledge, base_url);
  home_ = framed("tryout.html", "at_home", blanks);
  feedback_ = framed("feedback.html", "at_feedback", blanks);
  auto criteria = cards::criteria_html(knowledge);
  blanks["contents"] = std::move(criteria.contents);
  blanks["body"] = std::move(criteria.body);
  criteria_ = framed("criteria.html", "at_criteria", std::move(blanks));
  for (const auto& asset : assets()) {
    if (asset.name.ends_with(".html") || asset.name == "patients.json") continue;
    files_.emplace(asset.name, Page{media_type_of(asset.name), std::string(asset.content)});
  }
  files_.emplace("terms", Page{json_type, cards::write_page_terms(knowledge)});
  add_patients(knowledge);
}

// A site's own knowledge may have dropped a value set that a patient is described with: then there is nobody to pick,
// and everything else works.
void Pages::add_patients(const cards::Knowledge& knowledge) {
  auto patients = cards::read_patients(asset_text("patients.json"), knowledge);
  if (!patients) {
    complaint_ = patients.error().where + " " + patients.error().what;
    patients = std::vector<cards::InventedPatient>();
  }
  files_.emplace("patients", Page{json_type, cards::write_patient_list(*patients)});
  for (auto& one : *patients) files_.emplace("patients/" + one.id, Page{json_type, std::move(one.request)});
}

const Pages::Page* Pages::file(const std::string& name, bool tryout) const {
  const bool shared = std::ranges::find(shared_files, name) != shared_files.end();
  const auto found = shared || tryout ? files_.find(name) : files_.end();
  return found == files_.end() ? nullptr : &found->second;
}

std::string ready_page(const cards::Knowledge& knowledge, const Readiness& readiness) {
  const auto& troubles = readiness.troubles;
  fhir::JsonWriter writer;
  const auto tell = [&writer](std::string_view name, const cards::Knowledge& one) {
    writer.name(name).begin_object().member("version", one.version()).member("digest", one.digest());
    writer.name("approved").boolean(one.approved()).end_object();
  };
  writer.begin_object().member("status",
                               !readiness.can_serve ? "unavailable" : (troubles.empty() ? "ready" : "degraded"));
  writer.member("version", readiness.program_version);
  tell("knowledge", knowledge);
  if (readiness.shadow) tell("shadow", *readiness.shadow);
  writer.member("store", readiness.store);
  if (!troubles.empty()) {
    writer.name("troubles").begin_array();
    for (const auto& one : troubles)
      writer.begin_object().member("part", one.part).member("what", one.what).end_object();
    writer.end_array();
  }
  return writer.end_object().take();
}

}  // namespace server
