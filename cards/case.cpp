#include "cards/case.h"

#include <algorithm>
#include <set>

#include "cards/card.h"
#include "cards/chart.h"
#include "cards/clause.h"
#include "cards/content.h"
#include "cards/print.h"
#include "cards/topic.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;

// Cases are judged with what a site may switch on switched on, so that every outcome with a card shows it.
Site site_of_cases() {
  Site site;
  site.show_explained = true;
  return site;
}

bool is_outcome(std::string_view word) {
  return topic(word) != nullptr || word == outcome_none || word == outcome_already_known;
}

bool has_card(std::string_view outcome) {
  return topic(outcome) != nullptr;
}

std::optional<Verdict> verdict_named(std::string_view word) {
  for (const auto verdict : {Verdict::met, Verdict::not_met, Verdict::unknown}) {
    if (name_of(verdict) == word) return verdict;
  }
  return std::nullopt;
}

// ---- reading

class FileReader {
 public:
  FileReader(Json json, std::string file, const Criterion& criterion, const Knowledge& knowledge)
      : file_(std::move(file)), in_(json, file_), criterion_(criterion), knowledge_(knowledge) {}

  Result<std::vector<Case>> read() {
    if (const auto id = in_.text("criterion"); !in_.first_fault() && id != criterion_.id) {
      in_.complain("criterion", "is not the name of the file");
    }
    const auto today = fhir::read_day(in_.text("today"));
    if (!in_.first_fault() && !today) in_.complain("today", "is not a day");
    const auto cases = in_.array("cases");
    if (in_.first_fault()) return in_.finish(std::vector<Case>{});
    for (const auto json : cases) {
      auto one = read_case(json, *today);
      if (!one) return tl::unexpected<fhir::Error>(one.error());
      cases_.push_back(std::move(*one));
    }
    return in_.finish(std::move(cases_));
  }

 private:
  Result<Case> read_case(Json json, fhir::Day today) {
    const auto id = json["id"].string();
    const auto path = file_ + ": " + (id.empty() ? "case " + std::to_string(cases_.size() + 1) : std::string(id));
    Fields in(json, path);
    Case one;
    one.file = file_;
    one.criterion = criterion_.id;
    one.id = in.text("id");
    one.name = in.text("name");
    one.because = in.text_or("because", "");
    one.source = in.text_or("source", "");
    one.today = today;
    const auto given = in.object("given");
    one.expected = read_expectation(in.object("expect"), path + ": expect", in);
    if (!in.first_fault()) {
      auto record = read_case_record(given, path + ": given", today, knowledge_);
      if (record)
        call_with(*record, one, in);
      else
        in.complain(record.error());
    }
    return in.finish(std::move(one));
  }

  // The service that a case calls: by what it is about to write, else the first one that asks for the criterion.
  void call_with(const CaseRecord& record, Case& one, Fields& in) const {
    const auto& services = knowledge_.services();
    const auto asks = [&](const Service& service) {
      return std::find(service.criteria.begin(), service.criteria.end(), criterion_.id) != service.criteria.end();
    };
    const auto usual = std::find_if(services.begin(), services.end(), asks);
    const auto hook = hook_of(record, usual->hook);
    const auto called = std::find_if(services.begin(), services.end(),
                                     [&](const Service& service) { return service.hook == hook && asks(service); });
    if (called == services.end()) return in.complain("given", "is a call of a service that does not ask the criterion");
    one.service = called->id;
    one.request = write_request(record, hook, knowledge_);
  }

  Expectation read_expectation(Json json, const std::string& path, Fields& parent) {
    if (parent.first_fault()) return {};
    Fields in(json, path);
    Expectation expected;
    expected.outcome = in.text("outcome");
    expected.indicator = in.text_or("indicator", "");
    expected.second = in.text_or("second", "");
    if (!expected.second.empty() && !topic(expected.second)) in.complain("second", "is no topic that cards may have");
    expected.card_says = in.texts_or_none("card_says");
    expected.card_does_not_say = in.texts_or_none("card_does_not_say");
    if (!in.first_fault() && !is_outcome(expected.outcome))
      in.complain("outcome", "is no outcome that this program has");
    if (!in.first_fault() && has_card(expected.outcome) != !expected.indicator.empty()) {
      in.complain("indicator", has_card(expected.outcome) ? "is missing" : "is given for an outcome without a card");
    }
    if (const auto verdict = in.text_or("verdict", ""); !verdict.empty()) {
      read_verdict(criterion_.id, verdict, "verdict", in, expected);
    }
    for (const auto verdict : in.optional("criteria")) {
      read_verdict(std::string(verdict.name()), verdict.string(), "criteria", in, expected);
    }
    if (auto read = in.finish(true); !read) parent.complain(read.error());
    return expected;
  }

  void read_verdict(const std::string& criterion, std::string_view word, std::string_view member, Fields& in,
                    Expectation& expected) const {
    const auto& order = knowledge_.content().order;
    const auto verdict = verdict_named(word);
    if (!verdict) return in.complain(member, "is none of met, not-met, unknown");
    if (std::find(order.begin(), order.end(), criterion) == order.end()) {
      return in.complain(member, "names the unknown criterion \"" + criterion + "\"");
    }
    expected.verdicts.emplace(criterion, *verdict);
  }

  std::string file_;
  Fields in_;
  const Criterion& criterion_;
  const Knowledge& knowledge_;
  std::vector<Case> cases_;
};

Result<std::vector<Case>> read_file(const Folder& folder, const Criterion& criterion, const Knowledge& knowledge) {
  const auto name = "cases/" + criterion.id + ".json";
  const auto file = folder.find(name);
  if (file == folder.end()) return fhir::fault(fhir::Kind::bad_input, name, "is missing");
  const auto document = fhir::read_document(file->second, fhir::JsonReader::rapidjson);
  if (!document) return fhir::fault(fhir::Kind::bad_input, name, document.error().what);
  return FileReader(document->root(), name, criterion, knowledge).read();
}

// ---- judging

std::string in_quotes(const std::string& text) {
  return "\"" + text + "\"";
}

std::string what_is_wrong_with(const Expectation& expected, const std::string& said) {
  for (const auto& text : expected.card_says) {
    if (said.find(text) == std::string::npos) return "the card does not say " + in_quotes(text);
  }
  for (const auto& text : expected.card_does_not_say) {
    if (said.find(text) != std::string::npos) return "the card says " + in_quotes(text);
  }
  return {};
}

std::vector<Card> cards_for(const Assessment& assessment, const CompleteRecord& record, const Knowledge& knowledge) {
  const auto any_uuid = [] { return std::string("00000000-0000-4000-8000-000000000000"); };
  return compose(assessment, record.record, knowledge, site_of_cases(), any_uuid);
}

std::string said_on(const std::vector<Card>& cards) {
  std::string said;
  for (const auto& card : cards) said += card.summary + "\n" + card.detail + "\n";
  return said;
}

std::string what_is_wrong(const Expectation& expected, const CaseResult& result, const std::string& said) {
  if (result.outcome != expected.outcome) {
    const auto by = result.decided_by.empty() ? "" : " (by " + result.decided_by + ")";
    return "the outcome is " + result.outcome + by + ", expected " + expected.outcome;
  }
  if (result.indicator != expected.indicator) {
    return "the indicator is " + in_quotes(result.indicator) + ", expected " + in_quotes(expected.indicator);
  }
  const auto second = result.topics.size() > 1 ? result.topics[1] : std::string();
  if (second != expected.second) {
    return "the second card is " + in_quotes(second) + ", expected " + in_quotes(expected.second);
  }
  for (const auto& [criterion, verdict] : expected.verdicts) {
    const auto found = result.verdicts.find(criterion);
    if (found == result.verdicts.end() || found->second != verdict) {
      return "the verdict of " + criterion + " is " +
             std::string(found == result.verdicts.end() ? "not there" : name_of(found->second)) + ", expected " +
             std::string(name_of(verdict));
    }
  }
  return what_is_wrong_with(expected, said);
}

}  // namespace

Result<std::vector<Case>> read_cases(const Folder& folder, const Knowledge& knowledge) {
  std::vector<Case> cases;
  std::set<std::string> ids;
  for (const auto& criterion : knowledge.content().criteria) {
    auto file = read_file(folder, criterion, knowledge);
    if (!file) return tl::unexpected<fhir::Error>(file.error());
    for (auto& one : *file) {
      if (!ids.insert(one.id).second) {
        return fhir::fault(fhir::Kind::bad_input, one.file + ": " + one.id, "has the id of another case");
      }
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

Result<CompleteRecord> record_of(const Case& one, const Knowledge& knowledge) {
  const auto* service = knowledge.service(one.service);
  if (!service) return fhir::fault(fhir::Kind::internal, one.file, "needs a service that is not there");
  auto request = read_hook_request(one.request, *service);
  if (!request) return tl::unexpected<fhir::Error>(request.error());
  return complete(std::move(*request));
}

CaseResult run(const Case& one, const Knowledge& knowledge) {
  const auto record = record_of(one, knowledge);
  if (record) return run(one, *record, knowledge);
  CaseResult refused;
  refused.complaint = "the request is refused: " + record.error().where + " " + record.error().what;
  return refused;
}

CaseResult run(const Case& one, const CompleteRecord& record, const Knowledge& knowledge) {
  const auto trail = one.expected.verdicts.empty() ? Trail::verdicts_only : Trail::whole;
  const auto assessment = assess(record.record, knowledge, one.today, record.missing, trail, record.service);
  const auto cards = compose(assessment, record.record, knowledge, site_of_cases(),
                             [] { return std::string("00000000-0000-4000-8000-000000000000"); });
  CaseResult result{.outcome = assessment.outcome,
                    .indicator = cards.empty() ? std::string() : cards.front().indicator,
                    .decided_by = assessment.decided_by,
                    .verdicts = {},
                    .topics = {},
                    .complaint = {}};
  for (const auto& criterion : assessment.criteria) result.verdicts.emplace(criterion.id, criterion.verdict);
  for (const auto& card : cards) result.topics.push_back(card.topic);
  result.complaint = what_is_wrong(one.expected, result, said_on(cards));
  return result;
}

bool passes(const Case& one, const CompleteRecord& record, const Knowledge& knowledge) {
  const auto& expected = one.expected;
  const auto& content = knowledge.content();
  const auto assessment =
      assess(record.record, knowledge, one.today, record.missing, Trail::verdicts_only, record.service);
  const auto said = [&](const std::string& id, std::string Advice::*word) {
    const auto advice = content.advice_by_id.find(id);
    return advice == content.advice_by_id.end() ? std::string() : content.advice[advice->second].*word;
  };
  if (assessment.outcome != expected.outcome || said(assessment.advice, &Advice::indicator) != expected.indicator ||
      said(assessment.also_advice, &Advice::topic) != expected.second) {
    return false;
  }

  const Chart chart(record.record, content, one.today);
  for (const auto& criterion : content.criteria) {
    const auto verdict = expected.verdicts.find(criterion.id);
    if (verdict != expected.verdicts.end() && verdict->second != verdict_of(criterion.when, chart)) return false;
  }
  if (expected.card_says.empty() && expected.card_does_not_say.empty()) return true;
  return what_is_wrong_with(expected, said_on(cards_for(assessment, record, knowledge))).empty();
}

}  // namespace cards
