#include "fhir/record.h"

#include <algorithm>
#include <array>

#include "fhir/bundle.h"
#include "fhir/person.h"
#include "fhir/proposal.h"
#include "fhir/resource.h"

namespace fhir {
namespace {

template <class T>
const T* with_reference(const std::vector<T>& resources, std::string_view reference) {
  if (reference.empty() || reference == "#") return nullptr;
  const auto found = std::find_if(resources.begin(), resources.end(),
                                  [&](const T& resource) { return resource.reference == reference; });
  return found == resources.end() ? nullptr : &*found;
}

/// Keeps what was read; false when the resource is dropped.
template <class T>
bool keep_in(std::vector<T>& kept, std::optional<T> read) {
  if (!read) return false;
  kept.push_back(std::move(*read));
  return true;
}

/// Reads what was sent into a Record.
class RecordBuilder {
 public:
  RecordBuilder(const std::vector<Sent>& sent, const std::vector<std::string>& paths, const Person& person,
                Record& record)
      : sent_(sent), paths_(paths), person_(person), record_(record), surroundings_(sent) {}

  void build() {
    reserve();
    if (person_.patient() != ReferenceIndex::none) read_one(person_.patient());
    for (std::uint32_t number = 0; number < sent_.size(); ++number) {
      if (number != person_.patient()) read_one(number);
    }
  }

 private:
  void reserve() {
    std::array<std::size_t, static_cast<std::size_t>(ResourceType::other) + 1> counts{};
    for (const Sent& sent : sent_) ++counts[static_cast<std::size_t>(sent.type)];
    record_.observations.reserve(counts[static_cast<std::size_t>(ResourceType::observation)]);
    record_.conditions.reserve(counts[static_cast<std::size_t>(ResourceType::condition)]);
    record_.medications.reserve(counts[static_cast<std::size_t>(ResourceType::medication_request)]);
  }

  void read_one(std::uint32_t number) {
    const Sent& sent = sent_[number];
    const Target identity = sent.identity();
    const std::string label = identity.empty() ? place_of(sent, paths_[sent.part]) : text_of(identity);
    Notes notes(label, record_.unreadable);
    if (sent.type == ResourceType::patient && number != person_.patient()) compare_with_patient(number, notes);
    const Members members(sent.json);
    const bool used = is_wanted(number, members, notes) && read(number, members, identity.empty() ? "" : label, notes);
    ++(used ? record_.counts.used : record_.counts.dropped);
  }

  /// A second copy of the patient that says something else: then the record does not say it.
  void compare_with_patient(std::uint32_t number, Notes& notes) {
    if (!record_.patient || sent_[number].identity() != sent_[person_.patient()].identity()) return;
    std::vector<Unreadable> of_the_copy;
    const std::string nobody;
    Notes unread(nobody, of_the_copy);
    const Patient copy = read_patient(sent_[number].json, person_.id(), unread);
    auto& patient = *record_.patient;
    if (patient.birth && copy.birth && patient.birth->written != copy.birth->written) {
      notes.add("birthDate", "contradicts another copy of the patient");
      patient.birth.reset();
    }
    if (patient.sex != Sex::unknown && copy.sex != Sex::unknown && patient.sex != copy.sex) {
      notes.add("gender", "contradicts another copy of the patient");
      patient.sex = Sex::unknown;
    }
    patient.deceased = patient.deceased || copy.deceased;
  }

  /// Sent once, without modifiers that nobody knows, and about the person.
  bool is_wanted(std::uint32_t number, const Members& members, Notes& notes) const {
    const Sent& sent = sent_[number];
    if (number == person_.patient()) return !is_modified(members, notes);
    if (!surroundings_.is_kept(number)) return false;
    if (sent.type == ResourceType::patient) {
      if (person_.patient() == ReferenceIndex::none || sent.identity() != sent_[person_.patient()].identity()) {
        notes.add("id", "is another patient");
      }
      return false;
    }
    if (is_modified(members, notes)) return false;
    return sent.type == ResourceType::medication || is_about_person(subject_of(members), sent.json, notes);
  }

  bool is_about_person(Json subject, Json container, Notes& notes) const {
    const About about = person_.about(subject, container);
    if (about == About::person) return true;
    notes.add("subject", about == About::no_patient ? "is not about a patient" : "is about another patient");
    return false;
  }

  /// `name` is the reference of the resource, empty when it has none.
  bool read(std::uint32_t number, const Members& members, std::string_view name, Notes& notes) {
    const Sent& sent = sent_[number];
    const std::string nameless = name.empty() ? "#" + std::to_string(number) : std::string();
    const Source source{sent.json, members,      name.empty() ? "#" : name, name.empty() ? nameless : name,
                        notes,     surroundings_};
    switch (sent.type) {
      case ResourceType::patient:
        record_.patient = read_patient(sent.json, person_.id(), notes);
        return true;
      case ResourceType::observation:
        return read_observation_with_contained(source);
      case ResourceType::condition:
        return keep_in(record_.conditions, read_condition(source, birth()));
      case ResourceType::medication_request:
        return keep_in(record_.medications, read_medication_use(source, MedicationSource::request));
      case ResourceType::medication_statement:
        return keep_in(record_.medications, read_medication_use(source, MedicationSource::statement));
      case ResourceType::medication_administration:
        return keep_in(record_.medications, read_medication_use(source, MedicationSource::administration));
      case ResourceType::family_member_history:
        return keep_in(record_.family, read_family_member(source));
      case ResourceType::service_request:
        return keep_in(record_.service_requests, read_service_request(source));
      case ResourceType::encounter:
        return keep_in(record_.encounters, read_encounter(source));
      case ResourceType::specimen:
        return keep_in(record_.specimens, read_specimen(source));
      case ResourceType::medication:  // Read by what refers to it.
      case ResourceType::other:
        break;
    }
    return true;
  }

  bool read_observation_with_contained(const Source& source) {
    auto observation = read_observation(source);
    if (!observation) return false;
    const std::vector<std::string> members = observation->members;
    record_.observations.push_back(std::move(*observation));
    for_each(source.members["contained"], [&](Json contained) { read_contained(contained, source, members); });
    return true;
  }

  /// The Specimen of an Observation, and the members of a panel, may come inside it.
  void read_contained(Json json, const Source& parent, const std::vector<std::string>& members) {
    const ResourceType type = resource_type_of(json["resourceType"].string());
    if (type != ResourceType::specimen && type != ResourceType::observation) return;
    const std::string reference = std::string(parent.container) + "#" + std::string(json["id"].string());
    Notes notes(reference, record_.unreadable);
    const Members content(json);
    if (is_modified(content, notes)) return;
    const Json subject = subject_of(content);
    if (is_given(subject) && !is_about_person(subject, parent.json, notes)) return;
    const Source source{json, content, reference, parent.container, notes, surroundings_};
    if (type == ResourceType::specimen) {
      (void)keep_in(record_.specimens, read_specimen(source));
    } else if (std::find(members.begin(), members.end(), reference) != members.end()) {
      (void)keep_in(record_.observations, read_observation(source));
    }
  }

  [[nodiscard]] std::optional<Time> birth() const {
    return record_.patient ? record_.patient->birth : std::optional<Time>();
  }

  const std::vector<Sent>& sent_;
  const std::vector<std::string>& paths_;
  const Person& person_;
  Record& record_;
  Surroundings surroundings_;
};

}  // namespace

struct RecordReader::State {
  std::string patient_id;
  Record record;
  std::vector<std::string> paths;
  std::vector<Sent> sent;
  Proposal orders;
  Proposal new_conditions;

  /// The number of a place that something was sent in.
  std::uint32_t part(std::string path) {
    paths.push_back(std::move(path));
    return static_cast<std::uint32_t>(paths.size() - 1);
  }
};

RecordReader::RecordReader(std::string patient_id) : state_(std::make_unique<State>()) {
  state_->patient_id = std::move(patient_id);
}
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;
RecordReader::~RecordReader() = default;

Result<Supplied> RecordReader::add(Json json, std::string path) {
  const std::uint32_t part = state_->part(std::move(path));
  Intake intake{part, state_->paths.back(), state_->sent, state_->record.unreadable, state_->record.counts};
  return take_in(json, intake);
}

Result<void> RecordReader::add_orders(Json bundle, std::string path,
                                      const std::optional<std::vector<Selection>>& selected) {
  const std::uint32_t part = state_->part(std::move(path));
  auto sent = proposed_in(bundle, state_->paths.back(), part);
  if (!sent) return tl::unexpected<Error>(sent.error());
  auto is_selected =
      selected ? selected_among(*sent, *selected) : Result<std::vector<bool>>(std::vector<bool>(sent->size(), true));
  if (!is_selected) return tl::unexpected<Error>(is_selected.error());
  state_->orders = {std::move(*sent), std::move(*is_selected)};
  return {};
}

Result<void> RecordReader::add_new_conditions(Json bundle, std::string path) {
  const std::uint32_t part = state_->part(std::move(path));
  auto sent = proposed_in(bundle, state_->paths.back(), part);
  if (!sent) return tl::unexpected<Error>(sent.error());
  std::vector<bool> all(sent->size(), true);
  state_->new_conditions = {std::move(*sent), std::move(all)};
  return {};
}

void RecordReader::keep(Document document) {
  state_->record.documents.push_back(std::move(document));
}

Result<Record> RecordReader::finish() {
  const auto person = Person::among(state_->sent, state_->paths, state_->patient_id);
  if (!person) return tl::unexpected<Error>(person.error());
  RecordBuilder(state_->sent, state_->paths, *person, state_->record).build();
  ProposalReader proposals(state_->sent, state_->paths, *person, state_->record);
  for (auto done : {proposals.read_orders(state_->orders), proposals.read_conditions(state_->new_conditions)}) {
    if (!done) return tl::unexpected<Error>(done.error());
  }
  return std::move(state_->record);
}

const Specimen* Record::specimen(std::string_view reference) const {
  return with_reference(specimens, reference);
}
const Encounter* Record::encounter(std::string_view reference) const {
  return with_reference(encounters, reference);
}
const Observation* Record::observation(std::string_view reference) const {
  return with_reference(observations, reference);
}

}  // namespace fhir
