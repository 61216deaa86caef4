#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fhir/condensed.h"

namespace fhir {

/// Puts condensed resources together to a Document, without reading their JSON text again: what a skeleton stands for
/// is found out once. For one thread.
class Assembler {
 public:
  explicit Assembler(const SharedTexts& texts);
  Assembler(const Assembler&) = delete;
  Assembler& operator=(const Assembler&) = delete;
  ~Assembler();

  /// A Bundle of type collection, of resources that `condense` gave: the same that reading it as JSON would give, the
  /// resources in the order of their JSON texts. Nothing when one of them has to be read, for an escape in it, say.
  [[nodiscard]] std::optional<Document> bundle(const std::vector<std::string_view>& condensed);
  /// False when a resource cannot refer to a Medication or Specimen.
  [[nodiscard]] bool may_need_others(std::string_view condensed);

 private:
  struct Plan;
  /// A resource of the Bundle that is being put together.
  struct Part {
    const Plan* plan = nullptr;
    std::size_t text_at = 0;  ///< its JSON text
    std::size_t text_size = 0;
    std::size_t shifts_at = 0;  ///< by how much each hole moves what is behind it
  };

  const Plan* plan_of(std::string_view& condensed);
  bool expand(std::string_view condensed);
  /// `text` is what the nodes borrow from.
  Json::Node* place(const Part& part, const char* text, Json::Node* at) const;

  const SharedTexts& texts_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Plan>> plans_;
  // Of the Bundle that is being put together.
  std::string text_;
  std::vector<std::ptrdiff_t> shifts_;
  std::vector<Part> parts_;
};

}  // namespace fhir
