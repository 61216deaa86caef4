#include <algorithm>
#include <cmath>

#include "cards/hook.h"
#include "cards/ignored.h"
#include "cards/topic.h"

// The JSON that goes out. Nothing is null or empty but `cards` (CDS Hooks 2.0, JSON rules).

namespace cards {

namespace {

using fhir::JsonWriter;

void write(JsonWriter& json, const Coding& coding) {
  json.begin_object().member("system", coding.system).member("code", coding.code);
  if (!coding.display.empty()) json.member("display", coding.display);
  json.end_object();
}

void write(JsonWriter& json, const Suggestion& suggestion) {
  json.begin_object().member("label", suggestion.label).member("uuid", suggestion.uuid);
  if (suggestion.is_recommended) json.name("isRecommended").boolean(true);
  json.name("actions").begin_array();
  for (const auto& action : suggestion.actions) {
    json.begin_object().member("type", "create").member("description", action.description);
    json.name("resource").written(action.resource).end_object();
  }
  json.end_array().end_object();
}

void write_source(JsonWriter& json, const Card& card) {
  json.name("source").begin_object().member("label", card.source_label).member("url", card.source_url);
  json.name("topic");
  write(json, Coding{std::string(topic_system), card.topic, card.topic_display});
  json.end_object();
}

void write(JsonWriter& json, const Card& card) {
  json.begin_object().member("uuid", card.uuid).member("summary", card.summary).member("detail", card.detail);
  json.member("indicator", card.indicator);
  write_source(json, card);
  if (!card.suggestions.empty()) {
    json.name("suggestions").begin_array();
    for (const auto& suggestion : card.suggestions) write(json, suggestion);
    json.end_array().member("selectionBehavior", "any");
  }
  if (!card.override_reasons.empty()) {
    json.name("overrideReasons").begin_array();
    for (const auto& reason : card.override_reasons) write(json, reason);
    json.end_array();
  }
  if (!card.links.empty()) {
    json.name("links").begin_array();
    for (const auto& link : card.links) {
      json.begin_object().member("label", link.label).member("url", link.url).member("type", "absolute").end_object();
    }
    json.end_array();
  }
  json.end_object();
}

void write_list(JsonWriter& json, const std::vector<Card>& cards) {
  json.name("cards").begin_array();
  for (const auto& card : cards) write(json, card);
  json.end_array();
}

void write(JsonWriter& json, const Evidence& evidence) {
  json.begin_object().member("reference", evidence.reference).member("value", evidence.value);
  if (!evidence.date.empty()) json.member("date", evidence.date);
  json.end_object();
}

void write(JsonWriter& json, const Finding& finding) {
  json.begin_object().member("text", finding.text).member("verdict", name_of(finding.verdict));
  json.name("evidence").begin_array();
  for (const auto& evidence : finding.evidence) write(json, evidence);
  json.end_array();
  if (!finding.parts.empty()) {
    json.name("parts").begin_array();
    for (const auto& part : finding.parts) write(json, part);
    json.end_array();
  }
  json.end_object();
}

std::string_view name_of(fhir::Sex sex) {
  if (sex == fhir::Sex::female) return "female";
  return sex == fhir::Sex::male ? "male" : "unknown";
}

void write_patient(JsonWriter& json, const Assessment& assessment) {
  json.name("patient").begin_object();
  if (assessment.age_years) json.name("ageYears").number(std::floor(*assessment.age_years * 10) / 10);
  json.member("sex", name_of(assessment.sex)).end_object();
}

void write_criteria(JsonWriter& json, const Assessment& assessment) {
  json.name("criteria").begin_array();
  for (const auto& criterion : assessment.criteria) {
    json.begin_object().member("id", criterion.id).member("verdict", name_of(criterion.verdict));
    json.name("because");
    write(json, criterion.because);
    json.end_object();
  }
  json.end_array();
}

void write_silenced(JsonWriter& json, const Assessment& assessment) {
  json.name("silenced").begin_array();
  for (const auto& one : assessment.silenced) {
    json.begin_object().member("criterion", one.criterion).member("outcome", one.outcome);
    json.member("answered", one.answered).member("reason", one.reason).member("since", fhir::iso_date(one.on));
    if (one.until) json.member("until", fhir::iso_date(*one.until));
    if (!one.ends.empty()) json.member("endsWith", one.ends);
    json.end_object();
  }
  json.end_array();
}

void write_unreadable(JsonWriter& json, const Assessment& assessment) {
  json.name("unreadable").begin_array();
  for (const auto& one : assessment.unreadable) {
    json.begin_object()
        .member("reference", one.reference)
        .member("path", one.path)
        .member("reason", one.reason)
        .end_object();
  }
  json.end_array();
  if (assessment.unreadable.empty()) return;
  json.name("ignored").begin_array();
  for (const auto& sentence : ignored_in_words(assessment.unreadable)) json.text(sentence);
  json.end_array();
}

void write_missing(JsonWriter& json, const Assessment& assessment) {
  if (assessment.missing.empty()) return;
  json.name("missing").begin_array();
  for (const auto& part : assessment.missing) {
    json.begin_object().member("key", part.key).member("cause", part.cause).end_object();
  }
  json.end_array();
}

void write_received(JsonWriter& json, const Assessment& assessment) {
  if (assessment.received.empty()) return;
  json.name("received").begin_array();
  for (const auto& part : assessment.received) {
    json.begin_object().member("key", part.key).member("from", part.from);
    if (!part.cause.empty()) json.member("cause", part.cause);
    json.end_object();
  }
  json.end_array();
}

void collect_references(const Finding& finding, std::vector<std::string>& references) {
  for (const auto& evidence : finding.evidence) {
    const bool known = std::find(references.begin(), references.end(), evidence.reference) != references.end();
    if (!known) references.push_back(evidence.reference);
  }
  for (const auto& part : finding.parts) collect_references(part, references);
}

void write_deciding(JsonWriter& json, const Assessment& assessment) {
  for (const auto& criterion : assessment.criteria) {
    if (criterion.id != assessment.decided_by) continue;
    json.member("criterion", criterion.id).member("verdict", name_of(criterion.verdict));
    json.name("because");
    write(json, criterion.because);
    std::vector<std::string> references;
    collect_references(criterion.because, references);
    json.name("evidence").begin_array();
    for (const auto& reference : references) json.text(reference);
    json.end_array();
  }
}

}  // namespace

std::string write_discovery(const Knowledge& knowledge) {
  return write_discovery(knowledge, knowledge.prefetch());
}

std::string write_discovery(const Knowledge& knowledge, const std::vector<PrefetchTemplate>& prefetch) {
  JsonWriter json;
  json.begin_object().name("services").begin_array();
  for (const auto& service : knowledge.services()) {
    json.begin_object().member("hook", service.hook).member("title", service.title);
    json.member("description", service.description).member("id", service.id);
    json.name("prefetch").begin_object();
    for (const auto& [key, query] : prefetch) json.member(key, query);
    json.end_object().member("usageRequirements", service.usage_requirements).end_object();
  }
  return json.end_array().end_object().take();
}

std::string write_cards(const std::vector<Card>& cards) {
  JsonWriter json;
  json.begin_object();
  write_list(json, cards);
  return json.end_object().take();
}

std::string write_assessment(const Assessment& assessment, const std::vector<Card>& cards, const Knowledge& knowledge) {
  JsonWriter json;
  json.begin_object().member("today", fhir::iso_date(assessment.today));
  json.name("knowledge").begin_object();
  json.member("version", knowledge.version()).member("digest", knowledge.digest()).end_object();
  write_patient(json, assessment);
  json.member("outcome", assessment.outcome);
  if (!assessment.decided_by.empty()) json.member("decidedBy", assessment.decided_by);
  if (!assessment.silence.empty()) json.member("silence", assessment.silence);
  write_criteria(json, assessment);
  write_silenced(json, assessment);
  write_unreadable(json, assessment);
  write_received(json, assessment);
  write_missing(json, assessment);
  write_list(json, cards);
  return json.end_object().take();
}

std::string write_screened(const std::string& patient_id, const Assessment& assessment, const std::vector<Card>& cards,
                           const Knowledge& knowledge) {
  JsonWriter json;
  json.begin_object().member("patient", "Patient/" + patient_id);
  if (assessment.age_years) json.name("ageYears").number(std::floor(*assessment.age_years * 10) / 10);
  json.member("sex", name_of(assessment.sex)).member("outcome", assessment.outcome);
  if (!cards.empty()) json.member("indicator", cards.front().indicator).member("summary", cards.front().summary);
  write_deciding(json, assessment);
  write_unreadable(json, assessment);
  json.member("today", fhir::iso_date(assessment.today)).name("knowledge").begin_object();
  json.member("version", knowledge.version()).member("digest", knowledge.digest()).end_object();
  return json.end_object().take();
}

}  // namespace cards
