#include "cards/knowledge_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "cards/digest.h"
#include "cards/print.h"

namespace cards {

namespace {

using fhir::Document;
using fhir::Fields;
using fhir::Json;

// What the loader understands; a folder of another format is refused.
constexpr int format_understood = 1;

tl::unexpected<fhir::Error> refuse(std::string where, std::string what) {
  return fhir::fault(fhir::Kind::bad_input, std::move(where), std::move(what));
}

class FolderReader {
 public:
  FolderReader(const Folder& folder, std::string_view uk90)
      : folder_(folder), uk90_(uk90), content_(std::make_unique<Knowledge::Content>()) {}

  Result<std::unique_ptr<Knowledge::Content>> read() {
    for (const auto step : {&FolderReader::read_head, &FolderReader::read_approvals, &FolderReader::read_value_sets,
                            &FolderReader::read_unit_table, &FolderReader::read_growth, &FolderReader::read_facts,
                            &FolderReader::read_definitions, &FolderReader::check_asked_definitions,
                            &FolderReader::read_all_advice, &FolderReader::read_criteria, &FolderReader::check_services,
                            &FolderReader::require_cases, &FolderReader::refuse_unknown_files}) {
      if (auto done = (this->*step)(); !done) return tl::unexpected<fhir::Error>(done.error());
    }
    content_->digest = digest_of(folder_);
    if (const auto changes = folder_.find("CHANGES.md"); changes != folder_.end()) content_->changes = changes->second;
    return std::unique_ptr<Knowledge::Content>(std::move(content_));
  }

 private:
  // ---- files

  // Documents stay as long as the reader: their Json is looked at more than once.
  Result<Json> open(const std::string& name) {
    const auto file = folder_.find(name);
    if (file == folder_.end()) return refuse(name, "is missing");
    auto document = fhir::read_document(file->second, fhir::JsonReader::rapidjson);
    if (!document) return refuse(name, document.error().what);
    documents_.push_back(std::make_unique<Document>(std::move(*document)));
    return documents_.back()->root();
  }

  std::vector<std::string> files_in(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const auto& [name, content] : folder_) {
      if (name.rfind(prefix, 0) == 0 && name.ends_with(".json")) names.push_back(name);
    }
    return names;
  }

  static std::string id_in(const std::string& name) {
    const auto slash = name.rfind('/') + 1;
    return name.substr(slash, name.size() - slash - std::string_view(".json").size());
  }

  // ---- knowledge.json

  Result<void> read_head() {
    auto json = open("knowledge.json");
    if (!json) return tl::unexpected<fhir::Error>(json.error());
    Fields in(*json, "knowledge.json");
    if (const auto format = in.number("format"); !in.first_fault() && format != format_understood) {
      in.complain("format", "is not the one that this program understands");
    }
    content_->version = in.text("version");
    content_->order = in.texts("order");
    content_->limits = in.texts("limits");
    read_services(in);
    read_prefetch(in);
    read_override_reasons(in);
    read_contact(in);
    read_jurisdictions(in);
    if (auto done = in.finish(true); !done) return tl::unexpected<fhir::Error>(done.error());
    return {};
  }

  void read_jurisdictions(Fields& in) {
    const auto add_folded = [](const std::vector<std::string>& names, std::vector<std::string>& into) {
      for (const auto& name : names) into.push_back(folded(name));
    };
    add_folded(in.texts("undivided"), content_->undivided);
    for (const auto& json : in.array("jurisdictions")) {
      Fields one(json, in.path_of("jurisdictions"));
      Jurisdiction jurisdiction{.name = one.text("name"), .names = {}, .line = one.text("line")};
      add_folded(one.texts_or_none("names"), jurisdiction.names);
      if (auto done = one.finish(true); !done) in.complain(done.error());
      content_->jurisdictions.push_back(std::move(jurisdiction));
    }
    const auto elsewhere = [](const Jurisdiction& one) { return one.name == "elsewhere"; };
    if (std::none_of(content_->jurisdictions.begin(), content_->jurisdictions.end(), elsewhere)) {
      in.complain("jurisdictions", "lacks \"elsewhere\"");
    }
  }

  void read_services(Fields& in) {
    for (const auto& json : in.array("services")) {
      Fields one(json, in.path_of("services"));
      content_->services.push_back({one.text("id"), one.text("hook"), one.text("title"), one.text("description"),
                                    one.text("usage_requirements"), one.texts("criteria")});
      if (auto done = one.finish(true); !done) in.complain(done.error());
    }
    if (content_->services.empty()) in.complain("services", "names no service");
  }

  // A service may only ask for criteria that exist, and each criterion belongs to a service.
  Result<void> check_services() {
    std::set<std::string> asked;
    for (const auto& service : content_->services) {
      const auto where = "knowledge.json: services: " + service.id + ": criteria";
      if (service.criteria.empty()) return refuse(where, "is empty");
      for (const auto& id : service.criteria) {
        if (!content_->criterion_by_id.contains(id)) return refuse(where, "names the unknown criterion \"" + id + "\"");
        asked.insert(id);
      }
    }
    for (const auto& id : content_->order) {
      if (!asked.contains(id)) return refuse("knowledge.json: services", "never ask for the criterion \"" + id + "\"");
    }
    return {};
  }

  void read_prefetch(Fields& in) {
    for (const auto& query : in.object("prefetch")) {
      content_->prefetch.push_back({std::string(query.name()), std::string(query.string())});
      if (query.string().empty()) in.complain("prefetch", "has an empty template");
    }
  }

  void read_override_reasons(Fields& in) {
    for (const auto& json : in.array("override_reasons")) {
      Fields one(json, in.path_of("override_reasons"));
      OverrideReason reason{.code = one.text("code"), .display = one.text("display"), .silences = {}};
      if (const auto silences = one.optional("silences"); silences.present())
        reason.silences = read_silence(silences, one);
      content_->override_reasons.push_back(std::move(reason));
      if (auto done = one.finish(true); !done) in.complain(done.error());
    }
  }

  static Silence read_silence(fhir::Json json, Fields& reason) {
    Fields in(json, reason.path_of("silences"));
    Silence silence;
    const double days = in.optional_number("days").value_or(0);
    const auto until = in.text("until");
    if (days < 0 || days > 36'500 || days != std::floor(days)) in.complain("days", "is no number of days");
    silence.days = static_cast<int>(days);
    if (until == "new-evidence")
      silence.ends = Silence::Ends::with_new_evidence;
    else if (until == "changed-condition")
      silence.ends = Silence::Ends::with_a_changed_condition;
    else if (until == "the-day")
      silence.ends = Silence::Ends::with_the_day;
    else
      in.complain("until", "is none of new-evidence, changed-condition and the-day");
    if (silence.ends == Silence::Ends::with_the_day && days < 1)
      in.complain("days", "is missing although nothing else ends it");
    if (auto done = in.finish(true); !done) reason.complain(done.error());
    return silence;
  }

  void read_contact(Fields& in) {
    Fields one(in.object("contact"), in.path_of("contact"));
    content_->contact = {one.text("service"), one.text("phone"),       one.text("email"),
                         one.text("url"),     one.text("verified_on"), one.text("source")};
    if (!one.first_fault() && !fhir::read_time(content_->contact.verified_on))
      one.complain("verified_on", "is not a date");
    if (auto done = one.finish(true); !done) in.complain(done.error());
  }

  Result<void> read_approvals() {
    auto json = open("approvals.json");
    if (!json) return tl::unexpected<fhir::Error>(json.error());
    Fields in(*json, "approvals.json");
    for (const auto& entry : in.array("approvals")) {
      Fields one(entry, in.path_of("approvals"));
      content_->approvals.push_back({one.text("digest"), one.text("name"), one.text("role"), one.text("on")});
      if (auto done = one.finish(true); !done) in.complain(done.error());
    }
    if (auto done = in.finish(true); !done) return tl::unexpected<fhir::Error>(done.error());
    return {};
  }

  // ---- codes, units, growth

  Result<void> read_value_sets() {
    std::vector<fhir::ValueSet> sets;
    for (const auto& name : files_in("valuesets/")) {
      auto json = open(name);
      if (!json) return tl::unexpected<fhir::Error>(json.error());
      auto set = fhir::read_value_set(*json, name);
      if (!set) return tl::unexpected<fhir::Error>(set.error());
      if (set->id() != id_in(name)) return refuse(name, "has an id that is not its file name");
      sets.push_back(std::move(*set));
    }
    if (sets.size() > value_sets_max) return refuse("valuesets", "holds more sets than this program indexes");
    content_->codes = CodeIndex(std::move(sets));
    return {};
  }

  Result<void> read_unit_table() {
    auto json = open("units.json");
    if (!json) return tl::unexpected<fhir::Error>(json.error());
    auto table = read_units(*json, "units.json");
    if (!table) return tl::unexpected<fhir::Error>(table.error());
    content_->units = std::move(*table);
    return {};
  }

  Result<void> read_growth() {
    const auto file = folder_.find("growth/who.csv");
    if (file == folder_.end()) return refuse("growth/who.csv", "is missing");
    auto growth = read_growth_reference(file->second, "growth/who.csv", uk90_, "growth.uk90_file");
    if (!growth) return tl::unexpected<fhir::Error>(growth.error());
    content_->growth = std::move(*growth);
    content_->growth_reference = uk90_.empty() ? Reference::who : Reference::uk_who;
    return {};
  }

  // ---- facts, definitions, advice, criteria

  Result<void> read_facts() {
    return read_in_order_of_need<Fact>("facts/", content_->facts, content_->fact_by_id, read_fact);
  }

  Result<void> read_definitions() {
    return read_in_order_of_need<Definition>("definitions/", content_->definitions, content_->definition_by_id,
                                             read_definition);
  }

  // A fact may ask a definition, which stands on facts: so their names are checked when both are read.
  Result<void> check_asked_definitions() {
    for (const auto& fact : content_->facts) {
      for (const auto& [role, id] : fact.definitions) {
        if (!content_->definition_by_id.contains(id)) {
          return refuse("facts/" + fact.id + ".json: definitions", "names the unknown definition \"" + id + "\"");
        }
      }
    }
    return {};
  }

  Result<void> read_all_advice() {
    return read_in_order_of_need<Advice>("advice/", content_->advice, content_->advice_by_id, read_advice);
  }

  // A file may name another of its kind. Whatever can be read is read, again and again, until nothing is left or
  // nothing moves; then the first fault is told (a circle ends here too).
  template <class T>
  Result<void> read_in_order_of_need(const std::string& prefix, std::vector<T>& things,
                                     std::map<std::string, std::size_t, std::less<>>& by_id,
                                     Result<T> (*read_one)(Json, const std::string&, const Knowledge::Content&)) {
    auto names = files_in(prefix);
    while (!names.empty()) {
      std::vector<std::string> left;
      std::optional<fhir::Error> fault;
      for (const auto& name : names) {
        auto json = open(name);
        if (!json) return tl::unexpected<fhir::Error>(json.error());
        auto thing = read_one(*json, name, *content_);
        if (!thing) {
          if (!fault) fault = thing.error();
          left.push_back(name);
          continue;
        }
        if (thing->id != id_in(name)) return refuse(name, "has an id that is not its file name");
        by_id.emplace(thing->id, things.size());
        things.push_back(std::move(*thing));
      }
      if (left.size() == names.size()) return tl::unexpected<fhir::Error>(*fault);
      names = std::move(left);
    }
    return {};
  }

  Result<void> read_criteria() {
    std::set<std::string> files;
    for (const auto& name : files_in("criteria/")) files.insert(id_in(name));
    for (const auto& id : content_->order) {
      const auto name = "criteria/" + id + ".json";
      auto json = open(name);
      if (!json) return tl::unexpected<fhir::Error>(json.error());
      auto criterion = read_criterion(*json, name, *content_);
      if (!criterion) return tl::unexpected<fhir::Error>(criterion.error());
      if (criterion->id != id) return refuse(name, "has an id that is not its file name");
      content_->criterion_by_id.emplace(id, content_->criteria.size());
      content_->criteria.push_back(std::move(*criterion));
      files.erase(id);
    }
    if (!files.empty())
      return refuse("knowledge.json: order", "does not name the criterion \"" + *files.begin() + "\"");
    return {};
  }

  // A criterion that nobody has tried out is not offered.
  Result<void> require_cases() {
    for (const auto& criterion : content_->criteria) {
      const auto name = "cases/" + criterion.id + ".json";
      auto json = open(name);
      if (!json) return refuse(name, "is missing: a criterion without cases is not accepted");
      if ((*json)["cases"].size() == 0) return refuse(name, "holds no case");
    }
    return {};
  }

  Result<void> refuse_unknown_files() {
    static constexpr std::array<std::string_view, 7> folders = {"valuesets/", "facts/", "definitions/", "advice/",
                                                                "criteria/",  "cases/", "growth/"};
    static constexpr std::array<std::string_view, 3> single = {"knowledge.json", "approvals.json", "units.json"};
    for (const auto& [name, content] : folder_) {
      const auto is_in = [&name = name](std::string_view prefix) { return name.rfind(prefix, 0) == 0; };
      const bool known = name.ends_with(".md") || std::find(single.begin(), single.end(), name) != single.end() ||
                         std::any_of(folders.begin(), folders.end(), is_in);
      if (!known) return refuse(name, "is not a file that this program understands");
    }
    return {};
  }

  const Folder& folder_;
  std::string_view uk90_;
  std::unique_ptr<Knowledge::Content> content_;
  std::vector<std::unique_ptr<Document>> documents_;
};

}  // namespace

int whole_number(fhir::Fields& in, std::string_view name, int least, int most) {
  const auto number = in.number(name);
  if (in.first_fault()) return least;
  if (number >= least && number <= most && number == std::floor(number)) return static_cast<int>(number);
  in.complain(name, "is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

Result<std::unique_ptr<Knowledge::Content>> read_content(const Folder& folder, std::string_view uk90) {
  return FolderReader(folder, uk90).read();
}

}  // namespace cards
