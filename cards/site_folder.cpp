#include "cards/site_folder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "cards/code_index.h"
#include "cards/digest.h"
#include "cards/english.h"
#include "fhir/json.h"
#include "fhir/time.h"
#include "fhir/value_set.h"

namespace cards {

namespace {

using fhir::Document;
using fhir::Fields;
using fhir::Json;
using fhir::JsonType;
using fhir::JsonWriter;

constexpr std::string_view sets_folder = "valuesets/";
constexpr std::string_view maps_folder = "maps/";

std::string place(std::string_view file) {
  return "site folder: " + std::string(file);
}

tl::unexpected<fhir::Error> refuse(std::string where, std::string what) {
  return fhir::fault(fhir::Kind::bad_input, std::move(where), std::move(what));
}

Result<Document> document_of(const std::string& text, const std::string& where) {
  auto document = fhir::read_document(text, fhir::JsonReader::rapidjson);
  if (!document) return refuse(where, document.error().what);
  return document;
}

/// Copies JSON; `instead` may write another value in the place of the one with a path ("parameters.fasting.value",
/// "all[0].above"), and says whether it has.
class Copy {
 public:
  using Instead = std::function<bool(const std::string& path, Json value, JsonWriter& out)>;
  explicit Copy(Instead instead) : instead_(std::move(instead)) {}

  std::string of(Json root) {
    copy(root, "");
    return out_.take();
  }

 private:
  void copy(Json json, const std::string& path) {
    if (instead_(path, json, out_)) return;
    if (json.is(JsonType::object)) {
      out_.begin_object();
      for (const auto member : json) {
        out_.name(member.name());
        copy(member, path.empty() ? std::string(member.name()) : path + "." + std::string(member.name()));
      }
      out_.end_object();
    } else if (json.is(JsonType::array)) {
      out_.begin_array();
      std::size_t position = 0;
      for (const auto element : json) copy(element, path + "[" + std::to_string(position++) + "]");
      out_.end_array();
    } else {
      out_.value(json);
    }
  }

  Instead instead_;
  JsonWriter out_;
};

/// Writes an array again, with more at its end.
void write_longer(JsonWriter& out, Json array, const std::vector<Json>& more) {
  out.begin_array();
  for (const auto element : array) out.value(element);
  for (const auto element : more) out.value(element);
  out.end_array();
}

/// A threshold is a parameter of a fact, or the limit of a comparison.
bool is_threshold(std::string_view file, std::string_view path) {
  const auto ends_in = [&](std::string_view word) { return path == word || path.ends_with("." + std::string(word)); };
  if (file.starts_with("facts/")) return path.starts_with("parameters.") && path.ends_with(".value");
  if (!file.starts_with("criteria/") && !file.starts_with("definitions/")) return false;
  constexpr std::array<std::string_view, 4> limits{"above", "at_least", "below", "at_most"};
  return std::any_of(limits.begin(), limits.end(), ends_in);
}

class Adapter {
 public:
  Adapter(const Folder& knowledge, const Folder& site) : site_(site) { adaptation_.folder = knowledge; }

  Result<Adaptation> adapt() {
    for (const auto step : {&Adapter::refuse_unknown_files, &Adapter::add_value_sets, &Adapter::add_maps,
                            &Adapter::add_units, &Adapter::change_thresholds}) {
      if (auto done = (this->*step)(); !done) return tl::unexpected<fhir::Error>(done.error());
    }
    adaptation_.digest = digest_of(site_);
    return std::move(adaptation_);
  }

 private:
  Result<void> refuse_unknown_files() {
    for (const auto& [name, text] : site_) {
      const bool known = name.starts_with(sets_folder) || name.starts_with(maps_folder) || name == "units.json" ||
                         name == "thresholds.json" || name.ends_with(".md");
      if (!known) return refuse(place(name), "is none of valuesets/, maps/, units.json and thresholds.json");
    }
    return {};
  }

  Result<Json> open(const std::string& text, const std::string& where) {
    auto document = document_of(text, where);
    if (!document) return tl::unexpected<fhir::Error>(document.error());
    documents_.push_back(std::make_unique<Document>(std::move(*document)));
    return documents_.back()->root();
  }

  // ---- codes

  Result<void> add_value_sets() {
    for (const auto& [name, text] : site_) {
      if (!name.starts_with(sets_folder)) continue;
      auto json = open(text, place(name));
      if (!json) return tl::unexpected<fhir::Error>(json.error());
      const auto set = fhir::read_value_set(*json, place(name));
      if (!set) return tl::unexpected<fhir::Error>(set.error());
      if (auto added = add_to_set(set->id(), (*json)["compose"]["include"], place(name)); !added) return added;
    }
    return {};
  }

  Result<void> add_to_set(const std::string& id, Json includes, const std::string& where) {
    const auto file = adaptation_.folder.find(std::string(sets_folder) + id + ".json");
    if (file == adaptation_.folder.end())
      return refuse(where, "has the id \"" + id + "\", and the knowledge has no such value set");
    const auto document = document_of(file->second, file->first);
    if (!document) return tl::unexpected<fhir::Error>(document.error());
    std::vector<Json> more;
    for (const auto include : includes) more.push_back(include);
    Copy copy([&](const std::string& path, Json value, JsonWriter& out) {
      if (path != "compose.include") return false;
      write_longer(out, value, more);
      return true;
    });
    file->second = copy.of(document->root());
    return {};
  }

  /// The value sets as they are now, site's own codes included.
  Result<CodeIndex> index() const {
    std::vector<fhir::ValueSet> sets;
    for (const auto& [name, text] : adaptation_.folder) {
      if (!name.starts_with(sets_folder)) continue;
      const auto document = document_of(text, name);
      if (!document) return tl::unexpected<fhir::Error>(document.error());
      auto set = fhir::read_value_set(document->root(), name);
      if (!set) return tl::unexpected<fhir::Error>(set.error());
      sets.push_back(std::move(*set));
    }
    if (sets.size() > value_sets_max) return refuse("valuesets", "holds more sets than this program indexes");
    return CodeIndex(std::move(sets));
  }

  Result<void> add_maps() {
    const auto has_map = [](const auto& file) { return file.first.starts_with(maps_folder); };
    if (std::none_of(site_.begin(), site_.end(), has_map)) return {};
    const auto known = index();
    if (!known) return tl::unexpected<fhir::Error>(known.error());
    for (const auto& [name, text] : site_) {
      if (!name.starts_with(maps_folder)) continue;
      auto json = open(text, place(name));
      if (!json) return tl::unexpected<fhir::Error>(json.error());
      if ((*json)["resourceType"].string() != "ConceptMap") return refuse(place(name), "is no ConceptMap");
      for (const auto group : (*json)["group"])
        if (auto added = add_group(group, *known, place(name)); !added) return added;
    }
    return {};
  }

  Result<void> add_group(Json group, const CodeIndex& known, const std::string& where) {
    const std::string source(group["source"].string());
    const std::string target(group["target"].string());
    if (source.empty() || target.empty()) return refuse(where + ": group", "lacks source or target, the code systems");
    for (const auto element : group["element"]) {
      const std::string code(element["code"].string());
      if (code.empty()) return refuse(where + ": element", "has no code");
      for (const auto to : element["target"]) {
        const auto equivalence = to["equivalence"].string();
        if (equivalence == "unmatched" || equivalence == "disjoint") continue;
        // A local code may be narrower than its target: then the target is wider.
        if (equivalence != "equal" && equivalence != "equivalent" && equivalence != "wider")
          return refuse(where + ": " + code, "has an equivalence that is not equal, equivalent or wider");
        const auto sets = known.sets_of(fhir::Coding{.system = target, .code = to["code"].string(), .display = {}});
        if (sets.none()) return refuse(where + ": " + code, "leads to a code that no value set of the knowledge holds");
        if (auto added = add_code(source, code, std::string(element["display"].string()), sets, known, where); !added)
          return added;
      }
    }
    return {};
  }

  Result<void> add_code(const std::string& system, const std::string& code, const std::string& display,
                        const SetBits& sets, const CodeIndex& known, const std::string& where) {
    JsonWriter out;
    out.begin_array().begin_object().member("system", system).name("concept").begin_array().begin_object();
    out.member("code", code).member("display", display.empty() ? code : display);
    out.end_object().end_array().end_object().end_array();
    const auto include = document_of(out.take(), where);
    if (!include) return tl::unexpected<fhir::Error>(include.error());
    for (std::size_t i = 0; i < known.sets().size(); ++i) {
      if (!sets.test(i)) continue;
      if (auto added = add_to_set(known.sets()[i].id(), include->root(), where); !added) return added;
    }
    return {};
  }

  // ---- units

  Result<void> add_units() {
    const auto file = site_.find("units.json");
    if (file == site_.end()) return {};
    auto ours = open(adaptation_.folder["units.json"], "units.json");
    auto theirs = open(file->second, place("units.json"));
    if (!ours) return tl::unexpected<fhir::Error>(ours.error());
    if (!theirs) return tl::unexpected<fhir::Error>(theirs.error());
    std::map<std::string, std::vector<Json>> more;  // by the path of the units of an analyte
    Fields top(*theirs, place("units.json"));
    for (const auto entry : top.array("analytes")) {
      Fields in(entry, top.path_of("analytes"));
      const auto id = in.text("id");
      const auto units = in.array("units");
      if (auto done = in.finish(true); !done) return tl::unexpected<fhir::Error>(done.error());
      const auto at = analyte_in(*ours, id);
      if (!at) return refuse(in.path_of("id"), "is no analyte of the knowledge: \"" + id + "\"");
      for (const auto unit : units) {
        if (const auto word = word_known(*at, unit); !word.empty())
          return refuse(in.path_of("units"), "names \"" + word + "\", which is understood already");
        more[path_of(*ours, id)].push_back(unit);
      }
    }
    if (auto done = top.finish(true); !done) return tl::unexpected<fhir::Error>(done.error());
    Copy copy([&](const std::string& path, Json value, JsonWriter& out) {
      const auto added = more.find(path);
      if (added == more.end()) return false;
      write_longer(out, value, added->second);
      return true;
    });
    adaptation_.folder["units.json"] = copy.of(*ours);
    return {};
  }

  static std::optional<Json> analyte_in(Json units, const std::string& id) {
    for (const auto analyte : units["analytes"])
      if (analyte["id"].string() == id) return analyte;
    return std::nullopt;
  }

  static std::string path_of(Json units, const std::string& id) {
    std::size_t position = 0;
    for (const auto analyte : units["analytes"]) {
      if (analyte["id"].string() == id) break;
      ++position;
    }
    return "analytes[" + std::to_string(position) + "].units";
  }

  /// A code or spelling of the unit that the analyte has already; empty when there is none.
  static std::string word_known(Json analyte, Json unit) {
    std::set<std::string, std::less<>> words;
    for (const auto known : analyte["units"])
      for (const std::string_view list : {"codes", "texts"})
        for (const auto word : known[list]) words.emplace(word.string());
    for (const std::string_view list : {"codes", "texts"})
      for (const auto word : unit[list])
        if (words.contains(word.string())) return std::string(word.string());
    return {};
  }

  // ---- thresholds

  Result<void> change_thresholds() {
    const auto file = site_.find("thresholds.json");
    if (file == site_.end()) return {};
    auto json = open(file->second, place("thresholds.json"));
    if (!json) return tl::unexpected<fhir::Error>(json.error());
    Fields top(*json, place("thresholds.json"));
    for (const auto entry : top.array("thresholds"))
      if (auto changed = change(entry, top.path_of("thresholds")); !changed) return changed;
    return top.finish(true).map([](bool) {});
  }

  Result<void> change(Json entry, const std::string& where) {
    Fields in(entry, where);
    const auto file = in.text("file");
    const auto path = in.text("path");
    const double from = in.number("from");
    in.number("to");
    const auto why = in.text("why");
    const auto decided_by = in.text("decided_by");
    const auto on = in.text("on");
    if (!in.first_fault() && !fhir::read_time(on)) in.complain("on", "is not a date");
    if (auto done = in.finish(true); !done) return tl::unexpected<fhir::Error>(done.error());

    const auto target = adaptation_.folder.find(file);
    if (target == adaptation_.folder.end())
      return refuse(where, "names a file that the knowledge does not have: " + file);
    if (!is_threshold(file, path)) return refuse(where, "names no threshold: " + file + " " + path);
    const auto document = document_of(target->second, file);
    if (!document) return tl::unexpected<fhir::Error>(document.error());
    const auto to = entry["to"].text();
    bool found = false;
    Copy copy([&](const std::string& at, Json value, JsonWriter& out) {
      if (at != path || value.number() != from) return false;
      out.number_as_written(to);
      return found = true;
    });
    auto text = copy.of(document->root());
    if (!found) return refuse(where, "names a threshold that is not there, or is not from: " + file + " " + path);
    target->second = std::move(text);
    adaptation_.changes.push_back(escaped_markdown(file + " " + path) + ": " + std::string(to) + " instead of " +
                                  std::string(entry["from"].text()) + " (" + escaped_markdown(why) + "; " +
                                  escaped_markdown(decided_by) + ", " + escaped_markdown(on) + ")");
    return {};
  }

  const Folder& site_;
  Adaptation adaptation_;
  std::vector<std::unique_ptr<Document>> documents_;
};

}  // namespace

Result<Adaptation> adapted(const Folder& knowledge, const Folder& site) {
  return Adapter(knowledge, site).adapt();
}

}  // namespace cards
