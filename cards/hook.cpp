#include "cards/hook.h"

#include <algorithm>
#include <array>

#include "cards/hook_context.h"

namespace cards {

namespace {

using fhir::Json;
using fhir::JsonType;
using fhir::Kind;

constexpr std::size_t url_bytes_max = 2048;
constexpr std::size_t id_bytes_max = 64;  // FHIR id: [A-Za-z0-9\-\.]{1,64}

tl::unexpected<fhir::Error> refuse(std::string where, std::string what) {
  return fhir::fault(Kind::bad_input, std::move(where), std::move(what));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_fhir_id(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !id.empty() && id.size() <= id_bytes_max && std::all_of(id.begin(), id.end(), allowed);
}

Result<std::string> required_text(Json object, std::string_view name, const std::string& path) {
  const auto json = object[name];
  if (!json.present() || json.is(JsonType::null)) return refuse(path, "is missing");
  if (!json.is(JsonType::string)) return refuse(path, "is not a string");
  if (is_blank(json.string())) return refuse(path, "is empty");
  return std::string(json.string());
}

// ---- fhirServer and fhirAuthorization

bool is_server_url(std::string_view url) {
  const bool http = url.rfind("https://", 0) == 0 || url.rfind("http://", 0) == 0;
  if (!http || url.size() > url_bytes_max) return false;
  if (url.find_first_of("#@ \t\r\n\\") != std::string_view::npos) return false;  // no fragment, no user, no blanks
  return url.size() > url.find("://") + 3;
}

Result<std::string> read_fhir_server(Json root) {
  const auto json = root["fhirServer"];
  if (!json.present() || json.is(JsonType::null)) return std::string();
  if (!is_server_url(json.string())) return refuse("fhirServer", "is not an absolute http or https URL");
  return std::string(json.string());
}

Result<std::optional<FhirAuthorization>> read_authorization(Json root) {
  const auto json = root["fhirAuthorization"];
  if (!json.present() || json.is(JsonType::null)) return std::nullopt;
  if (!json.is(JsonType::object)) return refuse("fhirAuthorization", "is not an object");
  if (!root["fhirServer"].present()) return refuse("fhirServer", "is missing although fhirAuthorization was sent");
  const auto type = json["token_type"].string();
  const bool bearer = type.size() == 6 &&
                      std::equal(type.begin(), type.end(), "bearer", [](char a, char b) { return (a | 0x20) == b; });
  if (!type.empty() && !bearer) return refuse("fhirAuthorization.token_type", "is not Bearer");
  FhirAuthorization authorization;
  authorization.access_token = json["access_token"].string();
  authorization.token_type = type;
  authorization.scope = json["scope"].string();
  authorization.subject = json["subject"].string();
  authorization.patient = json["patient"].string();
  authorization.expires_in = json["expires_in"].number();
  return authorization;
}

// ---- context

Result<std::string> read_patient_id(Json context) {
  auto id = required_text(context, "patientId", "context.patientId");
  if (!id) return id;
  constexpr std::string_view type = "Patient/";  // some clients send the reference instead of the id
  if (id->rfind(type, 0) == 0) id->erase(0, type.size());
  if (!is_fhir_id(*id)) return refuse("context.patientId", "is not a FHIR id");
  return id;
}

// ---- prefetch

constexpr std::array<std::string_view, 6> keys = {"patient",     "conditions",    "observations",
                                                  "medications", "familyHistory", "referrals"};

Arrival arrival_of(fhir::Supplied supplied) {
  switch (supplied) {
    case fhir::Supplied::nothing:
      return Arrival::nothing;
    case fhir::Supplied::data:
      return Arrival::data;
    case fhir::Supplied::failed:
      return Arrival::failed;
    case fhir::Supplied::partial:
      return Arrival::partial;
  }
  return Arrival::missing;
}

Result<void> read_prefetch(Json root, HookRequest& request) {
  const auto prefetch = root["prefetch"];
  if (prefetch.present() && !prefetch.is(JsonType::null) && !prefetch.is(JsonType::object)) {
    return refuse("prefetch", "is not an object");
  }
  for (const auto key : keys) {
    PrefetchKey state;
    state.key = key;
    if (const auto json = prefetch[key]; json.present()) {
      const auto supplied = request.reader.add(json, "prefetch." + std::string(key));
      if (!supplied) return tl::unexpected<fhir::Error>(supplied.error());
      state.arrival = arrival_of(*supplied);
      state.sent = state.arrival != Arrival::failed;
      state.next_page = fhir::next_page_of(json);
    }
    request.prefetch.push_back(std::move(state));
  }
  return {};
}

Result<void> check_hook(Json root, const Service& service, HookRequest& request) {
  auto hook = required_text(root, "hook", "hook");
  if (!hook) return tl::unexpected<fhir::Error>(hook.error());
  if (*hook != service.hook) return refuse("hook", "is not the hook of this service, which is " + service.hook);
  auto instance = required_text(root, "hookInstance", "hookInstance");
  if (!instance) return tl::unexpected<fhir::Error>(instance.error());
  request.hook = std::move(*hook);
  request.hook_instance = std::move(*instance);
  return {};
}

Result<HookRequest> read_from(Json root, const Service& service) {
  if (!root.is(JsonType::object)) return refuse("body", "is not a JSON object");
  HookRequest request;
  if (auto done = check_hook(root, service, request); !done) return tl::unexpected<fhir::Error>(done.error());

  const auto context = root["context"];
  if (!context.is(JsonType::object)) return refuse("context", context.present() ? "is not an object" : "is missing");
  auto patient_id = read_patient_id(context);
  if (!patient_id) return tl::unexpected<fhir::Error>(patient_id.error());
  request.patient_id = *patient_id;
  request.user_id = context["userId"].string();
  request.encounter_id = context["encounterId"].string();

  auto server = read_fhir_server(root);
  if (!server) return tl::unexpected<fhir::Error>(server.error());
  request.fhir_server = std::move(*server);
  auto authorization = read_authorization(root);
  if (!authorization) return tl::unexpected<fhir::Error>(authorization.error());
  request.authorization = std::move(*authorization);

  request.service = service.id;
  request.reader = fhir::RecordReader(request.patient_id);
  if (auto done = read_hook_context(context, service.hook, request.reader); !done)
    return tl::unexpected<fhir::Error>(done.error());
  if (auto done = read_prefetch(root, request); !done) return tl::unexpected<fhir::Error>(done.error());
  return request;
}

// ---- what is missing

std::string cause_of(const PrefetchKey& state) {
  const std::string fault = state.fetch_fault.empty() ? "" : "; the FHIR server " + state.fetch_fault;
  switch (state.arrival) {
    case Arrival::missing:
      return "not sent" + fault;
    case Arrival::failed:
      return "the client could not fetch it" + fault;
    case Arrival::partial:
      return (state.fetched ? "only the first pages could be fetched" : "only the first page was sent") + fault;
    case Arrival::nothing:
    case Arrival::data:
      break;
  }
  return {};
}

std::string origin_of(const PrefetchKey& state) {
  if (state.sent) return state.fetched ? "prefetch and fetched" : "prefetch";
  if (state.fetched) return "fetched";
  return state.arrival == Arrival::failed || !state.fetch_fault.empty() ? "failed" : "missing";
}

std::vector<ReceivedPart> received_parts(const HookRequest& request) {
  std::vector<ReceivedPart> parts;
  parts.reserve(request.prefetch.size());
  for (const auto& state : request.prefetch) parts.push_back({state.key, origin_of(state), cause_of(state)});
  return parts;
}

bool has_arrived(const HookRequest& request, std::string_view key) {
  const auto found = std::find_if(request.prefetch.begin(), request.prefetch.end(),
                                  [&](const PrefetchKey& state) { return state.key == key; });
  return found != request.prefetch.end() && found->arrival != Arrival::missing && found->arrival != Arrival::failed;
}

std::vector<MissingPart> missing_parts(const HookRequest& request) {
  std::vector<MissingPart> parts;
  for (const auto& state : request.prefetch) {
    auto cause = cause_of(state);
    if (!cause.empty()) parts.push_back({state.key, std::move(cause)});
  }
  return parts;
}

std::string keys_and_causes(const HookRequest& request, std::initializer_list<std::string_view> wanted) {
  std::string text;
  for (const auto& state : request.prefetch) {
    if (std::find(wanted.begin(), wanted.end(), state.key) == wanted.end()) continue;
    if (!text.empty()) text += "; ";
    const auto cause = cause_of(state);
    text += "prefetch." + state.key + ": " + (cause.empty() ? "empty" : cause);
  }
  return text;
}

}  // namespace

Result<HookRequest> read_hook_request(std::string body, const Service& service) {
  auto document = fhir::read_document(std::move(body));
  if (!document) return tl::unexpected<fhir::Error>(document.error());
  auto request = read_from(document->root(), service);
  if (request) request->reader.keep(std::move(*document));
  return request;
}

bool has_what_is_needed(const HookRequest& request) {
  return has_arrived(request, "patient") &&
         (has_arrived(request, "conditions") || has_arrived(request, "observations"));
}

void add_fetched(HookRequest& request, FetchedPart part) {
  const auto state = std::find_if(request.prefetch.begin(), request.prefetch.end(),
                                  [&](const PrefetchKey& one) { return one.key == part.key; });
  if (state == request.prefetch.end()) return;
  std::size_t number = 0;
  bool data = state->arrival == Arrival::partial;
  for (auto& page : part.pages) {
    const auto path = "fetched." + part.key + "[" + std::to_string(number++) + "]";
    const auto supplied = request.reader.add(page.root(), path);
    if (!supplied || *supplied == fhir::Supplied::failed) part.fault = "answered with what cannot be used";
    data = data || (supplied && (*supplied == fhir::Supplied::data || *supplied == fhir::Supplied::partial));
    request.reader.keep(std::move(page));
  }
  state->fetched = state->fetched || (number > 0 && (data || part.fault.empty()));
  state->fetch_fault = std::move(part.fault);
  if (state->fetch_fault.empty())
    state->arrival = data ? Arrival::data : Arrival::nothing;
  else if (data)
    state->arrival = Arrival::partial;
}

Result<CompleteRecord> complete(HookRequest request) {
  std::optional<fhir::Error> gap;
  if (!has_arrived(request, "patient")) {
    gap = fhir::Error{Kind::incomplete, "prefetch.patient",
                      "is needed and could not be had (" + keys_and_causes(request, {"patient"}) + ")"};
  } else if (!has_what_is_needed(request)) {
    gap = fhir::Error{Kind::incomplete, "prefetch",
                      "needs conditions or observations, and neither could be had (" +
                          keys_and_causes(request, {"conditions", "observations"}) + ")"};
  }
  // Another person's record is refused as such, however much of it came.
  auto record = complete_as_it_is(std::move(request));
  if (!record) return record;
  if (gap) return tl::unexpected<fhir::Error>(std::move(*gap));
  if (!record->record.patient) {
    return fhir::fault(Kind::incomplete, "prefetch.patient", "holds no Patient resource that can be read");
  }
  return record;
}

Result<CompleteRecord> complete_as_it_is(HookRequest request) {
  auto missing = missing_parts(request);
  auto received = received_parts(request);
  auto record = request.reader.finish();
  if (!record) return tl::unexpected<fhir::Error>(record.error());
  return CompleteRecord{std::move(*record),
                        std::move(missing),
                        std::move(request.service),
                        std::move(request.patient_id),
                        std::move(request.fhir_server),
                        std::move(received)};
}

Result<Explainable> read_explainable(std::string body, const Knowledge& knowledge) {
  auto document = fhir::read_document(std::move(body));
  if (!document) return tl::unexpected<fhir::Error>(document.error());
  const auto root = document->root();
  if (root["resourceType"].present()) {
    fhir::RecordReader reader("");
    const auto supplied = reader.add(root, "body");
    if (!supplied) return tl::unexpected<fhir::Error>(supplied.error());
    reader.keep(std::move(*document));
    auto record = reader.finish();
    if (!record) return tl::unexpected<fhir::Error>(record.error());
    std::string patient_id = record->patient ? record->patient->id : "";
    return CompleteRecord{std::move(*record), {}, {}, std::move(patient_id), {}, {}};
  }

  const auto& services = knowledge.services();
  const auto service = std::find_if(services.begin(), services.end(),
                                    [&](const Service& one) { return one.hook == root["hook"].string(); });
  if (service == services.end()) {
    return refuse("hook", root["hook"].present() ? "is not the hook of any service here"
                                                 : "is missing, and the body is no FHIR resource either");
  }
  auto request = read_from(root, *service);
  if (!request) return tl::unexpected<fhir::Error>(request.error());
  request->reader.keep(std::move(*document));
  return Explainable(std::move(*request));
}

Result<CompleteRecord> read_any(std::string body, const Knowledge& knowledge) {
  auto explainable = read_explainable(std::move(body), knowledge);
  if (!explainable) return tl::unexpected<fhir::Error>(explainable.error());
  if (auto* record = std::get_if<CompleteRecord>(&*explainable)) return std::move(*record);
  return complete_as_it_is(std::move(std::get<HookRequest>(*explainable)));
}

}  // namespace cards
