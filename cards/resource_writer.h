#pragma once

#include <string_view>

#include "cards/case_record.h"
#include "fhir/json.h"

namespace cards {

/// The pieces that the FHIR resources of a case are made of, written one after the other.
class ResourceWriter {
 protected:
  /// An entry of a Bundle with a resource; `content` writes the members behind type and id.
  template <class Content>
  void resource(std::string_view type, std::string_view id, Content content) {
    out_.begin_object();
    out_.name("resource").begin_object();
    out_.member("resourceType", type).member("id", id);
    content();
    out_.end_object();
    out_.end_object();
  }

  /// A member only where there is something to say.
  void optional(std::string_view name, std::string_view text);

  void reference(std::string_view name, std::string_view to);
  void concept_(std::string_view name, std::string_view system, std::string_view code, std::string_view display = {});
  void concept_value(std::string_view system, std::string_view code, std::string_view display);
  void concept_(std::string_view name, const CaseCode& code);
  void quantity(std::string_view name, std::string_view value, std::string_view unit, std::string_view comparator = {});
  void period(std::string_view name, std::string_view from, std::string_view until);

  [[nodiscard]] fhir::JsonWriter& out() { return out_; }

 private:
  fhir::JsonWriter out_;
};

}  // namespace cards
