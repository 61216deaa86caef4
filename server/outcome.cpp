#include "server/outcome.h"

#include <algorithm>

#include "fhir/json.h"

namespace server {

namespace {

using fhir::Kind;

/// The issue type (http://hl7.org/fhir/issue-type) that says the same as a status.
std::string_view issue_code(int status) {
  switch (status) {
    case 401:
      return "login";
    case 403:
      return "forbidden";
    case 404:
      return "not-found";
    case 405:
    case 415:
    case 417:
    case 501:
      return "not-supported";
    case 408:
      return "timeout";
    case 412:
      return "processing";
    case 413:
    case 431:
      return "too-long";
    case 500:
      return "exception";
    case 503:
      return "transient";
    default:
      return "invalid";
  }
}

std::string_view issue_code(const fhir::Error& error) {
  if (error.kind != Kind::bad_input) return issue_code(status_of(error.kind));
  if (error.where.starts_with("body")) return "structure";
  return error.what == "is missing" ? "required" : "invalid";
}

/// What a status means for the caller, for people.
std::string_view sentence_of(int status) {
  switch (status) {
    case 400:
      return "The request could not be read.";
    case 401:
      return "The caller is not known here.";
    case 403:
      return "The caller may not do this.";
    case 404:
      return "There is no such thing here.";
    case 405:
      return "This address does not know that method.";
    case 408:
      return "The request took too long to arrive.";
    case 412:
      return "Data that is needed was not sent and could not be obtained.";
    case 413:
      return "The request is too large.";
    case 415:
      return "The body is in a form that is not read here.";
    case 417:
      return "What the request expects is not offered here.";
    case 431:
      return "The header fields are too large.";
    case 501:
      return "This version does not do that.";
    case 503:
      return "The server is busy; please try again.";
    default:
      return "Something went wrong inside the server.";
  }
}

/// "prefetch.patient.birthDate", not "body, byte 17": what a FHIRPath-like expression may look like.
bool is_json_path(std::string_view where) {
  return !where.empty() && !where.starts_with("body") && std::ranges::all_of(where, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '.' || letter == '[' || letter == ']' || letter == '_';
  });
}

Response outcome(int status, std::string_view code, const std::string& diagnostics, std::string_view expression) {
  fhir::JsonWriter writer;
  writer.begin_object().member("resourceType", "OperationOutcome").name("issue").begin_array().begin_object();
  writer.member("severity", "error").member("code", code);
  writer.name("details").begin_object().member("text", sentence_of(status)).end_object();
  if (!diagnostics.empty()) writer.member("diagnostics", diagnostics);
  if (!expression.empty()) writer.name("expression").begin_array().text(expression).end_array();
  writer.end_object().end_array().end_object();

  Response response{.status = status, .content_type = "application/json", .body = writer.take(), .headers = {}};
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

int status_of(Kind kind) {
  switch (kind) {
    case Kind::bad_input:
      return 400;
    case Kind::unauthorised:
      return 401;
    case Kind::not_allowed:
      return 403;
    case Kind::not_found:
      return 404;
    case Kind::wrong_method:
      return 405;
    case Kind::incomplete:
      return 412;
    case Kind::timed_out:
      return 408;
    case Kind::too_big:
      return 413;
    case Kind::wrong_media:
      return 415;
    case Kind::busy:
      return 503;
    case Kind::internal:
      return 500;
  }
  return 500;
}

Response error_response(const fhir::Error& error) {
  const int status = status_of(error.kind);
  // Our own trouble and the caller's standing are nobody's business but the log's.
  if (status == 500 || status == 401) return outcome(status, issue_code(status), {}, {});
  std::string diagnostics = error.where.empty() ? error.what : error.where + " " + error.what;
  const std::string_view expression = is_json_path(error.where) ? std::string_view(error.where) : std::string_view();
  return outcome(status, issue_code(error), diagnostics, expression);
}

Response error_response(int status, std::string_view what) {
  return outcome(status, issue_code(status), std::string(what), {});
}

}  // namespace server
