#include "cards/hook_context.h"

#include <optional>
#include <string>
#include <vector>

namespace cards {

namespace {

using fhir::Json;
using fhir::JsonType;

constexpr std::string_view draft_orders = "context.draftOrders";
constexpr std::string_view selections = "context.selections";

tl::unexpected<fhir::Error> refuse(std::string where, std::string what) {
  return fhir::fault(fhir::Kind::bad_input, std::move(where), std::move(what));
}

// An empty list is a clinician who has just deselected everything: nothing is asked then, and nothing is said.
Result<std::vector<fhir::Selection>> read_selections(Json json) {
  const std::string path(selections);
  if (!json.present() || json.is(JsonType::null)) return refuse(path, "is missing");
  if (!json.is(JsonType::array)) return refuse(path, "is not a list");
  std::vector<fhir::Selection> read;
  for (const auto element : json) {
    auto place = path + "[" + std::to_string(read.size()) + "]";
    if (element.string().empty()) return refuse(std::move(place), "is not a reference");
    read.push_back({element.string(), std::move(place)});
  }
  return read;
}

}  // namespace

Result<void> read_hook_context(Json context, std::string_view hook, fhir::RecordReader& reader) {
  if (hook == "order-sign") return reader.add_orders(context["draftOrders"], std::string(draft_orders), std::nullopt);
  if (hook == "order-select") {
    const auto selected = read_selections(context["selections"]);
    if (!selected) return tl::unexpected<fhir::Error>(selected.error());
    return reader.add_orders(context["draftOrders"], std::string(draft_orders), *selected);
  }
  if (hook == "problem-list-item-create") return reader.add_new_conditions(context["conditions"], "context.conditions");
  return {};
}

}  // namespace cards
