#include "fhir/bundle.h"

#include <algorithm>

#include "fhir/person.h"
#include "fhir/reference.h"

namespace fhir {
namespace {

/// An outcome that says nothing else than warnings did not fail.
bool is_failure(Json outcome) {
  bool any = false;
  bool failed = false;
  for_each(outcome["issue"], [&](Json issue) {
    const std::string_view severity = issue["severity"].string();
    any = true;
    failed = failed || (severity != "warning" && severity != "information" && severity != "success");
  });
  return failed || !any;
}

bool has_next_page(Json bundle) {
  bool next = false;
  for_each(bundle["link"], [&](Json link) { next = next || link["relation"].string() == "next"; });
  return next;
}

bool is_another_patients(Json resource, std::string_view patient_id) {
  const bool is_patient = resource["resourceType"].string() == "Patient";
  const auto who =
      is_patient ? Target{"Patient", resource["id"].string()} : target_of(subject_of(resource)["reference"].string());
  return who.type == "Patient" && !who.empty() && who.id != patient_id;
}

/// Why the entries of this Bundle are no part of the record as it is now; null when they are.
const char* refusal_of(Json bundle) {
  const std::string_view type = bundle["type"].string();
  if (type == "history") return "is a history, not the record as it is now";
  if (type == "batch-response" || type == "transaction-response") return "is an answer to another request";
  return nullptr;
}

/// Takes the entries of one Bundle.
class BundleTaker {
 public:
  explicit BundleTaker(Intake& intake) : in_(intake) {}

  Supplied take(Json bundle) {
    const std::size_t before = in_.sent.size();
    for_each(bundle["entry"], [&](Json entry, std::size_t place) {
      entry_ = static_cast<std::int64_t>(place);
      take_entry(entry);
    });
    const bool only_patients = std::all_of(in_.sent.begin() + static_cast<std::ptrdiff_t>(before), in_.sent.end(),
                                           [](const Sent& sent) { return sent.type == ResourceType::patient; });
    for (std::size_t i = before; i < in_.sent.size(); ++i) in_.sent[i].among_patients = only_patients && !others_;
    if (has_next_page(bundle)) return Supplied::partial;
    if (data_) return Supplied::data;
    return failed_ ? Supplied::failed : Supplied::nothing;
  }

 private:
  void take_entry(Json entry) {
    const Json resource = entry["resource"];
    if (!is_given(resource)) return;
    ++in_.counts.seen;
    const std::string_view name = resource["resourceType"].string();
    if (name.empty()) return drop("resourceType", "is missing");
    if (name == "OperationOutcome") return skip_outcome(entry, resource);
    data_ = true;
    if (entry["modifierExtension"].size() > 0) {
      return drop("modifierExtension", "changes the meaning in a way that is not known");
    }
    const ResourceType type = resource_type_of(name);
    if (type == ResourceType::other) {
      others_ = true;
      ++in_.counts.ignored;
      return;
    }
    in_.sent.push_back({resource, entry["fullUrl"].string(), type, in_.part, entry_, false});
  }

  void skip_outcome(Json entry, Json outcome) {
    ++in_.counts.ignored;
    if (!is_failure(outcome)) return;
    failed_ = true;
    const std::string_view mode = entry["search"]["mode"].string();
    if (mode == "outcome" || mode.empty()) note("resource", "is an OperationOutcome with an error");
  }

  void drop(const char* path, const char* reason) {
    ++in_.counts.dropped;
    note(path, reason);
  }

  void note(const char* path, const char* reason) {
    in_.unreadable.push_back({in_.path + ".entry[" + std::to_string(entry_) + "]", path, reason});
  }

  Intake& in_;
  std::int64_t entry_ = 0;
  bool data_ = false;
  bool failed_ = false;
  bool others_ = false;
};

Supplied take_bundle(Json bundle, Intake& intake) {
  Notes notes(intake.path, intake.unreadable);
  const char* refusal = refusal_of(bundle);
  if (refusal != nullptr) notes.add("type", refusal);
  if (refusal == nullptr && !is_modified(Members(bundle), notes)) return BundleTaker(intake).take(bundle);
  ++intake.counts.seen;
  ++intake.counts.dropped;
  return Supplied::failed;
}

}  // namespace

Result<Supplied> take_in(Json json, Intake& intake) {
  if (json.is(JsonType::null)) return Supplied::nothing;
  const std::string_view name = json["resourceType"].string();
  if (name.empty()) return fault(Kind::bad_input, intake.path, "is not a FHIR resource");
  if (name == "Bundle") return take_bundle(json, intake);
  ++intake.counts.seen;
  if (const ResourceType type = resource_type_of(name); type != ResourceType::other) {
    intake.sent.push_back({json, "", type, intake.part, -1, true});
    return Supplied::data;
  }
  ++intake.counts.ignored;
  if (name != "OperationOutcome") return Supplied::data;
  return is_failure(json) ? Supplied::failed : Supplied::nothing;
}

std::string_view next_page_of(Json bundle) {
  std::string_view url;
  for_each(bundle["link"], [&](Json link) {
    if (link["relation"].string() == "next") url = link["url"].string();
  });
  return url;
}

bool holds_another_patient(Json json, std::string_view patient_id) {
  bool another = is_another_patients(json, patient_id);
  for_each(json["entry"], [&](Json entry) { another = another || is_another_patients(entry["resource"], patient_id); });
  return another;
}

std::string place_of(const Sent& sent, const std::string& path) {
  return sent.entry < 0 ? path : path + ".entry[" + std::to_string(sent.entry) + "].resource";
}

}  // namespace fhir
