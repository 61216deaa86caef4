#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "cards/knowledge.h"
#include "fhir/result.h"
#include "server/app.h"
#include "server/fhir_client.h"
#include "server/http.h"
#include "server/shadow.h"

namespace server {

/// What an edition needs besides the knowledge; what is referred to must outlive it.
struct EditionParts {
  Outbound& outbound;
  Metrics& metrics;
  Log& log;
  FhirClientOptions fhir;
  std::function<AppParts(const cards::Knowledge&, FhirClient&)> app;
  AppOptions options;
};

/// The program with one version of the clinical knowledge, and perhaps with another that judges beside it.
class Edition {
 public:
  Edition(cards::Knowledge knowledge, std::optional<cards::Knowledge> shadow, const EditionParts& parts);
  Edition(const Edition&) = delete;
  Edition& operator=(const Edition&) = delete;
  ~Edition() = default;

  [[nodiscard]] App& app() { return app_; }
  [[nodiscard]] const cards::Knowledge& knowledge() const { return knowledge_; }
  /// Null: nothing judges beside it.
  [[nodiscard]] const cards::Knowledge* shadow() const { return shadow_ ? &shadow_->knowledge() : nullptr; }

 private:
  cards::Knowledge knowledge_;
  FhirClient fhir_client_;
  std::optional<Shadow> shadow_;
  App app_;

  Shadow* begin_shadow(std::optional<cards::Knowledge> knowledge, const EditionParts& parts);
};

/// How a reading of the knowledge ended.
using EditionRead = fhir::Result<std::shared_ptr<Edition>>;

/// The edition in force, and its successor when the knowledge is read again: a request is answered by one edition from
/// beginning to end, and a folder that is refused changes nothing. Safe to use from all threads.
class Editions {
 public:
  /// Reads the knowledge as it is now and makes an edition of it. Errors: the knowledge is refused, with the file and
  /// a sentence.
  using Make = std::function<EditionRead()>;
  /// Hears how each reading ended.
  using Told = std::function<void(const EditionRead& end)>;

  Editions(std::shared_ptr<Edition> first, Make make, Told told)
      : current_(std::move(first)), make_(std::move(make)), told_(std::move(told)) {}

  /// As App::begin and App::refuse, by the edition in force.
  [[nodiscard]] Answer begin(Request request) noexcept;
  [[nodiscard]] Response refuse(const Refusal& refusal, const Request& request) noexcept;
  [[nodiscard]] bool may_be_shed(const Request& request) const noexcept {
    return current()->app().may_be_shed(request);
  }
  /// Reads the knowledge again. Takes a while; meanwhile the old edition serves.
  void renew() noexcept;

 private:
  [[nodiscard]] std::shared_ptr<Edition> current() const;

  mutable std::mutex mutex_;  ///< for `current_`
  std::shared_ptr<Edition> current_;
  Make make_;
  Told told_;
  std::mutex renewing_;
};

}  // namespace server
