#include "cards/computation.h"

#include <algorithm>

#include "cards/acute_illness.h"
#include "cards/antibody.h"
#include "cards/body_mass.h"
#include "cards/course.h"
#include "cards/diagnosis.h"
#include "cards/glycaemia.h"
#include "cards/insulin.h"
#include "cards/insulin_dose.h"
#include "cards/laboratory.h"
#include "cards/medication.h"
#include "cards/ordered.h"
#include "cards/pregnancy.h"
#include "cards/referral.h"

namespace cards {

namespace {

using Needs = std::vector<Computation::Needs>;

Computation diagnosis_computation() {
  return {.name = "diagnosis",
          .kind = FactKind::recorded,
          .value_sets = {"any_of", "none_of"},
          .options = {{"clinical_status", {"active", "any"}}, {"verification", {"confirmed", "provisional"}}},
          .english =
              "A Condition with a code of the sets ({clinical_status} clinical status, {verification}). Without a "
              "clinical status it counts as active, without a verification status as confirmed; refuted and "
              "entered-in-error never count. An examination Observation of the same code counts when its value "
              "is true or present, and speaks against it when false or absent. Free text is not read.",
          .look = diagnosis};
}

Computation diagnosis_at_sample_computation() {
  return {.name = "diagnosis-at-sample",
          .kind = FactKind::recorded,
          .value_sets = {"any_of", "none_of"},
          .facts = {"sample"},
          .english =
              "A confirmed Condition with a code of the sets that was present on the day of the insulin sample "
              "(today when there is none): active and not begun later, or ended after it.",
          .look = diagnosis_at_sample};
}

Computation recent_diagnosis_computation() {
  return {.name = "recent-diagnosis",
          .kind = FactKind::recorded,
          .parameters = {{"within", "mo"}},
          .value_sets = {"any_of", "none_of"},
          .english =
              "An active, confirmed Condition with a code of the sets whose onset, or else whose recording, lies at "
              "most {within} months back.",
          .look = recent_diagnosis};
}

Computation medication_computation(std::string_view name, std::string_view english,
                                   Sighting (*look)(const Chart&, const Fact&), bool at_sample) {
  Computation computation{
      .name = name, .kind = FactKind::recorded, .value_sets = {"any_of", "none_of"}, .english = english, .look = look};
  computation.parameters = {{"within", "d"}};
  if (at_sample) computation.facts = {"sample"};
  return computation;
}

Computation medication_ever_computation() {
  return {.name = "medication-ever",
          .kind = FactKind::recorded,
          .value_sets = {"any_of", "none_of"},
          .english = "A medicine of the sets, now or at any time in the past.",
          .look = medication_ever};
}

Computation glucocorticoid_computation() {
  return {.name = "systemic-glucocorticoid",
          .kind = FactKind::recorded,
          .parameters = {{"within", "d"}, {"replacement", "mg/d"}},
          .value_sets = {"any_of", "none_of", "replacement"},
          .facts = {"sample"},
          .english =
              "A glucocorticoid by mouth, into a vein, muscle or joint (or without a stated route) taken within "
              "{within} days before the insulin sample. Inhaled, topical and other local routes do not count, nor "
              "does hydrocortisone of at most {replacement} mg a day.",
          .look = systemic_glucocorticoid};
}

Computation pregnancy_computation() {
  return {.name = "pregnancy-at-sample",
          .kind = FactKind::recorded,
          .parameters = {{"postpartum", "wk"}, {"longest", "wk"}},
          .value_sets = {"any_of"},
          .facts = {"sample"},
          .english =
              "Pregnant on the day of the insulin sample, or delivered less than {postpartum} weeks before it. A "
              "pregnancy that was never closed in the record counts for {longest} weeks.",
          .look = pregnancy_at_sample};
}

Computation acute_illness_computation() {
  return {.name = "acute-illness-at-sample",
          .kind = FactKind::recorded,
          .parameters = {{"within", "d"}},
          .value_sets = {"any_of"},
          .facts = {"sample"},
          .english =
              "An inpatient, acute or emergency Encounter on the day of the insulin sample, or a Condition of the sets "
              "that began at most {within} days before it.",
          .look = acute_illness_at_sample};
}

Computation known_to_service_computation() {
  return {
      .name = "known-to-service",
      .kind = FactKind::recorded,
      .texts = {"names"},
      .english =
          "A referral that is active, on hold or completed whose performer or text is exactly one of the names listed "
          "(upper or lower case).",
      .look = known_to_service};
}

Computation age_computation() {
  return {.name = "age",
          .kind = FactKind::measure,
          .unit = "a",
          .english = "Age today in whole years, by the calendar.",
          .look = age};
}

Computation body_mass_computation() {
  return {
      .name = "body-mass-index",
      .kind = FactKind::measure,
      .unit = "kg/m2",
      .parameters = {{"adult_age", "a"},
                     {"adult_current", "mo"},
                     {"adult_oldest", "mo"},
                     {"child_current", "mo"},
                     {"child_oldest", "mo"},
                     {"disagreement", "%"},
                     {"adult_weight_least", "kg"},
                     {"adult_weight_most", "kg"},
                     {"adult_height_least", "m"},
                     {"adult_height_most", "m"}},
      .value_sets = {"bmi", "bmi_exclude", "weight", "height"},
      .facts = {"sample", "pregnancy"},
      .english =
          "The recorded body mass index, or weight divided by height squared (of one day; in adults with any height "
          "measured from the age of {adult_age}). Where both exist for a day and differ by more than "
          "{disagreement} %, the computed one is used. Adults: current within {adult_current} months, used with a "
          "remark up to {adult_oldest} months. Children: {child_current} and {child_oldest} months. Adult weights "
          "outside {adult_weight_least} to {adult_weight_most} kg and heights outside {adult_height_least} to "
          "{adult_height_most} m are not used. Weights in pregnancy are not used. Of several the one nearest to the "
          "insulin sample counts.",
      .look = body_mass_index};
}

Computation age_group_computation() {
  return {.name = "age-group",
          .kind = FactKind::finding,
          .certain = {"adult", "child", "infant"},
          .uncertain = {"unclear"},
          .parameters = {{"adult_age", "a"}, {"infant_age", "a"}},
          .facts = {"bmi"},
          .english =
              "On the day of the BMI (today when there is none): infant below {infant_age} years, child below "
              "{adult_age} years, adult from the birthday on.",
          .look = age_group};
}

Computation z_score_computation() {
  return {.name = "bmi-z-score",
          .kind = FactKind::measure,
          .unit = "{Zscore}",
          .parameters = {{"adult_age", "a"},
                         {"near_from", "{Zscore}"},
                         {"near_to", "{Zscore}"},
                         {"adult_near", "mo"},
                         {"adult_limit", "kg/m2"}},
          .facts = {"bmi"},
          .english =
              "The Z-score of the BMI for age and sex on the day of the BMI, by the LMS method with the growth "
              "reference in "
              "force (WHO 2006 below 5 years and WHO 2007 above; UK-WHO where the site has configured the UK90 table). "
              "Without a recorded sex both are computed and both must agree. By the WHO reference a Z-score above "
              "{near_from} and up to {near_to} carries the remark that UK-WHO may decide differently; a BMI of at "
              "least {adult_limit} in the last {adult_near} months before the age of {adult_age}, that the adult limit "
              "will apply. Not applicable from the age of {adult_age}.",
          .look = bmi_z_score};
}

Computation hyperinsulinaemia_computation() {
  return {
      .name = "severe-hyperinsulinaemia",
      .kind = FactKind::finding,
      .certain = {"yes", "no"},
      .uncertain = {"borderline", "fasting-not-stated", "exogenous", "ratio", "confounded", "old", "discordant",
                    "indeterminate", "unknown"},
      .parameters = {{"fasting", "pmol/L"},
                     {"ogtt_peak", "pmol/L"},
                     {"fasting_hours", "h"},
                     {"ogtt_minutes", "min"},
                     {"window", "mo"},
                     {"oldest", "mo"},
                     {"insulin_washout", "d"},
                     {"acute_illness", "d"},
                     {"c_peptide_ratio", "1"},
                     {"near_threshold", "%"},
                     {"plateau", "pmol/L"},
                     {"plateau_ratio", "1"},
                     {"plateau_values", "1"}},
      .value_sets = {"fasting", "baseline", "unspecified", "post_60", "post_120", "post_180", "not_for_criterion",
                     "glucose_challenge", "c_peptide", "insulin_medicine", "acute_illness", "diabetes"},
      .definitions = {"explained"},
      .english =
          "Yes: a fasting insulin above {fasting} pmol/L, or a peak above {ogtt_peak} pmol/L up to {ogtt_minutes} "
          "minutes "
          "after the load of an oral glucose tolerance test, at most {window} months old. Fasting is proved by the "
          "code, by a "
          "specimen of at least {fasting_hours} hours without food, or by the 0-minute sample of a test; never "
          "guessed. "
          "No: fasting (or not stated) and not above. Borderline: above only by the other conversion factor in use "
          "(see Units). "
          "Exogenous: "
          "raised with insulin injected in the {insulin_washout} days before. Ratio: raised, and C-peptide divided by "
          "insulin in the same sample is below {c_peptide_ratio}. Confounded: raised, in an acute admission, within "
          "{acute_illness} days of an acute illness, or in a haemolysed, lipaemic or insufficient sample. Old: raised, "
          "older "
          "than {window} months and at most {oldest} months. Discordant: raised, a later value normal, no diabetes on "
          "record; "
          "with diabetes the raised value stands. Indeterminate: the laboratory's < or > leaves it open. A value up to "
          "{near_threshold} % above the limit carries a remark; so do near-identical values of a test (at least "
          "{plateau_values}, "
          "all above {plateau} "
          "pmol/L, highest by lowest below {plateau_ratio}).",
      .look = severe_hyperinsulinaemia};
}

Computation insulin_value_computation() {
  return {.name = "insulin-value",
          .kind = FactKind::measure,
          .unit = "pmol/L",
          .facts = {"sample"},
          .english = "The insulin value that was looked at for severe hyperinsulinaemia.",
          .look = insulin_value};
}

Computation result_at_sample_computation() {
  return {
      .name = "result-at-sample",
      .kind = FactKind::measure,
      .parameters = {{"within", "mo"}},
      .value_sets = {"any_of", "none_of"},
      .facts = {"sample"},
      .options = {{"analyte", {"egfr"}}},
      .english =
          "The latest usable {analyte} result on the day of the insulin sample (today when there is none) or in the "
          "{within} months before it.",
      .look = result_at_sample};
}

Computation latest_result_computation() {
  return {.name = "latest-result",
          .kind = FactKind::measure,
          .parameters = {{"within", "mo"}},
          .value_sets = {"any_of", "none_of"},
          .options = {{"analyte",
                       {"c-peptide", "glucose", "hba1c", "triglyceride", "cholesterol", "testosterone", "adiponectin",
                        "egfr", "weight", "height"}}},
          .english = "The latest usable {analyte} result of the last {within} months.",
          .look = latest_result};
}

Computation daily_dose_computation() {
  return {
      .name = "daily-insulin-dose",
      .kind = FactKind::measure,
      .unit = "U/d",
      .parameters = {{"recorded_within", "mo"}, {"sustained", "d"}},
      .value_sets = {"any_of", "recorded"},
      .english =
          "A mean total daily insulin dose recorded in the last {recorded_within} months, else the standing insulin "
          "orders added up: dose times how often a day, all insulins together, concentrated ones in units. Left out "
          "and "
          "named on the card: doses as needed, ranges and sliding scales, doses not in units, doses without a "
          "frequency, infusions without a rate. Of several orders for one product the latest counts, unless they "
          "begin on one day. At least one of the orders must have stood for {sustained} days. Statements are read only "
          "where no order can be.",
      .look = daily_insulin_dose};
}

Computation dose_per_kilogram_computation() {
  return {.name = "insulin-dose-per-kilogram",
          .kind = FactKind::measure,
          .unit = "U/kg/d",
          .facts = {"dose", "weight"},
          .english = "The daily insulin dose divided by the weight.",
          .look = insulin_dose_per_kilogram};
}

Computation dose_escalated_computation() {
  return {.name = "insulin-dose-escalated",
          .kind = FactKind::recorded,
          .parameters = {{"within", "mo"}, {"factor", "1"}},
          .value_sets = {"any_of", "recorded"},
          .facts = {"dose"},
          .english =
              "The daily insulin dose is at least {factor} times the lowest one on record within {within} months "
              "(recorded mean "
              "doses, and the orders that stood on each day on which one began).",
          .look = insulin_dose_escalated};
}

Computation spontaneous_hypoglycaemia_computation() {
  return {.name = "spontaneous-hypoglycaemia",
          .kind = FactKind::recorded,
          .parameters = {{"below", "mmol/L"}, {"within", "mo"}, {"washout", "d"}},
          .value_sets = {"glucose", "coded", "lowering"},
          .english =
              "A glucose below {below} mmol/L, or a coded spontaneous hypoglycaemia, in the last {within} months in "
              "somebody who "
              "had taken neither insulin nor a sulfonylurea in the {washout} days before.",
          .look = spontaneous_hypoglycaemia};
}

Computation hypoglycaemia_on_insulin_computation() {
  return {.name = "hypoglycaemia-on-insulin",
          .kind = FactKind::recorded,
          .parameters = {{"below", "mmol/L"}, {"above", "mmol/L"}, {"within", "mo"}, {"washout", "d"}},
          .value_sets = {"glucose", "coded", "insulin"},
          .english =
              "A glucose below {below} mmol/L or a coded hypoglycaemia on insulin (used on that day or in the "
              "{washout} days before), and a glucose above {above} mmol/L, all in the last {within} months.",
          .look = hypoglycaemia_on_insulin};
}

Computation labile_glucose_computation() {
  return {.name = "labile-glucose",
          .kind = FactKind::recorded,
          .parameters = {{"below", "mmol/L"}, {"above", "mmol/L"}, {"apart", "d"}, {"within", "mo"}},
          .value_sets = {"glucose"},
          .english =
              "A glucose below {below} and one above {above} mmol/L at most {apart} days apart, in the last {within} "
              "months.",
          .look = labile_glucose};
}

Computation hyperinsulinaemic_hypoglycaemia_computation() {
  return {.name = "hyperinsulinaemic-hypoglycaemia",
          .kind = FactKind::recorded,
          .parameters = {{"below", "mmol/L"}, {"insulin", "pmol/L"}, {"within", "mo"}, {"washout", "d"}},
          .value_sets = {"glucose", "insulin_result", "not_insulin", "lowering"},
          .english =
              "A glucose below {below} mmol/L with insulin of at least {insulin} pmol/L in the same sample (the same "
              "specimen or "
              "the same moment), in the last {within} months, in somebody who had taken neither insulin nor a "
              "sulfonylurea in "
              "the {washout} days before.",
          .look = hyperinsulinaemic_hypoglycaemia};
}

Computation antibody_computation() {
  return {
      .name = "antibody",
      .kind = FactKind::finding,
      .certain = {"positive", "negative"},
      .uncertain = {"unknown"},
      .value_sets = {"any_of"},
      .texts = {"names"},
      .english =
          "A result coded as positive or negative, or so interpreted by the laboratory, for a test with a code of the "
          "sets or "
          "with exactly one of the names listed (upper or lower case). A positive result is not cancelled by a later "
          "negative one.",
      .look = antibody};
}

Computation recent_onset_computation() {
  return {.name = "recent-onset",
          .kind = FactKind::recorded,
          .parameters = {{"within", "mo"}},
          .value_sets = {"any_of", "first_order"},
          .english =
              "Every Condition of the sets on record began (or else was recorded) in the last {within} months. Where "
              "there is none, "
              "a first insulin order in that time stands for it.",
          .look = recent_onset};
}

Computation long_standing_computation() {
  return {.name = "long-standing",
          .kind = FactKind::recorded,
          .parameters = {{"longer", "mo"}},
          .value_sets = {"any_of"},
          .english = "An active, confirmed Condition of the sets that began more than {longer} months ago.",
          .look = long_standing};
}

Computation weight_loss_computation() {
  return {.name = "weight-loss",
          .kind = FactKind::measure,
          .unit = "%",
          .parameters = {{"latest_within", "mo"}, {"from", "mo"}, {"to", "mo"}},
          .value_sets = {"weight"},
          .english =
              "The loss from the highest weight measured {from} to {to} months before the latest weight, in percent of "
              "it; the "
              "latest is at most {latest_within} months old.",
          .look = weight_loss};
}

Computation sex_computation() {
  return {.name = "sex",
          .kind = FactKind::finding,
          .certain = {"female", "male"},
          .uncertain = {"unknown"},
          .english = "The recorded birth sex, else the administrative gender. Only used to read androgens.",
          .look = sex};
}

Computation above_range_computation() {
  return {
      .name = "above-laboratory-range",
      .kind = FactKind::recorded,
      .parameters = {{"within", "mo"}},
      .value_sets = {"any_of"},
      .options = {{"analyte", {"testosterone"}}},
      .english =
          "The latest {analyte} of the last {within} months that the laboratory judged is above its own upper limit.",
      .look = above_laboratory_range};
}

Computation admitted_today_computation() {
  return {.name = "admitted-today",
          .kind = FactKind::recorded,
          .english = "An inpatient, acute or emergency Encounter that holds today.",
          .look = admitted_today};
}

Computation ordered_medicine_computation() {
  return {.name = "ordered-medicine",
          .kind = FactKind::recorded,
          .value_sets = {"any_of", "none_of", "oral_unless_said"},
          .options = {{"route", {"any", "oral"}}},
          .english =
              "A medicine of the sets is among the orders that are asked about ({route} route). Where the route has to "
              "be oral, the order says so, or it says nothing and its code is of the sets that are oral unless said.",
          .look = ordered_medicine};
}

Computation ordered_test_computation() {
  return {.name = "ordered-test",
          .kind = FactKind::recorded,
          .value_sets = {"any_of", "none_of"},
          .texts = {"names"},
          .options = {{"among", {"selected", "all"}}},
          .english =
              "A test with a code of the sets, or with exactly one of the names listed (upper or lower case), is among "
              "the orders ({among}: selected are those that are asked about, all are those that were sent with them).",
          .look = ordered_test};
}

Computation ordered_test_not_fasting_computation() {
  return {.name = "ordered-test-not-fasting",
          .kind = FactKind::recorded,
          .value_sets = {"any_of", "none_of"},
          .texts = {"names", "fasting_words"},
          .english =
              "A test with a code of the sets, or with exactly one of the names listed, is among the orders that are "
              "asked about, and neither its name nor its instructions and notes hold one of the words for fasting.",
          .look = ordered_test_not_fasting};
}

Computation ordered_insulin_dose_computation() {
  return {
      .name = "ordered-insulin-dose",
      .kind = FactKind::measure,
      .unit = "U/d",
      .value_sets = {"any_of"},
      .english =
          "The insulin orders that are asked about, added up as standing orders are. An order replaces the standing "
          "ones for the same product and the prior prescription that it names. Whether it replaces or adds to those "
          "for other products is not known: the dose then lies between the orders alone and both together, and a "
          "limit counts as passed only when the orders alone pass it. A dose that cannot be counted leaves the upper "
          "end open. A recorded mean daily dose is not added.",
      .look = ordered_insulin_dose};
}

Computation holds_today_computation() {
  return {.name = "holds-today",
          .kind = FactKind::recorded,
          .facts = {"sample"},
          .definitions = {"asked"},
          .english = "The definition holds when it is asked for today instead of the day of the insulin sample.",
          .look = holds_today};
}

Computation this_day_computation() {
  return {.name = "this-day", .kind = FactKind::recorded, .english = "Today: always so.", .look = this_day};
}

std::vector<Computation> all() {
  std::vector<Computation> table{diagnosis_computation(),
                                 diagnosis_at_sample_computation(),
                                 recent_diagnosis_computation(),
                                 glucocorticoid_computation(),
                                 pregnancy_computation(),
                                 age_computation(),
                                 body_mass_computation(),
                                 age_group_computation(),
                                 z_score_computation(),
                                 hyperinsulinaemia_computation(),
                                 insulin_value_computation(),
                                 latest_result_computation(),
                                 result_at_sample_computation(),
                                 acute_illness_computation(),
                                 known_to_service_computation(),
                                 daily_dose_computation(),
                                 dose_per_kilogram_computation(),
                                 dose_escalated_computation(),
                                 spontaneous_hypoglycaemia_computation(),
                                 hypoglycaemia_on_insulin_computation(),
                                 labile_glucose_computation(),
                                 hyperinsulinaemic_hypoglycaemia_computation(),
                                 antibody_computation(),
                                 recent_onset_computation(),
                                 long_standing_computation(),
                                 weight_loss_computation(),
                                 sex_computation(),
                                 above_range_computation(),
                                 admitted_today_computation(),
                                 ordered_medicine_computation(),
                                 ordered_test_computation(),
                                 ordered_test_not_fasting_computation(),
                                 ordered_insulin_dose_computation(),
                                 holds_today_computation(),
                                 this_day_computation()};
  table.push_back(medication_computation("medication", "A medicine of the sets in use within the last {within} days.",
                                         medication, false));
  table.push_back(medication_computation(
      "medication-at-sample", "A medicine of the sets in use within {within} days before the insulin sample.",
      medication_at_sample, true));
  table.push_back(medication_ever_computation());
  return table;
}

}  // namespace

const std::vector<Computation>& computations() {
  static const std::vector<Computation> table = all();
  return table;
}

const Computation* computation(std::string_view name) {
  const auto& table = computations();
  const auto found = std::find_if(table.begin(), table.end(), [&](const Computation& c) { return c.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace cards
