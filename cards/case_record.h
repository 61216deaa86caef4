#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/knowledge.h"
#include "fhir/json.h"
#include "fhir/time.h"

// The patient of a case, as clinicians write it, and the CDS Hooks request that it stands for. The vocabulary is
// closed; a word that is not understood is refused with the file, the case and the sentence.
//
//   "age": "34 a"          34 years on the day of the first BMI or weight (today when there is none); also "8 mo",
//                          "17 a 10 mo", "73 d"
//   "born": "2008-06-15"   instead of "age"; also "2008-06" or "2008"
//   "sex": "female"        female, male, other or unknown
//   "deceased": true
//   "called": "Andrea Invented"   a name for people; nothing is concluded from it
//
// Measurements are lists of sentences "VALUE UNIT ... ", under the words bmi, weight, height, insulin, c-peptide,
// glucose, triglyceride, hdl-cholesterol, adiponectin, leptin, hba1c, egfr, testosterone, shbg and insulin-dose (the
// mean daily dose as an observation). Without a day they are of 30 days before today. VALUE may begin with <, <=, > or
// >=; "(no unit)" leaves the unit out. Then, in any order:
//
//   on 2026-05-16 | undated         at 08:30                 in sample A (the same Specimen as others "in sample A")
//   preliminary, amended, corrected, registered, cancelled, entered-in-error, status unknown
//   haemolysed, lipaemic, insufficient (sample)              inpatient, emergency, outpatient (the Encounter of the
//   sample) range 18-173                    the laboratory's own range, in the same unit
//
// Every insulin result says how it was taken, right behind the unit:
//
//   fasting                         by a code that says so       fasting not stated           by a code that does not
//   fasted 8 h, fasting by specimen, not fasting                 by the Specimen, code silent
//   fasting but specimen not fasting
//   ogtt 90 min                     minutes after the glucose load, by a component
//   1 h, 2 h or 3 h after load, baseline                         by the code
//
// Glucose, triglyceride and C-peptide may say "fasting" there. Lists of sentences that begin with a word, the id of a
// value set (its most plain code is taken) or SYSTEM|CODE with the systems snomed, icd-10, icd-10-cm, orpha, omim, hpo,
// loinc, atc, rxnorm and dmd:
//
//   "conditions":   ["acanthosis-nigricans", "cushing-syndrome resolved", "diabetes from 2026-02-15"]
//                   active, inactive, resolved, remission, recurrence, relapse; confirmed, provisional, differential,
//                   unconfirmed, refuted, entered-in-error; from DATE (onset), until DATE (abatement), recorded DATE
//   "examinations": ["acanthosis-nigricans absent"]    present or absent, on DATE
//   "medicines":    ["insulin 40 U daily from 2026-01-01", "systemic-glucocorticoid inhaled"]
//                   N UNIT, then daily, twice daily, 3 times daily, every 8 h, weekly, with meals or as needed; oral,
//                   intravenous, intramuscular, subcutaneous, intra-articular, inhaled, topical; from DATE, until DATE;
//                   active, completed, stopped, on-hold, draft, cancelled, entered-in-error; stated or given (not
//                   ordered)
//   "family":       ["lipodystrophy-partial"]          of the mother
//   "antibodies":   ["insulin receptor antibodies positive"]  the text of the test, or the id of a value set; positive
//   or
//                   negative, on DATE
//
// What somebody is about to write, which makes the case a call of order-sign, order-select (when an order is "not
// selected") or problem-list-item-create:
//
//   "orders":         ["insulin 150 U daily", "atc|G03C oral not selected"]   medicines as above, drafts
//   "tests":          ["insulin-unspecified", "insulin receptor antibodies", "insulin-fasting not selected",
//                      "insulin-unspecified told to fast"]  a code or the text of a test; then what the order says
//   "new_conditions": ["acanthosis-nigricans"]              as conditions
//
// And:
//
//   "referrals":    ["National Severe Insulin Resistance Service active"]  the performer, then the status
//   "admissions":   ["inpatient from 2026-05-10 until 2026-05-20"]  inpatient, acute, emergency or outpatient
//   "not_sent":     ["medications"]                   prefetch keys that the request leaves out

namespace cards {

/// A code, as a case names it.
struct CaseCode {
  std::string system;
  std::string code;
  std::string display;
  std::string text;  ///< instead of a coding
};

/// How an insulin sample was taken, and how the record says so.
enum class CaseTiming : unsigned char {
  none,
  fasting_by_code,
  fasting_by_specimen,
  fasting_contradicted,
  fasted_hours,
  not_fasting,
  not_stated,
  after_load_by_component,
  after_load_by_code,
  baseline,
};

struct CaseMeasurement {
  std::string what;  ///< "insulin"
  std::string comparator;
  std::string value;  ///< as written
  std::string unit;   ///< empty: none
  CaseTiming timing = CaseTiming::none;
  std::string hours;     ///< fasted_hours
  std::string minutes;   ///< after_load_by_component
  std::string load_set;  ///< after_load_by_code: "insulin-post-60"
  std::string status = "final";
  std::string sample_condition;  ///< v2-0493
  std::string sample;            ///< "A"
  std::string encounter_class;   ///< v3-ActCode
  std::string date;
  std::string time;
  bool undated = false;
  std::string range_low;
  std::string range_high;
};

struct CaseCondition {
  CaseCode code;
  std::string clinical;
  std::string verification;
  std::string from;
  std::string until;
  std::string recorded;
};

struct CaseExamination {
  CaseCode code;
  bool present = false;
  std::string date;
};

struct CaseMedicine {
  CaseCode code;
  std::string dose;
  std::string unit;
  std::string frequency;  ///< "3"
  std::string period;     ///< "8"
  std::string period_unit;
  bool with_meals = false;
  bool as_needed = false;
  std::string route;  ///< "oral"
  std::string from;
  std::string until;
  std::string status = "active";
  std::string resource = "MedicationRequest";
};

struct CaseAntibody {
  CaseCode code;
  bool positive = false;
  std::string date;
};

struct CaseReferral {
  std::string performer;
  std::string status;
};

/// A medicine that is about to be ordered.
struct CaseOrder {
  CaseMedicine medicine;
  bool is_selected = true;
};

/// A test that is about to be ordered.
struct CaseTest {
  CaseCode code;
  bool is_fasting_told = false;
  bool is_selected = true;
};

struct CaseAdmission {
  std::string encounter_class;
  std::string from;
  std::string until;
};

/// What a case gives.
struct CaseRecord {
  std::string id = "case";  ///< of the Patient resource
  std::string called;
  std::string birth_date;
  std::string sex;
  bool deceased = false;
  std::vector<CaseMeasurement> measurements;
  std::vector<CaseCondition> conditions;
  std::vector<CaseExamination> examinations;
  std::vector<CaseMedicine> medicines;
  std::vector<CaseCode> family;
  std::vector<CaseAntibody> antibodies;
  std::vector<CaseReferral> referrals;
  std::vector<CaseAdmission> admissions;
  std::vector<CaseOrder> orders;
  std::vector<CaseTest> tests;
  std::vector<CaseCondition> new_conditions;
  std::vector<std::string> not_sent;
};

/// Reads the `given` of a case. Errors: bad_input; `where` names file, case and member, `what` quotes the sentence.
[[nodiscard]] Result<CaseRecord> read_case_record(fhir::Json given, const std::string& path, fhir::Day today,
                                                  const Knowledge& knowledge);

/// The hook that a case is a call of, for a criterion whose own hook is `usual`.
[[nodiscard]] std::string hook_of(const CaseRecord& record, const std::string& usual);

/// The body of a call of that hook with FHIR R4 resources (Patient, Observation, Specimen, Encounter, Condition,
/// MedicationRequest, FamilyMemberHistory, ServiceRequest) that a case stands for.
[[nodiscard]] std::string write_request(const CaseRecord& record, const std::string& hook, const Knowledge& knowledge);

}  // namespace cards
