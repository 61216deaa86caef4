#include "fhir/proposal.h"

#include <algorithm>

#include "fhir/bundle.h"

namespace fhir {
namespace {

tl::unexpected<Error> refuse(std::string where, const char* what) {
  return fault(Kind::bad_input, std::move(where), what);
}

/// Whether a reference points to a resource, by its type and id or by its place in the Bundle.
bool is_named_by(const Target& reference, const Sent& sent) {
  if (reference.empty()) return false;
  if (reference == target_of(sent.full_url)) return true;
  const Target identity = sent.identity();
  return reference == identity || (reference.type.empty() && reference.id == identity.id);
}

std::vector<Sent> medications_in(const std::vector<Sent>& sent) {
  std::vector<Sent> medications;
  std::copy_if(sent.begin(), sent.end(), std::back_inserter(medications),
               [](const Sent& one) { return one.type == ResourceType::medication; });
  return medications;
}

}  // namespace

Result<std::vector<Sent>> proposed_in(Json bundle, const std::string& path, std::uint32_t part) {
  if (!is_given(bundle)) return refuse(path, "is missing");
  if (bundle["resourceType"].string() != "Bundle") return refuse(path, "is not a FHIR Bundle");
  const Json entries = bundle["entry"];
  if (is_given(entries) && !entries.is(JsonType::array)) return refuse(path + ".entry", "is not a list");
  std::vector<Sent> sent;
  std::int64_t place = 0;
  for (const Json entry : entries) {
    const std::string where = path + ".entry[" + std::to_string(place) + "]";
    if (!entry.is(JsonType::object)) return refuse(where, "is not an object");
    const Json resource = entry["resource"];
    if (!is_given(resource)) return refuse(where + ".resource", "is missing");
    const std::string_view name = resource["resourceType"].string();
    if (name.empty()) return refuse(where + ".resource", "is not a FHIR resource");
    sent.push_back({resource, entry["fullUrl"].string(), resource_type_of(name), part, place++, false});
  }
  return sent;
}

Result<std::vector<bool>> selected_among(const std::vector<Sent>& proposed, const std::vector<Selection>& selections) {
  std::vector<bool> is_selected(proposed.size(), false);
  for (const Selection& selection : selections) {
    const Target reference = target_of(selection.reference);
    bool found = false;
    for (std::size_t i = 0; i < proposed.size(); ++i) {
      if (!is_named_by(reference, proposed[i])) continue;
      is_selected[i] = true;
      found = true;
    }
    if (!found) return refuse(selection.path, "names none of the orders");
  }
  return is_selected;
}

// Somebody else's order must not be answered with "nothing to say".
Result<void> ProposalReader::check_subject(const Sent& sent) const {
  const Json subject = subject_of(sent.json);
  if (!is_given(subject) || person_.about(subject, sent.json) == About::person) return {};
  return refuse(place_of(sent, paths_[sent.part]) + ".subject", "is not the patient whose record this is");
}

template <class Read>
Result<void> ProposalReader::each(const Proposal& proposal, Read read) {
  std::vector<Sent> around = proposal.sent;
  const auto beside = medications_in(recorded_);
  around.insert(around.end(), beside.begin(), beside.end());
  const Surroundings surroundings(around);
  for (std::size_t i = 0; i < proposal.sent.size(); ++i) {
    const Sent& sent = proposal.sent[i];
    ++record_.counts.seen;
    if (sent.type == ResourceType::other || sent.type == ResourceType::medication) {
      ++record_.counts.ignored;
      continue;
    }
    if (auto checked = check_subject(sent); !checked) return checked;
    const Target identity = sent.identity();
    const std::string reference = identity.empty() ? place_of(sent, paths_[sent.part]) : text_of(identity);
    Notes notes(reference, record_.unreadable);
    const Members members(sent.json);
    const Source source{sent.json, members, reference, reference, notes, surroundings};
    const bool used = !is_modified(members, notes) && read(source, sent.type, proposal.is_selected[i]);
    ++(used ? record_.counts.used : record_.counts.dropped);
  }
  return {};
}

Result<void> ProposalReader::read_orders(const Proposal& proposal) {
  return each(proposal, [&](const Source& source, ResourceType type, bool is_selected) {
    if (type == ResourceType::medication_request) {
      auto order = read_medication_order(source);
      if (order) record_.orders.medications.push_back({std::move(*order), is_selected});
      return order.has_value();
    }
    if (type != ResourceType::service_request) return false;
    auto order = read_service_order(source);
    if (order) record_.orders.requests.push_back({std::move(*order), is_selected});
    return order.has_value();
  });
}

Result<void> ProposalReader::read_conditions(const Proposal& proposal) {
  const auto birth = record_.patient ? record_.patient->birth : std::optional<Time>();
  auto& conditions = record_.conditions;
  return each(proposal, [&](const Source& source, ResourceType type, bool) {
    if (type != ResourceType::condition) return false;
    auto condition = read_condition(source, birth);
    if (!condition) return false;
    // A client may have stored it already: it is new all the same.
    const auto known = static_cast<std::size_t>(conditions.size() - record_.new_conditions);
    const auto end_of_known = conditions.begin() + static_cast<std::ptrdiff_t>(known);
    conditions.erase(std::remove_if(conditions.begin(), end_of_known,
                                    [&](const Condition& one) { return one.reference == condition->reference; }),
                     end_of_known);
    conditions.push_back(std::move(*condition));
    ++record_.new_conditions;
    return true;
  });
}

}  // namespace fhir
