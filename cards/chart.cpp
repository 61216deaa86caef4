#include "cards/chart.h"

#include <algorithm>

namespace cards {

namespace {

template <class Resources, class Look>
std::vector<SetBits> looked_up(const Resources& resources, Look look) {
  std::vector<SetBits> bits;
  bits.reserve(resources.size());
  for (const auto& resource : resources) bits.push_back(look(resource));
  return bits;
}

}  // namespace

Chart::Chart(const fhir::Record& record, const Knowledge::Content& knowledge, fhir::Day today)
    : record_(record), knowledge_(knowledge), today_(today), sightings_(knowledge.facts.size()) {
  const auto& codes = knowledge.codes;
  observation_sets_ = looked_up(record.observations, [&](const auto& o) { return codes.sets_of(o.code); });
  condition_sets_ = looked_up(record.conditions, [&](const auto& c) { return codes.sets_of(c.code); });
  medication_sets_ = looked_up(record.medications, [&](const fhir::MedicationUse& use) {
    auto bits = codes.sets_of(use.medication);
    for (const auto& ingredient : use.ingredients) bits |= codes.sets_of(ingredient);
    return bits;
  });
  component_sets_.resize(record.observations.size());
  for (std::size_t i = 0; i < record.observations.size(); ++i) {
    component_sets_[i] =
        looked_up(record.observations[i].components, [&](const auto& c) { return codes.sets_of(c.code); });
  }
}

const SetBits& Chart::component_sets(std::size_t observation, std::size_t component) const {
  return component_sets_[observation][component];
}

const Sighting& Chart::sighting(std::size_t position) const {
  if (!sightings_[position]) {
    const auto& fact = knowledge_.facts[position];
    sightings_[position] = fact.computation->look(*this, fact);
  }
  return *sightings_[position];
}

const Sighting& Chart::sighting(std::string_view fact_id) const {
  return sighting(knowledge_.fact_by_id.find(fact_id)->second);
}

void Chart::report(fhir::Unreadable unreadable) const {
  const bool known = std::find(unreadable_.begin(), unreadable_.end(), unreadable) != unreadable_.end();
  if (!known) unreadable_.push_back(std::move(unreadable));
}

std::optional<Chart::Birth> Chart::birth() const {
  if (!record_.patient || !record_.patient->birth) return std::nullopt;
  const auto& birth = *record_.patient->birth;
  const Birth days{birth.earliest_day(), birth.latest_day()};
  if (is_in_future(days.earliest)) return std::nullopt;
  return days;
}

}  // namespace cards
