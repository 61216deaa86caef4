#include <algorithm>
#include <array>

#include "cards/clause_reader.h"
#include "cards/knowledge_reader.h"
#include "cards/placeholder.h"
#include "cards/topic.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;

constexpr std::array<std::string_view, 3> indicators = {"info", "warning", "critical"};
constexpr std::array<std::string_view, 4> care_tiers = {"core", "enhanced", "community_specialist", "hospital"};

OrderDraft read_order(Json json, const std::string& path, Fields& parent) {
  Fields in(json, path);
  OrderDraft order;
  order.title = in.text("title");
  order.kind = in.text("kind");
  order.text = in.text("text");
  order.priority = in.text("priority");
  for (const auto& coding : in.optional("codings")) {
    Fields coding_in(coding, path + ".codings");
    order.codings.push_back({coding_in.text("system"), coding_in.text("code"), coding_in.text("display")});
    if (auto read = coding_in.finish(true); !read) in.complain(read.error());
  }
  if (!in.first_fault() && order.kind != "referral" && order.kind != "laboratory") {
    in.complain("kind", "is neither referral nor laboratory");
  }
  if (auto read = in.finish(true); !read) parent.complain(read.error());
  return order;
}

SuggestionDraft read_suggestion(Json json, const std::string& path, Fields& parent) {
  Fields in(json, path);
  SuggestionDraft suggestion{
      .label = in.text("label"), .is_recommended = in.boolean_or("is_recommended", false), .orders = {}};
  std::size_t i = 0;
  for (const auto& order : in.array("orders")) {
    suggestion.orders.push_back(read_order(order, path + ".orders[" + std::to_string(i++) + "]", in));
  }
  if (auto read = in.finish(true); !read) parent.complain(read.error());
  return suggestion;
}

void read_who_does_what(Fields& in, Advice& advice) {
  const auto json = in.object("who_does_what");
  for (const auto tier : care_tiers) {
    if (json[tier].string().empty()) in.complain("who_does_what", "lacks \"" + std::string(tier) + "\"");
    advice.who_does_what.emplace(tier, json[tier].string());
  }
  if (json.size() != care_tiers.size()) in.complain("who_does_what", "has an unknown care tier");
}

void read_context(Fields& in, Advice& advice, const Knowledge::Content& known) {
  std::size_t i = 0;
  for (const auto& json : in.optional("context")) {
    const auto path = in.path_of("context[" + std::to_string(i++) + "]");
    Fields line_in(json, path);
    ContextLine line{.when = {}, .say = line_in.text("say")};
    auto when = read_clause(line_in.object("when"), path + ".when", known);
    if (when)
      line.when = std::move(*when);
    else
      line_in.complain(when.error());
    for (const auto& name : placeholders(line.say)) {
      if (!known.fact_by_id.contains(name)) line_in.complain("say", "names the unknown fact \"" + name + "\"");
    }
    if (auto read = line_in.finish(true); !read) in.complain(read.error());
    advice.context.push_back(std::move(line));
  }
}

void read_shown_points(Fields& in, Advice& advice, const Knowledge::Content& known) {
  advice.shows_points = in.text_or("shows_points", "");
  if (advice.shows_points.empty()) return;
  const auto found = known.definition_by_id.find(advice.shows_points);
  const bool points =
      found != known.definition_by_id.end() && std::holds_alternative<Points>(known.definitions[found->second].when.is);
  if (!points) in.complain("shows_points", "names no definition with points");
}

void check_facts(Fields& in, std::string_view word, const std::vector<std::string>& ids,
                 const Knowledge::Content& known) {
  for (const auto& id : ids) {
    if (!known.fact_by_id.contains(id)) in.complain(word, "names the unknown fact \"" + id + "\"");
  }
}

void check_words(Fields& in, const Advice& advice, const Knowledge::Content& known) {
  const auto* about = topic(advice.topic);
  if (!in.first_fault() && !about) in.complain("topic", "is no topic that cards may have");
  if (std::find(indicators.begin(), indicators.end(), advice.indicator) == indicators.end()) {
    in.complain("indicator", "is none of info, warning, critical");
  }
  for (const auto& summary : advice.summaries) {
    for (const auto& name : placeholders(summary)) {
      if (!known.fact_by_id.contains(name)) in.complain("summaries", "names the unknown fact \"" + name + "\"");
    }
  }
  // The last summary must always be sayable: without placeholders, and short enough for a card (fewer than 140
  // characters).
  const bool sayable = !advice.summaries.empty() && placeholders(advice.summaries.back()).empty() &&
                       advice.summaries.back().size() < 140;
  if (!in.first_fault() && !sayable)
    in.complain("summaries", "must end with one that has no placeholder and under 140 bytes");
  for (const auto& code : advice.override_reasons) {
    const auto has = [&](const OverrideReason& reason) { return reason.code == code; };
    if (std::none_of(known.override_reasons.begin(), known.override_reasons.end(), has)) {
      in.complain("override_reasons", "names the unknown reason \"" + code + "\"");
    }
  }
}

}  // namespace

Result<Advice> read_advice(Json json, const std::string& file, const Knowledge::Content& known) {
  Fields in(json, file);
  Advice advice;
  advice.id = in.text("id");
  advice.topic = in.text("topic");
  advice.indicator = in.text("indicator");
  advice.summaries = in.texts("summaries");
  advice.why = in.text("why");
  advice.evidence = in.texts("evidence");
  advice.look_for = in.texts_or_none("look_for");
  advice.could_explain = in.texts_or_none("could_explain");
  advice.remarks = in.texts_or_none("remarks");
  advice.before_you_act = in.texts_or_none("before_you_act");
  advice.override_reasons = in.texts("override_reasons");
  advice.also = in.texts_or_none("also");
  for (const auto& id : advice.also) {
    if (std::find(known.order.begin(), known.order.end(), id) == known.order.end()) {
      in.complain("also", "names the unknown criterion \"" + id + "\"");
    }
  }
  advice.names_service = in.boolean_or("names_service", true);
  advice.only_when_explaining = in.boolean_or("only_when_explaining", false);
  read_context(in, advice, known);
  read_shown_points(in, advice, known);
  read_who_does_what(in, advice);
  std::size_t i = 0;
  for (const auto& suggestion : in.optional("suggestions")) {
    advice.suggestions.push_back(
        read_suggestion(suggestion, in.path_of("suggestions[" + std::to_string(i++) + "]"), in));
  }
  for (const auto& link : in.optional("links")) {
    Fields link_in(link, in.path_of("links"));
    advice.links.push_back({link_in.text("label"), link_in.text("url")});
    if (auto read = link_in.finish(true); !read) in.complain(read.error());
  }
  check_words(in, advice, known);
  check_facts(in, "evidence", advice.evidence, known);
  check_facts(in, "look_for", advice.look_for, known);
  check_facts(in, "could_explain", advice.could_explain, known);
  return in.finish(std::move(advice));
}

}  // namespace cards
