#include <algorithm>
#include <array>
#include <cmath>

#include "cards/computation.h"
#include "cards/knowledge_reader.h"
#include "cards/print.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;

// Whether an object's members are exactly the wanted names; says which one is not.
template <class Names, class Name>
void require_exactly(Fields& in, std::string_view word, Json object, const Names& names, Name name_of) {
  for (const auto& member : object) {
    const bool wanted =
        std::any_of(names.begin(), names.end(), [&](const auto& n) { return name_of(n) == member.name(); });
    if (!wanted) in.complain(word, "has the unknown word \"" + std::string(member.name()) + "\"");
  }
  for (const auto& name : names) {
    if (!object[name_of(name)].present()) in.complain(word, "lacks \"" + std::string(name_of(name)) + "\"");
  }
}

const auto itself = [](std::string_view name) { return name; };

// Times are counted in whole numbers further on: none below 0, and none that a calendar does not hold.
bool is_possible(const Parameter& parameter) {
  constexpr std::array<std::string_view, 6> times = {"a", "mo", "wk", "d", "h", "min"};
  const bool time = std::find(times.begin(), times.end(), parameter.unit) != times.end();
  return time ? parameter.value >= 0 && parameter.value <= 12'000 : std::abs(parameter.value) <= 1e9;
}

void read_parameters(Fields& in, Fact& fact) {
  const auto json = in.optional("parameters");
  const auto& needs = fact.computation->parameters;
  require_exactly(in, "parameters", json, needs, [](const Computation::Needs& n) { return n.name; });
  if (in.first_fault()) return;
  for (const auto& need : needs) {
    const auto path = in.path_of("parameters") + "." + std::string(need.name);
    Fields parameter_in(json[need.name], path);
    Parameter parameter{parameter_in.number("value"), parameter_in.text("unit"), parameter_in.text("source")};
    if (!parameter_in.first_fault() && parameter.unit != need.unit) {
      parameter_in.complain("unit", "must be " + std::string(need.unit));
    }
    if (!parameter_in.first_fault() && !is_possible(parameter)) parameter_in.complain("value", "is not possible");
    if (auto read = parameter_in.finish(true); !read) return in.complain(read.error());
    fact.parameters.emplace(need.name, std::move(parameter));
  }
}

void read_value_sets(Fields& in, Fact& fact, const CodeIndex& codes) {
  const auto json = in.optional("value_sets");
  const auto& roles = fact.computation->value_sets;
  require_exactly(in, "value_sets", json, roles, itself);
  if (in.first_fault()) return;
  for (const auto role : roles) {
    SetBits bits;
    std::vector<std::string> ids;
    for (const auto& id : json[role]) {
      const auto position = codes.position(id.string());
      if (position == CodeIndex::npos) {
        return in.complain("value_sets", "names the unknown value set \"" + std::string(id.string()) + "\"");
      }
      bits.set(position);
      ids.emplace_back(id.string());
    }
    fact.value_sets.emplace(role, bits);
    fact.value_set_ids.emplace(role, std::move(ids));
  }
}

void read_options(Fields& in, Fact& fact) {
  const auto& choices = fact.computation->options;
  for (const auto& choice : choices) {
    auto word = in.text(choice.name);
    if (in.first_fault()) return;
    if (std::find(choice.words.begin(), choice.words.end(), word) == choice.words.end()) {
      return in.complain(choice.name, "does not know the word \"" + word + "\"");
    }
    fact.options.emplace(choice.name, std::move(word));
  }
}

void read_texts(Fields& in, Fact& fact) {
  for (const auto role : fact.computation->texts) {
    std::vector<std::string> words;
    for (const auto& word : in.texts(role)) words.push_back(folded(word));
    fact.texts.emplace(role, std::move(words));
  }
}

void read_asked_facts(Fields& in, Fact& fact, const Knowledge::Content& known) {
  const auto json = in.optional("facts");
  const auto& roles = fact.computation->facts;
  require_exactly(in, "facts", json, roles, itself);
  if (in.first_fault()) return;
  for (const auto role : roles) {
    const auto found = known.fact_by_id.find(json[role].string());
    if (found == known.fact_by_id.end()) {
      return in.complain("facts", "names the unknown fact \"" + std::string(json[role].string()) + "\"");
    }
    fact.facts.emplace(role, found->second);
  }
}

void read_asked_definitions(Fields& in, Fact& fact) {
  const auto json = in.optional("definitions");
  const auto& roles = fact.computation->definitions;
  require_exactly(in, "definitions", json, roles, itself);
  if (in.first_fault()) return;
  for (const auto role : roles) fact.definitions.emplace(role, json[role].string());
}

}  // namespace

Result<Fact> read_fact(Json json, const std::string& file, const Knowledge::Content& known) {
  Fields in(json, file);
  Fact fact;
  fact.id = in.text("id");
  fact.title = in.text("title");
  fact.document = in.text("source");
  fact.our_reading = in.texts_or_none("our_reading");
  const auto how = in.text("how");
  if (in.first_fault()) return in.finish(std::move(fact));

  fact.computation = computation(how);
  if (!fact.computation)
    return fhir::fault(fhir::Kind::bad_input, in.path_of("how"), "does not know the word \"" + how + "\"");
  fact.kind = fact.computation->kind;
  read_parameters(in, fact);
  read_value_sets(in, fact, known.codes);
  read_options(in, fact);
  read_texts(in, fact);
  read_asked_facts(in, fact, known);
  read_asked_definitions(in, fact);
  fact.unit = std::string(fact.computation->unit);
  if (const auto analyte = fact.options.find("analyte"); analyte != fact.options.end()) {
    const auto* found = known.units.analyte(analyte->second);
    if (!found)
      in.complain("analyte", "is not in units.json");
    else
      fact.unit = found->canonical_unit();
  }
  return in.finish(std::move(fact));
}

}  // namespace cards
