#include "server/edition.h"

#include <malloc.h>

#include <exception>
#include <utility>

namespace server {

namespace {

/// An answer that is waited for keeps its edition alive.
class HeldAnswer : public Delayed {
 public:
  HeldAnswer(std::shared_ptr<Edition> edition, std::unique_ptr<Delayed> answer)
      : edition_(std::move(edition)), answer_(std::move(answer)) {}

  WaitsFor waits_for() const noexcept override { return answer_->waits_for(); }
  Answer finish() noexcept override { return held(edition_, answer_->finish()); }
  Response refuse(const Refusal& refusal) noexcept override { return answer_->refuse(refusal); }

  /// The answer, or one that is waited for, with its edition.
  static Answer held(std::shared_ptr<Edition> edition, Answer answer) {
    if (auto* delayed = std::get_if<std::unique_ptr<Delayed>>(&answer))
      return std::make_unique<HeldAnswer>(std::move(edition), std::move(*delayed));
    return answer;
  }

 private:
  std::shared_ptr<Edition> edition_;  // outlives what refers to it
  std::unique_ptr<Delayed> answer_;
};

AppParts with_shadow(AppParts parts, Shadow* shadow) {
  parts.shadow = shadow;
  return parts;
}

}  // namespace

Edition::Edition(cards::Knowledge knowledge, std::optional<cards::Knowledge> shadow, const EditionParts& parts)
    : knowledge_(std::move(knowledge)),
      fhir_client_(knowledge_, parts.outbound, parts.metrics, parts.fhir),
      app_(with_shadow(parts.app(knowledge_, fhir_client_), begin_shadow(std::move(shadow), parts)), parts.options) {}

Shadow* Edition::begin_shadow(std::optional<cards::Knowledge> knowledge, const EditionParts& parts) {
  return knowledge ? &shadow_.emplace(std::move(*knowledge), parts.metrics, parts.log) : nullptr;
}

std::shared_ptr<Edition> Editions::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Answer Editions::begin(Request request) noexcept {
  auto edition = current();
  Answer answer = edition->app().begin(std::move(request));
  return HeldAnswer::held(std::move(edition), std::move(answer));
}

Response Editions::refuse(const Refusal& refusal, const Request& request) noexcept {
  return current()->app().refuse(refusal, request);
}

void Editions::renew() noexcept try {
  const std::lock_guard one_at_a_time(renewing_);
  auto made = make_();
  std::shared_ptr<Edition> old;
  if (made) {
    const std::lock_guard lock(mutex_);
    old = std::exchange(current_, *made);
  }
  told_(made);
  // What the old edition held is scattered over memory: without a word it would stay with the process.
  old.reset();
  malloc_trim(0);
} catch (const std::exception&) {
  // Want of memory: as if it had never been asked for.
}

}  // namespace server
