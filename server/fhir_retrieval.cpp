#include "server/fhir_retrieval.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fhir/json.h"
#include "fhir/record.h"

namespace server {

namespace {

using fhir::Kind;
using Clock = std::chrono::steady_clock;

constexpr std::size_t url_bytes_max = 8192;  ///< of a link to a next page

std::string without_final_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

/// "Condition?patient=17" from "Condition?patient={{context.patientId}}".
std::string filled_in(std::string_view query, const std::string& patient_id) {
  constexpr std::string_view token = "{{context.patientId}}";
  std::string text(query);
  for (auto at = text.find(token); at != std::string::npos; at = text.find(token, at))
    text.replace(at, token.size(), patient_id);
  return text;
}

/// Dot segments could lead out of the base path again.
bool has_dot_segments(std::string_view path) {
  std::string text(path);
  for (auto at = text.find('%'); at != std::string::npos; at = text.find('%', at + 1))
    if (text.substr(at + 1, 2) == "2e" || text.substr(at + 1, 2) == "2E") text.replace(at, 3, ".");
  return text.find("/../") != std::string::npos || text.find("/./") != std::string::npos || text.ends_with("/..") ||
         text.ends_with("/.");
}

/// The label and the words for a status that brings no data.
std::pair<std::string_view, std::string> outcome_of_status(int status) {
  const std::string answered = "answered " + std::to_string(status);
  if (status < 300) return {"not_fhir", answered + " without data"};
  if (status < 400) return {"redirected", answered + ", a redirect, which is not followed"};
  if (status == 401) return {"refused", answered + ": it does not accept the access token"};
  if (status == 403) return {"refused", answered + ": the access token does not allow this"};
  if (status == 404 || status == 410) return {"not_found", answered + " (not found)"};
  if (status == 429) return {"busy", answered + " (too many requests)"};
  return {status < 500 ? "client_error" : "server_error", answered};
}

std::string_view label_of(const fhir::Error& error) {
  switch (error.kind) {
    case Kind::timed_out:
      return "timed_out";
    case Kind::too_big:
      return "too_large";
    case Kind::not_allowed:
      return "address";
    case Kind::busy:
      return "busy";
    case Kind::not_found:
      return "unreachable";
    default:
      return "broken";
  }
}

}  // namespace

/// What an answer is worth: a page, or a fault with its label for the metrics.
struct FhirRetrieval::Verdict {
  std::optional<fhir::Document> page;
  std::string_view outcome = "ok";
  std::string fault;
};

FhirRetrieval::FhirRetrieval(FhirSource source, Outbound& outbound, Metrics& metrics)
    : source_(std::move(source)), outbound_(outbound), metrics_(metrics) {
  base_ = without_final_slash(source_.server.origin() + source_.server.target);
}

void FhirRetrieval::ask(const std::string& key, std::string_view query, const std::string& next_page) {
  const auto index = chains_.size();
  const std::string filled = filled_in(query, source_.patient_id);
  const auto question = filled.find('?');
  Chain chain;
  chain.part.key = key;
  chain.type = filled.substr(0, filled.find_first_of("?/"));
  chain.started = Clock::now();
  chains_.push_back(std::move(chain));
  ++open_;
  if (!next_page.empty()) return follow(index, next_page);

  OutboundRequest request{.url = base_ + "/" + filled, .headers = {}, .body = {}, .deadline = source_.deadline};
  if (source_.by_post && question != std::string::npos) {
    request.method = "POST";
    request.url = base_ + "/" + filled.substr(0, question) + "/_search";
    request.body = filled.substr(question + 1);
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  }
  send(index, std::move(request));
}

void FhirRetrieval::send(std::size_t chain, OutboundRequest request) {
  request.reach = source_.reach;
  request.bytes_max = source_.response_bytes;
  request.headers.emplace_back("Accept", "application/fhir+json");
  if (!source_.traceparent.empty()) request.headers.emplace_back("traceparent", source_.traceparent);
  if (!source_.access_token.empty()) request.headers.emplace_back("Authorization", "Bearer " + source_.access_token);
  outbound_.begin(std::move(request), [this, chain](fhir::Result<OutboundResponse> result) {
    const std::lock_guard lock(mutex_);
    arrived_.push_back({chain, std::move(result)});
    changed_.notify_one();
  });
}

/// The URL of a next page in full; empty when it is not below the base of the server that was asked.
std::string FhirRetrieval::page_url(const std::string& link) const {
  std::string text = link;
  if (link.starts_with('/'))
    text = source_.server.origin() + link;
  else if (link.find("://") == std::string::npos)
    text = base_ + "/" + link;
  const auto url = text.size() <= url_bytes_max ? read_url(text) : std::nullopt;
  if (!url || url->origin() != source_.server.origin()) return {};
  const auto path = url->target.substr(0, url->target.find('?'));
  const auto base_path = without_final_slash(source_.server.target);
  const bool below = path == base_path || path.starts_with(base_path + "/");
  return below && !has_dot_segments(path) ? url->origin() + url->target : "";
}

void FhirRetrieval::follow(std::size_t index, const std::string& link) {
  Chain& chain = chains_[index];
  const auto url = page_url(link);
  if (url.empty()) return close(chain, "link", "names a next page elsewhere, which is not fetched");
  if (!chain.seen.insert(url).second) return close(chain, "link", "names a next page that was fetched already");
  if (chain.pages >= source_.pages_max) return close(chain, "too_many_pages", "has more pages than are fetched");
  send(index, {.url = url, .headers = {}, .body = {}, .deadline = source_.deadline});
}

void FhirRetrieval::close(Chain& chain, std::string_view outcome, std::string fault) {
  metrics_.fetched(outcome, std::chrono::duration<double>(Clock::now() - chain.started).count());
  chain.part.fault = std::move(fault);
  --open_;
}

FhirRetrieval::Verdict FhirRetrieval::judge(const Chain& chain, fhir::Result<OutboundResponse>& result) {
  if (!result) return {std::nullopt, label_of(result.error()), result.error().what};
  bytes_ += result->body.size();
  if (bytes_ > source_.response_bytes) return {std::nullopt, "too_large", "answered with more than is accepted"};
  if (result->status != 200) {
    auto [outcome, fault] = outcome_of_status(result->status);
    return {std::nullopt, outcome, std::move(fault)};
  }
  auto document = fhir::read_document(std::move(result->body));
  if (!document) return {std::nullopt, "not_fhir", "did not answer with FHIR in JSON"};
  const auto type = document->root()["resourceType"].string();
  if (type.empty()) return {std::nullopt, "not_fhir", "did not answer with FHIR in JSON"};
  if (type == "OperationOutcome") return {std::nullopt, "outcome", "answered with an OperationOutcome"};
  if (type != "Bundle" && type != chain.type)
    return {std::nullopt, "not_fhir", "answered with another resource than was asked for"};
  if (fhir::holds_another_patient(document->root(), source_.patient_id))
    return {std::nullopt, "another_patient", "answered with another patient's data, which is not used"};
  return {std::move(*document), "ok", {}};
}

void FhirRetrieval::take(Arrived arrived) {
  Chain& chain = chains_[arrived.chain];
  auto verdict = judge(chain, arrived.result);
  if (!verdict.page) return close(chain, verdict.outcome, std::move(verdict.fault));
  const std::string next(fhir::next_page_of(verdict.page->root()));
  chain.part.pages.push_back(std::move(*verdict.page));
  ++chain.pages;
  if (next.empty()) return close(chain, "ok", {});
  follow(arrived.chain, next);
}

std::vector<cards::FetchedPart> FhirRetrieval::wait() {
  while (open_ > 0) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !arrived_.empty(); });
    Arrived arrived = std::move(arrived_.front());
    arrived_.pop_front();
    lock.unlock();
    take(std::move(arrived));
  }
  std::vector<cards::FetchedPart> parts;
  parts.reserve(chains_.size());
  for (auto& chain : chains_) parts.push_back(std::move(chain.part));
  return parts;
}

}  // namespace server
