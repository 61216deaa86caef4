#include <algorithm>

#include "cards/clause_reader.h"
#include "cards/knowledge_reader.h"
#include "cards/topic.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;

Source read_source(Fields& in) {
  Fields source_in(in.object("source"), in.path_of("source"));
  Source source{source_in.text("document"), source_in.text("says"), source_in.text_or("url", "")};
  if (auto read = source_in.finish(true); !read) in.complain(read.error());
  return source;
}

std::string read_outcome(Fields& in) {
  auto outcome = in.text("outcome");
  const bool known = topic(outcome) || outcome == outcome_already_known || outcome == outcome_none;
  if (!in.first_fault() && !known) in.complain("outcome", "is no topic that cards may have");
  return outcome;
}

// An outcome with a card needs advice of that very topic; one without must not have any.
void check_advice(Fields& in, const Branch& branch, const Knowledge::Content& known) {
  if (in.first_fault()) return;
  if (!topic(branch.outcome)) {
    if (!branch.advice.empty()) in.complain("advice", "is given for an outcome that has no card");
    return;
  }
  const auto found = known.advice_by_id.find(branch.advice);
  if (found == known.advice_by_id.end())
    return in.complain("advice", "names the unknown advice \"" + branch.advice + "\"");
  if (known.advice[found->second].topic != branch.outcome)
    in.complain("advice", "is about another topic than the outcome");
}

Result<Branch> read_branch(Json json, const std::string& path, const Knowledge::Content& known) {
  Fields in(json, path);
  Branch branch;
  branch.id = in.text("id");
  branch.outcome = read_outcome(in);
  branch.advice = in.text_or("advice", "");
  if (const auto json_when = in.optional("when"); json_when.present()) {
    auto when = read_clause(json_when, path + ".when", known);
    if (when)
      branch.when = std::move(*when);
    else
      in.complain(when.error());
  }
  check_advice(in, branch, known);
  return in.finish(std::move(branch));
}

void read_branches(Fields& in, std::string_view word, const Knowledge::Content& known, std::vector<Branch>& branches) {
  std::size_t i = 0;
  for (const auto& json : in.optional(word)) {
    auto branch = read_branch(json, in.path_of(word) + "[" + std::to_string(i++) + "]", known);
    if (!branch) return in.complain(branch.error());
    branches.push_back(std::move(*branch));
  }
}

// A criterion can only cover what comes after it: what comes before has had its turn.
void read_covers(Fields& in, const Knowledge::Content& known, Criterion& criterion) {
  criterion.covers = in.texts_or_none("covers");
  const auto self = std::find(known.order.begin(), known.order.end(), criterion.id);
  for (const auto& id : criterion.covers) {
    if (!in.first_fault() && std::find(self, known.order.end(), id) == known.order.end())
      in.complain("covers", "names \"" + id + "\", which is no criterion that comes later");
  }
}

}  // namespace

Result<Definition> read_definition(Json json, const std::string& file, const Knowledge::Content& known) {
  Fields in(json, file);
  Definition definition;
  definition.id = in.text("id");
  definition.title = in.text("title");
  definition.document = in.text("source");
  definition.our_reading = in.texts_or_none("our_reading");
  auto when = read_clause(in.object("when"), in.path_of("when"), known);
  if (when)
    definition.when = std::move(*when);
  else
    in.complain(when.error());
  return in.finish(std::move(definition));
}

Result<Criterion> read_criterion(Json json, const std::string& file, const Knowledge::Content& known) {
  Fields in(json, file);
  Criterion criterion;
  criterion.id = in.text("id");
  criterion.edition = whole_number(in, "edition", 1, 1'000'000);
  criterion.title = in.text("title");
  criterion.source = read_source(in);
  criterion.our_reading = in.texts_or_none("our_reading");
  auto when = read_clause(in.object("when"), in.path_of("when"), known);
  if (when)
    criterion.when = std::move(*when);
  else
    in.complain(when.error());
  read_branches(in, "then", known, criterion.then);
  read_branches(in, "otherwise", known, criterion.otherwise);
  read_covers(in, known, criterion);
  if (!in.first_fault() && criterion.then.empty()) in.complain("then", "names no outcome");
  for (const auto& branch : criterion.otherwise) {
    if (!in.first_fault() && !branch.when) in.complain("otherwise", "needs a clause in every branch");
  }
  return in.finish(std::move(criterion));
}

}  // namespace cards
