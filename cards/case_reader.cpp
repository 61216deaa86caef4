#include <algorithm>
#include <array>
#include <cstdlib>

#include "cards/case_code.h"
#include "cards/case_record.h"
#include "cards/case_words.h"
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

struct Failure {
  std::string what;
};
template <class T>
using Parsed = tl::expected<T, Failure>;

tl::unexpected<Failure> fail(std::string what) {
  return tl::unexpected<Failure>(Failure{std::move(what)});
}

tl::unexpected<Failure> not_understood(const CaseSentence& sentence) {
  if (sentence.at_end()) return fail("ends too early");
  return fail("has the unknown word \"" + std::string(sentence.front()) + "\"");
}

// 'Intestinal lipodystrophy': what somebody wrote, without a code.
Parsed<CaseCode> read_text(CaseSentence& sentence) {
  auto text = sentence.word().substr(1);
  while (!text.ends_with('\'')) {
    if (sentence.at_end()) return fail("has no second quotation mark");
    text += " " + sentence.word();
  }
  text.pop_back();
  if (text.empty()) return fail("quotes nothing");
  return CaseCode{{}, {}, {}, text};
}

Parsed<CaseCode> read_code(CaseSentence& sentence, const CodeIndex& codes) {
  if (sentence.front().starts_with('\'')) return read_text(sentence);
  auto code = code_for(sentence.front(), codes);
  if (!code) return fail("names neither a value set nor a code: \"" + std::string(sentence.front()) + "\"");
  (void)sentence.word();
  return *code;
}

// "on 2026-05-16" and the like; true when the word stood there with a date behind it.
bool take_date(CaseSentence& sentence, std::string_view word, std::string& date) {
  if (!sentence.take(word)) return false;
  date = sentence.date();
  return !date.empty();
}

// ---- measurements

class MeasurementReader {
 public:
  MeasurementReader(std::string_view what, std::string_view text, fhir::Day today) : in_(text) {
    one_.what = what;
    one_.date = fhir::iso_date(today - usual_age);
  }

  Parsed<CaseMeasurement> read() {
    read_value();
    if (one_.value.empty()) return not_understood(in_);
    read_timing();
    if (one_.what == "insulin" && one_.timing == CaseTiming::none) {
      return fail("does not say how the sample was taken: fasting, fasting not stated, not fasting, ogtt …");
    }
    while (!in_.at_end()) {
      if (!read_status() && !read_sample() && !read_encounter() && !read_when() && !read_range())
        return not_understood(in_);
    }
    return one_;
  }

 private:
  void read_value() {
    auto word = in_.word();
    for (const std::string_view sign : {"<=", ">=", "<", ">"}) {
      if (word.rfind(sign, 0) != 0) continue;
      one_.comparator = sign;
      word.erase(0, sign.size());
      break;
    }
    CaseSentence digits(word);
    one_.value = digits.number();
    if (!in_.take("(no unit)")) one_.unit = in_.word();
  }

  void read_timing() {
    if (one_.what != "insulin") {
      if (in_.take("fasting")) one_.timing = CaseTiming::fasting_by_code;
      return;
    }
    if (in_.take("fasting not stated"))
      one_.timing = CaseTiming::not_stated;
    else if (in_.take("fasting by specimen"))
      one_.timing = CaseTiming::fasting_by_specimen;
    else if (in_.take("fasting but specimen not fasting"))
      one_.timing = CaseTiming::fasting_contradicted;
    else if (in_.take("not fasting"))
      one_.timing = CaseTiming::not_fasting;
    else if (in_.take("fasting"))
      one_.timing = CaseTiming::fasting_by_code;
    else if (in_.take("baseline"))
      one_.timing = CaseTiming::baseline;
    else if (in_.take("fasted"))
      read_hours();
    else if (in_.take("ogtt"))
      read_minutes();
    else
      read_load();
  }

  void read_hours() {
    one_.hours = in_.number();
    if (!one_.hours.empty() && in_.take("h")) one_.timing = CaseTiming::fasted_hours;
  }

  void read_minutes() {
    one_.minutes = in_.number();
    if (!one_.minutes.empty() && in_.take("min")) one_.timing = CaseTiming::after_load_by_component;
  }

  void read_load() {
    if (in_.take("1 h after load"))
      one_.load_set = "insulin-post-60";
    else if (in_.take("2 h after load"))
      one_.load_set = "insulin-post-120";
    else if (in_.take("3 h after load"))
      one_.load_set = "insulin-post-180";
    if (!one_.load_set.empty()) one_.timing = CaseTiming::after_load_by_code;
  }

  bool read_status() {
    if (in_.take("status unknown")) {
      one_.status = "unknown";
      return true;
    }
    const auto word =
        in_.take_one_of({"preliminary", "amended", "corrected", "registered", "cancelled", "entered-in-error"});
    if (word.empty()) return false;
    one_.status = word;
    return true;
  }

  // HL7 v2 tables 0493 and 0488, as laboratories send them in Specimen.condition.
  bool read_sample() {
    if (in_.take("haemolysed"))
      one_.sample_condition = "HEM";
    else if (in_.take("lipaemic"))
      one_.sample_condition = "LIP";
    else if (in_.take("insufficient"))
      one_.sample_condition = "QNS";
    else if (in_.take("in sample"))
      return !(one_.sample = in_.word()).empty();
    else
      return false;
    return true;
  }

  bool read_encounter() {
    if (in_.take("inpatient"))
      one_.encounter_class = "IMP";
    else if (in_.take("emergency"))
      one_.encounter_class = "EMER";
    else if (in_.take("outpatient"))
      one_.encounter_class = "AMB";
    else
      return false;
    return true;
  }

  bool read_when() {
    if (in_.take("undated")) return one_.undated = true;
    if (in_.take("at")) return !(one_.time = in_.time_of_day()).empty();
    return take_date(in_, "on", one_.date);
  }

  bool read_range() {
    if (!in_.take("range")) return false;
    const auto ends = in_.word();
    const auto dash = ends.find('-');
    if (dash == std::string::npos) return false;
    one_.range_low = CaseSentence(ends.substr(0, dash)).number();
    one_.range_high = CaseSentence(ends.substr(dash + 1)).number();
    return !one_.range_low.empty() && !one_.range_high.empty();
  }

  CaseSentence in_;
  CaseMeasurement one_;
};

// ---- conditions, medicines and the rest

Parsed<CaseCondition> read_condition(std::string_view text, const CodeIndex& codes) {
  CaseSentence in(text);
  auto code = read_code(in, codes);
  if (!code) return tl::unexpected<Failure>(code.error());
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
  if (!code) return tl::unexpected<Failure>(code.error());
  CaseExamination one{.code = *code, .present = false, .date = date};
  const auto result = in.take_one_of({"present", "absent"});
  if (result.empty()) return not_understood(in);
  one.present = result == "present";
  if (!in.at_end() && (!take_date(in, "on", one.date) || !in.at_end())) return not_understood(in);
  return one;
}

class MedicineReader {
 public:
  MedicineReader(std::string_view text, const CodeIndex& codes) : in_(text), codes_(codes) {}

  Parsed<CaseMedicine> read() {
    auto code = read_code(in_, codes_);
    if (!code) return tl::unexpected<Failure>(code.error());
    one_.code = *code;
    one_.dose = in_.number();
    if (!one_.dose.empty()) {
      one_.unit = in_.word();
      if (!read_frequency()) return not_understood(in_);
    }
    while (!in_.at_end()) {
      if (!read_route() && !read_status() && !take_date(in_, "from", one_.from) &&
          !take_date(in_, "until", one_.until)) {
        return not_understood(in_);
      }
    }
    return one_;
  }

 private:
  bool times(std::string frequency, std::string period, std::string unit) {
    one_.frequency = std::move(frequency);
    one_.period = std::move(period);
    one_.period_unit = std::move(unit);
    return true;
  }

  bool read_frequency() {
    if (in_.take("daily")) return times("1", "1", "d");
    if (in_.take("twice daily")) return times("2", "1", "d");
    if (in_.take("weekly")) return times("1", "1", "wk");
    if (in_.take("with meals")) return one_.with_meals = true;
    if (in_.take("as needed")) return one_.as_needed = true;
    if (in_.take("every")) {
      const auto period = in_.number();
      const auto unit = in_.take_one_of({"h", "d"});
      return !period.empty() && !unit.empty() && times("1", period, std::string(unit));
    }
    const auto frequency = in_.number();
    return !frequency.empty() && in_.take("times daily") && times(frequency, "1", "d");
  }

  bool read_route() {
    const auto route = in_.take_one_of(
        {"oral", "intravenous", "intramuscular", "subcutaneous", "intra-articular", "inhaled", "topical"});
    if (!route.empty()) one_.route = route;
    return !route.empty();
  }

  bool read_status() {
    if (in_.take("stated"))
      one_.resource = "MedicationStatement";
    else if (in_.take("given"))
      one_.resource = "MedicationAdministration";
    else {
      const auto status =
          in_.take_one_of({"active", "completed", "stopped", "on-hold", "draft", "cancelled", "entered-in-error"});
      if (status.empty()) return false;
      one_.status = status;
    }
    return true;
  }

  CaseSentence in_;
  const CodeIndex& codes_;
  CaseMedicine one_;
};

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
  if (name.empty() || result.empty()) return fail("says neither positive nor negative of a test");
  one.positive = result == "positive";
  one.code = code_for(name, codes).value_or(CaseCode{{}, {}, {}, name});
  if (!in.at_end() && (!take_date(in, "on", one.date) || !in.at_end())) return not_understood(in);
  return one;
}

Parsed<CaseReferral> read_referral(std::string_view text) {
  auto [performer, status] = CaseSentence(text).split_at_last_word();
  constexpr std::array<std::string_view, 7> known = {"draft",     "active",           "on-hold", "revoked",
                                                     "completed", "entered-in-error", "unknown"};
  if (std::find(known.begin(), known.end(), status) == known.end()) return fail("does not end with a status");
  return CaseReferral{std::move(performer), std::move(status)};
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
  return known ? Parsed<std::string>(std::string(text)) : fail("is no prefetch key");
}

// ---- age

// The birth date of somebody who is "17 a 10 mo" old on a day.
Parsed<std::string> birth_date_of(std::string_view age, fhir::Day on) {
  CaseSentence in(age);
  int months = 0;
  std::chrono::days days{0};
  if (in.at_end()) return fail("is empty");
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
      each(word, one_.measurements,
           [&](std::string_view text) { return MeasurementReader(word, text, today_).read(); });
    }
    each("conditions", one_.conditions, [&](std::string_view text) { return read_condition(text, codes_); });
    each("examinations", one_.examinations,
         [&](std::string_view text) { return read_examination(text, codes_, usual_date_); });
    each("medicines", one_.medicines, [&](std::string_view text) { return MedicineReader(text, codes_).read(); });
    each("family", one_.family, [&](std::string_view text) { return read_family(text, codes_); });
    each("antibodies", one_.antibodies,
         [&](std::string_view text) { return read_antibody(text, codes_, usual_date_); });
    each("referrals", one_.referrals, read_referral);
    each("admissions", one_.admissions, read_admission);
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
