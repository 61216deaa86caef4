#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fhir/json.h"
#include "fhir/time.h"

// What a patient record says, in the terms of FHIR R4. Older and newer shapes of the same facts (DSTU2, STU3, R5) are
// read into the same fields. Nothing here knows insulin, hooks or thresholds.

namespace fhir {

struct Coding {
  std::string_view system;
  std::string_view code;
  std::string_view display;
};

/// The codings of a concept. They are read where they stand each time that they are asked for, because most never are.
class Codings {
 public:
  Codings() = default;
  /// A list of Codings, or a single one; what is none is passed over.
  explicit Codings(Json json) : list_(json.as_list()) {}
  /// A plain code, in no system.
  static Codings of_code(Json text) {
    Codings codings(text);
    codings.is_code_ = true;
    return codings;
  }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Coding;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Coding;

    Iterator(Json::List rest, bool is_code) : rest_(rest), is_code_(is_code) { pass_over(); }
    Coding operator*() const;
    Iterator& operator++() {
      ++rest_.first;
      pass_over();
      return *this;
    }
    bool operator==(const Iterator& other) const { return rest_.first == other.rest_.first; }

   private:
    void pass_over() {
      while (rest_.first != rest_.last && !is_code_ && !(*rest_.first).is(JsonType::object)) ++rest_.first;
    }

    Json::List rest_;
    bool is_code_;
  };

  [[nodiscard]] Iterator begin() const { return {list_, is_code_}; }
  [[nodiscard]] Iterator end() const { return {{list_.last, list_.last}, is_code_}; }
  [[nodiscard]] bool empty() const { return begin() == end(); }
  [[nodiscard]] Coding front() const { return *begin(); }

 private:
  Json::List list_ = Json().as_list();
  bool is_code_ = false;
};

/// CodeableConcept; also what a plain code (DSTU2, STU3 Condition.clinicalStatus) is read into.
struct Concept {
  Codings codings;
  std::string_view text;

  [[nodiscard]] bool empty() const { return codings.empty() && text.empty(); }
  /// True when one of the codings has this code, in any system. For small closed code systems such as statuses.
  [[nodiscard]] bool has_code(std::string_view code) const;
};

enum class Comparator : std::uint8_t { none, less, less_or_equal, greater_or_equal, greater, sufficient };

struct Quantity {
  std::string_view written;  ///< the number as the record wrote it: "412.0"
  double value = 0;
  Comparator comparator = Comparator::none;
  std::string_view unit;    ///< for people
  std::string_view system;  ///< "http://unitsofmeasure.org" for UCUM
  std::string_view code;
};

/// Observation.value[x] and component.value[x]. `std::string_view` is valueString: kept, shown, never computed with.
using Value = std::variant<std::monostate, Quantity, Concept, bool, std::string_view>;

struct ReferenceRange {
  std::optional<Quantity> low;
  std::optional<Quantity> high;
  std::string_view text;
};

enum class ResultStatus : std::uint8_t { final_result, preliminary, unknown };  // the others are dropped while reading

struct Component {
  Concept code;
  Value value;
  Concept absent_reason;
  std::vector<ReferenceRange> ranges;
  std::vector<Concept> interpretations;
};

struct Observation {
  /// "Observation/17"; "Observation/17#x" for one that is contained in it; "#" for one without an id.
  std::string reference;
  ResultStatus status = ResultStatus::unknown;
  Concept code;
  Value value;
  std::vector<Component> components;
  std::vector<std::string> members;  ///< hasMember (STU3 related), as normalised references
  std::vector<ReferenceRange> ranges;
  std::vector<Concept> interpretations;
  Concept absent_reason;
  Concept method;
  /// effectiveDateTime, else effectiveInstant, else the end of effectivePeriod, else issued (DECISIONS.md 3).
  std::optional<Time> when;
  std::string specimen;   ///< normalised reference; empty when not stated
  std::string encounter;  ///< normalised reference; empty when not stated
};

struct Condition {
  std::string reference;
  Concept code;
  Concept clinical_status;  ///< empty means active (DECISIONS.md 2)
  /// Empty means confirmed. Entered-in-error is dropped while reading; refuted is kept, because it speaks against
  /// another entry of the same code, and never counts for anything.
  Concept verification_status;
  std::vector<Concept> categories;
  std::optional<Time> onset;  ///< onsetDateTime, start of onsetPeriod, or birth date + onsetAge
  std::optional<Time> abatement;
  bool abated = false;  ///< any abatement[x] is present
  std::optional<Time> recorded;

  [[nodiscard]] bool is_active() const;     ///< absent, active, recurrence or relapse; and not abated
  [[nodiscard]] bool is_confirmed() const;  ///< absent or confirmed
  [[nodiscard]] bool is_refuted() const;
};

/// One dosage line (Dosage): how much, how often, by which route.
struct Dosage {
  std::string_view text;
  bool as_needed = false;
  Concept route;
  std::optional<Quantity> dose;            ///< doseQuantity, or the single value of a dose range without spread
  std::optional<Quantity> dose_low;        ///< doseRange
  std::optional<Quantity> dose_high;       ///< doseRange
  std::optional<Quantity> rate;            ///< rateQuantity, or rateRatio as "numerator per denominator"
  std::optional<Quantity> rate_per;        ///< denominator of rateRatio
  std::optional<Quantity> max_per_period;  ///< numerator of maxDosePerPeriod
  std::optional<Quantity> max_period;      ///< denominator of maxDosePerPeriod
  std::optional<double> frequency;         ///< timing.repeat.frequency (1 when period is given alone)
  std::optional<double> frequency_max;
  std::optional<double> period;
  std::string_view period_unit;  ///< "d", "h", "wk" …
  std::vector<std::string_view> times_of_day;
  std::vector<std::string_view> when;  ///< event codes: "AC", "HS", "CM" …
  std::vector<std::string_view> days_of_week;
  Concept timing_code;  ///< "BID", "QD" …
  std::optional<Time> bounds_start;
  std::optional<Time> bounds_end;
};

enum class MedicationSource : std::uint8_t { request, statement, administration };

/// A medicine that was ordered, stated or given; entered-in-error, cancelled, draft, not-done, not-taken and
/// doNotPerform are dropped while reading.
struct MedicationUse {
  std::string reference;
  MedicationSource source = MedicationSource::request;
  std::string_view status;  ///< as written: "active", "completed", "stopped", "on-hold", …
  std::string_view intent;
  Concept medication;                ///< medicationCodeableConcept, or the code of the referenced Medication
  std::vector<Concept> ingredients;  ///< of a referenced Medication
  std::vector<Concept> categories;
  std::optional<Time> start;  ///< authoredOn, effective start, or bounds start, whichever is stated first in that order
  std::optional<Time> end;    ///< effective or bounds end; absent while it goes on
  std::vector<Dosage> dosages;
  std::string prior;  ///< the order that this one replaces (priorPrescription), normalised; empty when not stated
};

struct FamilyMember {
  std::string reference;
  Concept relationship;
  std::vector<Concept> conditions;
};

/// ServiceRequest (STU3: ReferralRequest, ProcedureRequest).
struct ServiceRequest {
  std::string reference;
  std::string_view status;
  std::string_view intent;
  Concept code;
  std::vector<std::string_view> performer_displays;
  std::vector<Coding> performer_identifiers;  ///< system and value of performer.identifier
  std::vector<std::string_view> words;        ///< patientInstruction, orderDetail and note, as written
  std::optional<Time> authored;
};

/// What somebody is about to order. No part of the record: never taken for a medicine in use or a test that was made.
struct Orders {
  struct Medication {
    MedicationUse order;
    bool is_selected = true;  ///< one of those that are asked about
  };
  struct Request {
    ServiceRequest order;
    bool is_selected = true;
  };
  std::vector<Medication> medications;
  std::vector<Request> requests;
};

struct Encounter {
  std::string reference;
  std::string_view status;
  std::string_view class_code;  ///< "IMP", "AMB", "EMER" …
  std::optional<Time> start;
  std::optional<Time> end;
};

struct Specimen {
  std::string reference;
  std::optional<Time> collected;
  Concept fasting_status;                    ///< collection.fastingStatusCodeableConcept
  std::optional<Quantity> fasting_duration;  ///< collection.fastingStatusDuration
  std::vector<Concept> conditions;           ///< Specimen.condition: "HEM" …
};

enum class Sex : std::uint8_t { unknown, female, male };

struct Patient {
  std::string id;
  std::optional<Time> birth;
  /// Recorded birth sex (UK Core or US Core extension) where given, else administrative gender; `other` is unknown.
  Sex sex = Sex::unknown;
  bool sex_from_birth_sex = false;
  bool sex_contradicts_gender = false;
  bool deceased = false;
  std::vector<std::string_view> countries;  ///< address.country, for the jurisdiction line only
  std::vector<std::string_view> districts;  ///< address.state and address.district, for the same
};

/// What was in the record and could not be used, and why. `reason` never repeats the record.
struct Unreadable {
  std::string reference;  ///< "Observation/17", or the path in the request when there is no id
  std::string path;       ///< "valueQuantity.unit"
  std::string reason;     ///< a sentence: "has a unit text that is not known"
  /// A unit as the record wrote it, for who sent the record; never for logs and counters. Mostly empty.
  std::string shown{};

  friend bool operator==(const Unreadable&, const Unreadable&) = default;
};

/// How many resources went where; `seen == used + ignored + dropped` always holds.
struct Counts {
  std::size_t seen = 0;  ///< contained resources are part of theirs and not counted
  std::size_t used = 0;
  std::size_t ignored = 0;  ///< types that nothing here reads
  std::size_t dropped = 0;  ///< with an Unreadable beside, by status (entered-in-error …), or sent before
};

/// One person's record, in the order in which it was sent. Owns the documents that its views borrow from.
struct Record {
  std::optional<Patient> patient;
  std::vector<Observation> observations;
  std::vector<Condition> conditions;
  /// How many of the conditions, the last ones, are only about to be added to the record.
  std::size_t new_conditions = 0;
  std::vector<MedicationUse> medications;
  std::vector<FamilyMember> family;
  std::vector<ServiceRequest> service_requests;
  std::vector<Encounter> encounters;
  std::vector<Specimen> specimens;
  Orders orders;
  std::vector<Unreadable> unreadable;
  Counts counts;
  std::vector<Document> documents;

  [[nodiscard]] const Specimen* specimen(std::string_view reference) const;
  [[nodiscard]] const Encounter* encounter(std::string_view reference) const;
  [[nodiscard]] const Observation* observation(std::string_view reference) const;
};

/// What one prefetch value, or one file, turned out to hold.
enum class Supplied : std::uint8_t {
  nothing,  ///< null, or an empty Bundle: the query ran and found nothing
  data,     ///< resources
  failed,   ///< an OperationOutcome with an error, and nothing else
  partial,  ///< data, but a Bundle says that there is a next page
};

/// URL of the next page that a Bundle names; empty when it names none, or is no Bundle.
[[nodiscard]] std::string_view next_page_of(Json bundle);

/// Whether a resource, or one in a Bundle, is plainly another patient's: a Patient with another id, or a subject that
/// refers to one. What names nobody is not.
[[nodiscard]] bool holds_another_patient(Json json, std::string_view patient_id);
/// A reference that was sent to point out one of several orders, and its place ("context.selections[0]").
struct Selection {
  std::string_view reference;
  std::string path;
};

/// Collects resources into a Record. Order: `add` as often as needed, then `finish` once.
class RecordReader {
 public:
  /// `patient_id` is the person that the record is about (context.patientId); empty takes the Patient resource's own.
  explicit RecordReader(std::string patient_id);
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;
  ~RecordReader();

  /// Takes a resource, a Bundle (searchset, collection, transaction, batch, document), null or an OperationOutcome.
  /// `path` names its place for errors ("prefetch.observations"). The Json must stay valid until the Record is gone:
  /// hand its Document to `keep`. Errors: bad_input when it is no FHIR at all (a number, an object without
  /// resourceType).
  Result<Supplied> add(Json json, std::string path);
  /// Takes a Bundle of orders that are about to be made: medicines and requests, whatever their status says but
  /// stopped, revoked or erroneous; other kinds are passed over. `selected` names those that are asked about; nothing:
  /// all. Errors: bad_input for everything that is no Bundle of resources, and for a selection that names none of them.
  Result<void> add_orders(Json bundle, std::string path, const std::optional<std::vector<Selection>>& selected);
  /// Takes a Bundle of Conditions that are about to be added. Errors: bad_input for what is no Bundle of resources.
  Result<void> add_new_conditions(Json bundle, std::string path);
  /// Takes ownership of a document that added Json belongs to.
  void keep(Document document);

  /// Resolves references (Medication, Specimen, Encounter), drops resources of other patients, and hands the record
  /// over. Errors: bad_input when the Patient resource is another person than `patient_id`, or when nobody says whose
  /// record it is and there are several Patients; or when an order or a new Condition is about somebody else. A
  /// resource that names no subject is taken for this person's only when no other Patient was sent. A resource that was
  /// sent twice is kept once. The reader is spent.
  [[nodiscard]] Result<Record> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "Observation/17" from "Observation/17/_history/2" or "https://ehr.example/fhir/Observation/17"; the bare UUID from
/// "urn:uuid:…"; "#x" as it is; empty when it is no reference (a conditional one, say).
[[nodiscard]] std::string normalised_reference(std::string_view reference);

}  // namespace fhir
