#include "fhir/person.h"

#include <algorithm>

#include "fhir/bundle.h"

namespace fhir {
namespace {

/// "Patient/17" or "urn:uuid:…" for the id itself.
std::string bare_id(const std::string& patient_id) {
  const Target target = target_of(patient_id);
  return target.empty() || target.type == "#" ? patient_id : std::string(target.id);
}

tl::unexpected<Error> wrong_patient(const Sent& patient, const std::vector<std::string>& paths, const char* what) {
  return fault(Kind::bad_input, place_of(patient, paths[patient.part]) + ".id", what);
}

}  // namespace

Json subject_of(Json resource) {
  return single(first_of(resource, {"subject", "patient"}));
}

Json subject_of(const Members& resource) {
  return single(is_given(resource["subject"]) ? resource["subject"] : resource["patient"]);
}

Result<Person> Person::among(const std::vector<Sent>& sent, const std::vector<std::string>& paths,
                             const std::string& patient_id) {
  Person person;
  person.id_ = bare_id(patient_id);
  const auto chosen = person.id_.empty() ? person.choose_only(sent, paths) : person.choose(sent, paths);
  if (!chosen) return tl::unexpected<Error>(chosen.error());
  if (person.patient_ != ReferenceIndex::none) {
    const Sent& patient = sent[person.patient_];
    for (const std::string_view name : {patient.json["id"].text(), target_of(patient.full_url).id}) {
      if (!name.empty()) person.names_.push_back(name);
    }
    person.identifiers_ = patient.json["identifier"];
  }
  if (person.id_.empty() && person.names_.empty()) person.take_first_subject(sent);
  return person;
}

bool Person::is_named(const Sent& patient) const {
  const Target identity = patient.identity();
  // A Patient without an id that came alone is the one that was asked for.
  if (identity.empty()) return patient.entry < 0;
  return identity.id == id_ || target_of(patient.full_url).id == id_;
}

Result<void> Person::choose(const std::vector<Sent>& sent, const std::vector<std::string>& paths) {
  std::vector<std::uint32_t> parts_with_person;
  for (std::uint32_t i = 0; i < sent.size(); ++i) {
    if (sent[i].type != ResourceType::patient) continue;
    if (!is_named(sent[i])) {
      others_ = true;
      continue;
    }
    if (patient_ == ReferenceIndex::none) patient_ = i;
    parts_with_person.push_back(sent[i].part);
  }
  for (const Sent& other : sent) {
    if (other.type != ResourceType::patient || is_named(other)) continue;
    // Another patient may be mentioned beside other things, but not be what was sent for this one.
    const bool beside_person =
        std::find(parts_with_person.begin(), parts_with_person.end(), other.part) != parts_with_person.end();
    const bool stands_for_person = other.entry < 0 || (other.among_patients && !beside_person);
    if (stands_for_person) {
      return wrong_patient(other, paths, "is not the patient whose record this is");
    }
  }
  return {};
}

Result<void> Person::choose_only(const std::vector<Sent>& sent, const std::vector<std::string>& paths) {
  for (std::uint32_t i = 0; i < sent.size(); ++i) {
    if (sent[i].type != ResourceType::patient) continue;
    if (patient_ == ReferenceIndex::none) {
      patient_ = i;
    } else if (sent[i].identity().empty() || sent[i].identity() != sent[patient_].identity()) {
      return wrong_patient(sent[i], paths, "is a second patient, and nothing says whose record this is");
    }
  }
  if (patient_ != ReferenceIndex::none) id_ = sent[patient_].identity().id;
  return {};
}

/// Without a Patient and an id, the record is about whom its first resource is about.
void Person::take_first_subject(const std::vector<Sent>& sent) {
  for (const Sent& resource : sent) {
    const Target target = target_of(literal_reference(subject_of(resource.json)));
    if (target.empty() || (target.type != "Patient" && !target.type.empty())) continue;
    names_.push_back(target.id);
    return;
  }
}

About Person::about(Json subject, Json container) const {
  const std::string_view reference = literal_reference(subject);
  if (reference.starts_with("Patient?")) return about_identifier_query(reference);
  const Target target = target_of(reference);
  if (target.empty()) return about_identifiers(subject["identifier"]);
  if (target.type == "#") {
    for (const Json contained : container["contained"]) {
      if (contained["id"].string() != target.id) continue;
      return contained["resourceType"].string() == "Patient" ? about_identifiers(contained["identifier"])
                                                             : About::no_patient;
    }
    return unsaid();
  }
  if (!target.type.empty() && target.type != "Patient") return About::no_patient;
  const bool named = target.id == id_ || std::find(names_.begin(), names_.end(), target.id) != names_.end();
  return named ? About::person : About::another_patient;
}

void Person::compare(std::string_view system, std::string_view value, Likeness& likeness) const {
  if (value.empty()) return;
  for_each(identifiers_, [&](Json own) {
    if (own["system"].string() != system || own["value"].string().empty()) return;
    (own["value"].string() == value ? likeness.same : likeness.different) = true;
  });
}

/// One identifier of the person settles it; one of the same system with another value denies it.
About Person::about_likeness(const Likeness& likeness) const {
  if (likeness.same) return About::person;
  return likeness.different ? About::another_patient : unsaid();
}

About Person::about_identifiers(Json identifiers) const {
  Likeness likeness;
  for_each(identifiers,
           [&](Json identifier) { compare(identifier["system"].string(), identifier["value"].string(), likeness); });
  return about_likeness(likeness);
}

/// "Patient?identifier=system|value", as transactions refer to what they do not carry.
About Person::about_identifier_query(std::string_view query) const {
  constexpr std::string_view key = "identifier=";
  Likeness likeness;
  const auto start = query.find(key);
  if (start != std::string_view::npos) {
    std::string_view token = query.substr(start + key.size());
    token = token.substr(0, token.find('&'));
    const auto bar = token.find('|');
    const std::string_view system = bar == std::string_view::npos ? std::string_view() : token.substr(0, bar);
    compare(system, bar == std::string_view::npos ? token : token.substr(bar + 1), likeness);
  }
  return about_likeness(likeness);
}

}  // namespace fhir
