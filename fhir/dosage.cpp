#include "fhir/resource.h"

namespace fhir {
namespace {

bool is_ordered(Json dose_and_rate) {
  const Concept type = read_concept(dose_and_rate["type"]);
  return type.has_code("ordered");
}

/// R4 keeps dose and rate in a list: what was ordered goes before what was calculated.
Json dose_holder(Json dosage) {
  const Json list = dosage["doseAndRate"];
  if (!is_given(list)) return dosage;
  Json chosen;
  for_each(list, [&](Json element) {
    if (!chosen.present() || (is_ordered(element) && !is_ordered(chosen))) chosen = element;
  });
  return chosen;
}

void read_dose(Json holder, Dosage& dosage, Notes& notes) {
  const Json dose = first_of(holder, {"doseQuantity", "dose", "quantityQuantity", "quantity"});
  dosage.dose = read_quantity(dose, dose.name(), notes);
  const Json range = single(first_of(holder, {"doseRange", "quantityRange"}));
  dosage.dose_low = read_quantity(range["low"], "doseRange.low", notes);
  dosage.dose_high = read_quantity(range["high"], "doseRange.high", notes);
  const auto& low = dosage.dose_low;
  const auto& high = dosage.dose_high;
  if (!dosage.dose && low && high && low->value == high->value && low->unit == high->unit && low->code == high->code) {
    dosage.dose = low;
  }
}

void read_rate(Json holder, Dosage& dosage, Notes& notes) {
  const Json ratio = single(holder["rateRatio"]);
  if (is_given(ratio)) {
    dosage.rate = read_quantity(ratio["numerator"], "rateRatio.numerator", notes);
    dosage.rate_per = read_quantity(ratio["denominator"], "rateRatio.denominator", notes);
    return;
  }
  const Json rate = first_of(holder, {"rateQuantity", "rateSimpleQuantity"});
  dosage.rate = read_quantity(rate, rate.name(), notes);
  if (is_given(holder["rateRange"])) notes.add("rateRange", "is a kind of rate that is not read");
}

void read_timing(Json timing, Dosage& dosage, Notes& notes) {
  timing = single(timing);
  dosage.timing_code = read_concept(timing["code"]);
  const Json repeat = timing["repeat"];
  dosage.frequency = read_positive(repeat["frequency"]);
  dosage.frequency_max = read_positive(repeat["frequencyMax"]);
  dosage.period = read_positive(repeat["period"]);
  dosage.period_unit = first_of(repeat, {"periodUnit", "periodUnits"}).string();
  if (dosage.period && !is_given(repeat["frequency"])) dosage.frequency = 1;
  dosage.times_of_day = read_texts(repeat["timeOfDay"]);
  dosage.when = read_texts(repeat["when"]);
  dosage.days_of_week = read_texts(repeat["dayOfWeek"]);
  const Json bounds = repeat["boundsPeriod"];
  dosage.bounds_start = read_time_at(bounds["start"], "timing.repeat.boundsPeriod.start", notes);
  dosage.bounds_end = read_time_at(bounds["end"], "timing.repeat.boundsPeriod.end", notes);
}

bool is_as_needed(Json json) {
  for (const std::string_view name : {"asNeededBoolean", "asNeeded"}) {
    if (const Json flag = json[name]; is_given(flag) && flag.boolean() != false) return true;
  }
  return is_given(json["asNeededCodeableConcept"]) || json["asNeededFor"].size() > 0;
}

Dosage read_dosage(Json json, Notes& notes) {
  Dosage dosage;
  dosage.text = json["text"].string();
  dosage.as_needed = is_as_needed(json);
  dosage.route = read_concept(json["route"]);
  const Json holder = dose_holder(json);
  read_dose(holder, dosage, notes);
  read_rate(holder, dosage, notes);
  const Json limit = single(json["maxDosePerPeriod"]);
  dosage.max_per_period = read_quantity(limit["numerator"], "maxDosePerPeriod.numerator", notes);
  dosage.max_period = read_quantity(limit["denominator"], "maxDosePerPeriod.denominator", notes);
  read_timing(json["timing"], dosage, notes);
  return dosage;
}

}  // namespace

std::vector<Dosage> read_dosages(Json json, Notes& notes) {
  std::vector<Dosage> dosages;
  for_each(json, [&](Json element) {
    if (!element.is(JsonType::object)) return;
    if (element["modifierExtension"].size() > 0) {
      notes.add("dosage.modifierExtension", "changes the meaning in a way that is not known");
      return;
    }
    dosages.push_back(read_dosage(element, notes));
  });
  return dosages;
}

}  // namespace fhir
