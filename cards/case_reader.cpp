#include <algorithm>
#include <array>
#include <cstdlib>

#include "cards/case_code.h"
#include "cards/case_parse.h"
#include "cards/case_record.h"
#include "cards/content.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;

// Measurements are of this many days before today unless a case says otherwise.
constexpr std::chrono::days usual_age{30};

constexpr std::array<std::string_view, 15> measurements = {
    "bmi",         "weight", "height", "insulin", "c-peptide",    "glucose", "triglyceride", "hdl-cholesterol",
    "adiponectin", "leptin", "hba1c",  "egfr",    "testosterone", "shbg",    "insulin-dose"};

constexpr std::array<std::string_view, 6> prefetch_keys = {"patient",     "conditions",    "observations",
                                                           "medications", "familyHistory", "referrals"};

// ---- sentences

Parsed<CaseCondition> read_condition(std::string_view text, const CodeIndex& codes) {
  CaseSentence in(text);
  auto code = read_code(in, codes);
  if (!code) return tl::unexpected<Misunderstanding>(code.error());
  CaseCondition one{.code = *code, .clinical = {}, .verification = {}, .from = {}, .until = {}, .recorded = {}};
  while (!in.at_end()) {
    const auto clinical = in.take_one_of({"active", "inactive", "resolved", "remission", "recurrence", "relapse"});
    if (!clinical.empty()) {
      one.clinical = clinical;
      continue;
    }
    const auto verification =
        in.take_one_of({"confirmed", "provisional", "differential", "unconfirmed", "refuted", "entered-in-error"});
    if (!verification.empty()) {
      one.verification = verification;
      continue;
    }
    const bool dated =
        take_date(in, "from", one.from) || take_date(in, "until", one.until) || take_date(in, "recorded", one.recorded);
    if (!dated) return not_understood(in);
  }
  return one;
}

Parsed<CaseExamination> read_examination(std::string_view text, const CodeIndex& codes, const std::string& date) {
  CaseSentence in(text);
  auto code = read_code(in, codes);
  if (!code) return tl::unexpected<Misunderstanding>(code.error());
  CaseExamination one{.code = *code, .present = false, .date = date};
  const auto result = in.take_one_of({"present", "absent"});
  if (result.empty()) return not_understood(in);
  one.present = result == "present";
  if (!in.at_end() && (!take_date(in, "on", one.date) || !in.at_end())) return not_understood(in);
  return one;
}

Parsed<CaseCode> read_family(std::string_view text, const CodeIndex& codes) {
  CaseSentence in(text);
  auto code = read_code(in, codes);
  if (code && !in.at_end()) return not_understood(in);
  return code;
}

Parsed<CaseAntibody> read_antibody(std::string_view text, const CodeIndex& codes, const std::string& date) {
  CaseAntibody one{.code = {}, .positive = false, .date = date};
  CaseSentence in(text);
  std::string name;
  std::string_view result;
  while (result.empty() && !in.at_end()) {
    result = in.take_one_of({"positive", "negative"});
    if (result.empty()) name += (name.empty() ? "" : " ") + in.word();
  }
  if (name.empty() || result.empty()) return misunderstood("says neither positive nor negative of a test");
  one.positive = result == "positive";
  one.code = code_for(name, codes).value_or(CaseCode{{}, {}, {}, name});
  if (!in.at_end() && (!take_date(in, "on", one.date) || !in.at_end())) return not_understood(in);
  return one;
}

Parsed<CaseReferral> read_referral(std::string_view text) {
  auto [performer, status] = CaseSentence(text).split_at_last_word();
  constexpr std::array<std::string_view, 7> known = {"draft",     "active",           "on-hold", "revoked",
                                                     "completed", "entered-in-error", "unknown"};
  if (std::find(known.begin(), known.end(), status) == known.end()) return misunderstood("does not end with a status");
  return CaseReferral{std::move(performer), std::move(status)};
}

constexpr std::string_view not_selected = " not selected";

// Takes the end of a sentence off when it stands there.
bool take_end(std::string_view& text, std::string_view end) {
  const bool there = text.ends_with(end);
  if (there) text.remove_suffix(end.size());
  return there;
}

Parsed<CaseOrder> read_order(std::string_view text, const CodeIndex& codes) {
  const bool is_selected = !take_end(text, not_selected);
  auto medicine = read_medicine(text, codes);
  if (!medicine) return tl::unexpected<Misunderstanding>(medicine.error());
  medicine->status = "draft";
  return CaseOrder{std::move(*medicine), is_selected};
}

Parsed<CaseTest> read_test(std::string_view text, const CodeIndex& codes) {
  CaseTest one;
  one.is_selected = !take_end(text, not_selected);
  one.is_fasting_told = take_end(text, " told to fast");
  one.code = code_for(text, codes).value_or(CaseCode{{}, {}, {}, std::string(text)});
  return one;
}

Parsed<CaseAdmission> read_admission(std::string_view text) {
  CaseSentence in(text);
  CaseAdmission one;
  if (in.take("inpatient"))
    one.encounter_class = "IMP";
  else if (in.take("acute"))
    one.encounter_class = "ACUTE";
  else if (in.take("emergency"))
    one.encounter_class = "EMER";
  else if (in.take("outpatient"))
    one.encounter_class = "AMB";
  else
    return not_understood(in);
  while (!in.at_end()) {
    if (!take_date(in, "from", one.from) && !take_date(in, "until", one.until)) return not_understood(in);
  }
  return one;
}

Parsed<std::string> read_prefetch_key(std::string_view text) {
  const bool known = std::find(prefetch_keys.begin(), prefetch_keys.end(), text) != prefetch_keys.end();
  return known ? Parsed<std::string>(std::string(text)) : misunderstood("is no prefetch key");
}

// ---- age

// The birth date of somebody who is "17 a 10 mo" old on a day.
Parsed<std::string> birth_date_of(std::string_view age, fhir::Day on) {
  CaseSentence in(age);
  int months = 0;
  std::chrono::days days{0};
  if (in.at_end()) return misunderstood("is empty");
  while (!in.at_end()) {
    const auto number = in.number();
    if (number.empty() || number.find_first_of(".-") != std::string::npos || number.size() > 4)
      return not_understood(in);
    const int count = std::atoi(number.c_str());
    if (in.take("a"))
      months += 12 * count;
    else if (in.take("mo"))
      months += count;
    else if (in.take("d"))
      days += std::chrono::days{count};
    else
      return not_understood(in);
  }
  return fhir::iso_date(fhir::months_before(on, months) - days);
}

class CaseReader {
 public:
  CaseReader(Json given, const std::string& path, fhir::Day today, const CodeIndex& codes)
      : in_(given, path), today_(today), usual_date_(fhir::iso_date(today - usual_age)), codes_(codes) {}

  Result<CaseRecord> read() {
    for (const auto word : measurements) {
      each(word, one_.measurements, [&](std::string_view text) { return read_measurement(word, text, usual_date_); });
    }
    each("conditions", one_.conditions, [&](std::string_view text) { return read_condition(text, codes_); });
    each("examinations", one_.examinations,
         [&](std::string_view text) { return read_examination(text, codes_, usual_date_); });
    each("medicines", one_.medicines, [&](std::string_view text) { return read_medicine(text, codes_); });
    each("family", one_.family, [&](std::string_view text) { return read_family(text, codes_); });
    each("antibodies", one_.antibodies,
         [&](std::string_view text) { return read_antibody(text, codes_, usual_date_); });
    each("referrals", one_.referrals, read_referral);
    each("admissions", one_.admissions, read_admission);
    each("orders", one_.orders, [&](std::string_view text) { return read_order(text, codes_); });
    each("tests", one_.tests, [&](std::string_view text) { return read_test(text, codes_); });
    each("new_conditions", one_.new_conditions, [&](std::string_view text) { return read_condition(text, codes_); });
    each("not_sent", one_.not_sent, read_prefetch_key);
    read_person();
    return in_.finish(std::move(one_));
  }

 private:
  template <class T, class Read>
  void each(std::string_view word, std::vector<T>& list, Read read_one) {
    const auto json = in_.optional(word);
    if (!json.present()) return;
    if (!json.is(fhir::JsonType::array) || json.size() == 0) return in_.complain(word, "is not a list of sentences");
    for (const auto element : json) {
      if (element.string().empty()) return in_.complain(word, "is not a list of sentences");
      auto parsed = read_one(element.string());
      if (!parsed) return in_.complain(word, "\"" + std::string(element.string()) + "\" " + parsed.error().what);
      list.push_back(std::move(*parsed));
    }
  }

  void read_person() {
    one_.called = in_.text_or("called", "");
    one_.sex = in_.text_or("sex", "");
    constexpr std::array<std::string_view, 5> sexes = {"", "female", "male", "other", "unknown"};
    if (std::find(sexes.begin(), sexes.end(), one_.sex) == sexes.end()) {
      in_.complain("sex", "is none of female, male, other, unknown");
    }
    one_.deceased = in_.boolean_or("deceased", false);
    const auto age = in_.text_or("age", "");
    one_.birth_date = in_.text_or("born", "");
    if (!age.empty() && !one_.birth_date.empty()) return in_.complain("age", "stands beside \"born\"");
    if (!one_.birth_date.empty() && CaseSentence(one_.birth_date).date().empty()) in_.complain("born", "is not a date");
    if (age.empty()) return;
    const auto born = birth_date_of(age, day_of_age());
    if (!born) return in_.complain("age", "\"" + age + "\" " + born.error().what);
    one_.birth_date = *born;
  }

  // Criteria pair age and BMI, so an age is that of the day of the BMI.
  fhir::Day day_of_age() const {
    for (const std::string_view what : {"bmi", "weight"}) {
      for (const auto& measurement : one_.measurements) {
        if (measurement.what != what || measurement.undated) continue;
        if (const auto time = fhir::read_time(measurement.date)) return time->earliest_day();
      }
    }
    return today_;
  }

  Fields in_;
  fhir::Day today_;
  std::string usual_date_;
  const CodeIndex& codes_;
  CaseRecord one_;
};

}  // namespace

Result<CaseRecord> read_case_record(Json given, const std::string& path, fhir::Day today, const Knowledge& knowledge) {
  return CaseReader(given, path, today, knowledge.content().codes).read();
}

}  // namespace cards
