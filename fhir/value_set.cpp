#include "fhir/value_set.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fhir/code_system.h"

namespace fhir {

void ValueSet::index() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& entry = members_[i];
    const std::string_view system = canonical_system(entry.system);
    auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) { return g.system == system; });
    if (group == groups_.end()) group = groups_.insert(group, Group{std::string(system), {}});
    const bool prefix = matches_by_prefix(system);
    group->keys.push_back({prefix ? std::string(ComparableCode(system, entry.code).text()) : entry.code, i});
  }
  for (Group& group : groups_) {
    std::stable_sort(group.keys.begin(), group.keys.end(), [](const Key& a, const Key& b) { return a.code < b.code; });
  }
}

const ValueSet::Member* ValueSet::member(const Coding& coding) const {
  if (coding.system.empty() || coding.code.empty()) return nullptr;
  const std::string_view system = canonical_system(coding.system);
  const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) { return g.system == system; });
  if (group == groups_.end()) return nullptr;

  const auto find = [&](std::string_view code) -> const Member* {
    const auto key = std::lower_bound(group->keys.begin(), group->keys.end(), code,
                                      [](const Key& k, std::string_view wanted) { return k.code < wanted; });
    return key != group->keys.end() && key->code == code ? &members_[key->member] : nullptr;
  };
  if (!matches_by_prefix(system)) return find(coding.code);
  const ComparableCode comparable(system, coding.code);
  for (std::string_view code = comparable.text(); !code.empty(); code.remove_suffix(1)) {
    if (const Member* found = find(code)) return found;
  }
  return nullptr;
}

bool ValueSet::contains(const Coding& coding) const {
  return member(coding) != nullptr;
}

namespace {

/// What FHIR lets a ValueSet say about itself, and nobody here needs.
constexpr std::array<std::string_view, 19> metadata = {
    "meta",         "language",     "text",    "url",       "identifier", "version",     "name",
    "status",       "experimental", "date",    "publisher", "contact",    "description", "useContext",
    "jurisdiction", "immutable",    "purpose", "copyright", "extension"};

void refuse_what_needs_a_server(Fields& in, std::string_view name) {
  if (in.optional(name).present()) in.complain(name, "cannot be evaluated without a terminology server");
}

std::optional<Error> read_include(Json json, const std::string& path, std::vector<ValueSet::Member>& members) {
  Fields in(json, path);
  const std::string system = in.text("system");
  refuse_what_needs_a_server(in, "filter");
  refuse_what_needs_a_server(in, "valueSet");
  for (const std::string_view ignored : {"version", "extension"}) (void)in.optional(ignored);
  std::size_t i = 0;
  for (const Json element : in.array("concept")) {
    Fields entry(element, path + ": concept[" + std::to_string(i++) + "]");
    ValueSet::Member member{system, entry.text("code"), entry.text_or("display", ""), ""};
    for (const Json designation : entry.optional("designation")) member.preferred = designation["value"].string();
    (void)entry.optional("extension");
    if (auto read = entry.finish(std::move(member))) {
      members.push_back(std::move(*read));
    } else {
      in.complain(read.error());
    }
  }
  if (i == 0) in.complain("concept", "lists no code");
  (void)in.finish(0);
  return in.first_fault();
}

std::optional<Error> read_compose(Json json, const std::string& path, std::vector<ValueSet::Member>& members) {
  Fields in(json, path);
  refuse_what_needs_a_server(in, "exclude");
  for (const std::string_view ignored : {"lockedDate", "inactive", "extension"}) (void)in.optional(ignored);
  std::size_t i = 0;
  for (const Json include : in.array("include")) {
    if (auto error = read_include(include, path + ".include[" + std::to_string(i++) + "]", members)) {
      in.complain(std::move(*error));
    }
  }
  if (i == 0) in.complain("include", "lists nothing");
  (void)in.finish(0);
  return in.first_fault();
}

}  // namespace

Result<ValueSet> read_value_set(Json json, const std::string& path) {
  Fields in(json, path);
  ValueSet set;
  if (in.text("resourceType") != "ValueSet") in.complain("resourceType", "is not ValueSet");
  set.id_ = in.text("id");
  set.title_ = in.text_or("title", in.optional("name").string());
  for (const std::string_view ignored : metadata) (void)in.optional(ignored);
  if (auto error = read_compose(in.object("compose"), path + ": compose", set.members_)) in.complain(std::move(*error));
  set.index();
  return in.finish(std::move(set));
}

}  // namespace fhir
