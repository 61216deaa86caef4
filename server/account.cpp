#include "server/account.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "server/identifier.h"

namespace server {

namespace {

using Clock = std::chrono::steady_clock;

/// The method for logs: a closed set, because strangers choose the word.
std::string_view known_method(std::string_view method) {
  constexpr std::array<std::string_view, 8> known{"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"};
  const auto found = std::ranges::find(known, method);
  return found == known.end() ? "other" : *found;
}

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string timing(const char* name, double seconds) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s;dur=%.2f", name, seconds * 1000);
  return {text.data(), static_cast<std::size_t>(length)};
}

/// "receive;dur=0.31, fetch;dur=104.20, judge;dur=1.10, total;dur=105.61": milliseconds (W3C Server Timing). Only of
/// what was judged: how long a token was looked at is nobody's business.
std::string server_timing(const Request& request, const Notes& notes, Clock::time_point now) {
  const double receive = seconds_between(request.started, notes.received);
  const double fetch = notes.fetch_seconds.value_or(0);
  const double total = seconds_between(request.started, now);
  std::string text = timing("receive", receive);
  if (notes.fetch_seconds) text += ", " + timing("fetch", fetch);
  return text + ", " + timing("judge", std::max(0.0, total - receive - fetch)) + ", " + timing("total", total);
}

/// What somebody may have to answer for: whatever needs a token, asked for in earnest.
bool is_audited(const Request& request, const Notes& notes) {
  return needs_token(notes.address) && request.method != "OPTIONS";
}

}  // namespace

Notes notes_of(const Request& request) {
  Notes notes;
  notes.request_id = new_uuid();
  notes.trace = trace_of(request.traceparent);
  notes.received = Clock::now();
  notes.bytes_in = request.body.size();
  return notes;
}

void Account::give(Response& response, const Request& request, Notes notes) const {
  const auto now = Clock::now();
  response.headers.emplace_back("X-Request-Id", notes.request_id);
  if (!notes.outcome.empty()) response.headers.emplace_back("Server-Timing", server_timing(request, notes, now));
  if (with_.audit && is_audited(request, notes)) audit(response, request, notes);

  const double seconds = seconds_between(request.started, now);
  const auto route = pattern_of(notes.address);
  with_.metrics.answered(route, response.status, seconds);
  with_.log.request({.route = route,
                     .method = known_method(request.method),
                     .status = response.status,
                     .duration_ms = seconds * 1000,
                     .bytes_in = notes.bytes_in,
                     .bytes_out = response.body.size(),
                     .topics = std::move(notes.topics),
                     .issuer = std::move(notes.client.issuer),
                     .tenant = std::move(notes.client.tenant),
                     .token_id = std::move(notes.client.token_id),
                     .refused = notes.refused,
                     .request_id = std::move(notes.request_id),
                     .trace_id = std::move(notes.trace.trace_id),
                     .span_id = std::move(notes.trace.span_id)});
}

/// An entry that cannot be written stops no card, which may matter more; it is said wherever the operators look.
void Account::audit(const Response& response, const Request& request, const Notes& notes) const {
  const auto written = with_.audit->write({.route = pattern_of(notes.address),
                                           .method = known_method(request.method),
                                           .service = notes.service,
                                           .status = response.status,
                                           .issuer = notes.client.issuer,
                                           .tenant = notes.client.tenant,
                                           .token_id = notes.client.token_id,
                                           .refused = notes.refused,
                                           .peer = request.peer,
                                           .patient = notes.patient,
                                           .outcome = notes.outcome,
                                           .topics = notes.topics,
                                           .knowledge = with_.knowledge,
                                           .request_id = notes.request_id,
                                           .trace_id = notes.trace.trace_id});
  if (!written) with_.metrics.audit_lost();
  if (!with_.troubles) return;
  const std::string what = written ? "" : "entries of the audit log are lost";
  if (!with_.troubles->note("audit", what)) return;
  if (written)
    with_.log.info("the audit log is written again");
  else
    with_.log.error(written.error().where + " " + written.error().what + ": " + what);
}

}  // namespace server
