#include "fhir/resource.h"

namespace fhir {
namespace {

void read_performer(Json performer, Json container, const Surroundings& surroundings, ServiceRequest& request) {
  const auto add = [&](Json name) {
    if (!name.string().empty()) request.performer_displays.push_back(name.string());
  };
  add(performer["display"]);
  const Json identifier = performer["identifier"];
  if (!identifier["value"].string().empty()) {
    request.performer_identifiers.push_back({identifier["system"].string(), identifier["value"].string(), ""});
  }
  const std::string_view text = literal_reference(performer);
  for (const std::string_view type : {"Organization", "HealthcareService", "PractitionerRole"}) {
    add(surroundings.resource(text, type, container)["name"]);
  }
}

void read_words(Json json, ServiceRequest& request) {
  const auto add = [&](Json text) {
    if (!text.string().empty()) request.words.push_back(text.string());
  };
  // R5 has patientInstruction as a list of texts in Markdown, and orderDetail as parameters.
  for_each(json["patientInstruction"],
           [&](Json one) { add(one.is(JsonType::object) ? one["instructionMarkdown"] : one); });
  for_each(json["orderDetail"], [&](Json detail) { add(detail["text"]); });
  for_each(json["note"], [&](Json note) { add(note["text"]); });
}

}  // namespace

std::optional<ServiceRequest> read_service_order(const Source& source) {
  auto request = read_service_request(source);
  if (request && (request->status == "revoked" || request->status == "completed")) return std::nullopt;
  return request;
}

std::optional<ServiceRequest> read_service_request(const Source& source) {
  const Json json = source.json;
  ServiceRequest request;
  const auto status = read_status_code(json["status"], source.notes);
  if (!status || *status == "entered-in-error" || is_denied(json, "doNotPerform", source.notes)) return std::nullopt;
  request.status = *status;
  request.reference = source.reference;
  request.intent = json["intent"].string();
  for (const std::string_view name : {"code", "codeCodeableConcept", "serviceRequested", "type"}) {
    if (request.code.empty()) request.code = read_concept_or_reference(json[name]);
  }
  for (const std::string_view name : {"performer", "recipient"}) {
    for_each(json[name], [&](Json performer) { read_performer(performer, json, source.surroundings, request); });
  }
  read_words(json, request);
  const Json authored = first_of(json, {"authoredOn", "orderedOn", "dateSent", "date"});
  request.authored = read_time_at(authored, authored.name(), source.notes);
  return request;
}

std::optional<FamilyMember> read_family_member(const Source& source) {
  const Json json = source.json;
  const auto status = read_status_code(json["status"], source.notes);
  if (!status || *status == "entered-in-error" || is_denied(json, "notDone", source.notes)) return std::nullopt;
  FamilyMember member;
  member.reference = source.reference;
  member.relationship = read_concept(json["relationship"]);
  for_each(json["condition"], [&](Json condition) {
    if (condition["modifierExtension"].size() > 0) {
      source.notes.add("condition.modifierExtension", "changes the meaning in a way that is not known");
      return;
    }
    if (const Concept code = read_concept(condition["code"]); !code.empty()) member.conditions.push_back(code);
  });
  return member;
}

}  // namespace fhir
