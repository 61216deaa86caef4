#include "cards/chart.h"

#include <algorithm>

namespace cards {

namespace {

/// `all` gathers what they have together.
template <class Resources, class Look>
std::vector<SetBits> looked_up(const Resources& resources, SetBits& all, Look look) {
  std::vector<SetBits> bits;
  bits.reserve(resources.size());
  for (const auto& resource : resources) all |= bits.emplace_back(look(resource));
  return bits;
}

SetBits sets_of(const fhir::MedicationUse& use, const CodeIndex& codes) {
  auto bits = codes.sets_of(use.medication);
  for (const auto& ingredient : use.ingredients) bits |= codes.sets_of(ingredient);
  return bits;
}

}  // namespace

Chart::Codes::Codes(const fhir::Record& record, const CodeIndex& index, std::span<const fhir::Condition> looked_at)
    : refutations(looked_at) {
  const auto of_code = [&](const auto& resource) { return index.sets_of(resource.code); };
  observations = looked_up(record.observations, all_observations, of_code);
  conditions = looked_up(record.conditions, all_conditions, of_code);
  medications = looked_up(record.medications, all_medications, [&](const auto& use) { return sets_of(use, index); });
  SetBits ordered;
  ordered_medications =
      looked_up(record.orders.medications, ordered, [&](const auto& one) { return sets_of(one.order, index); });
  ordered_requests =
      looked_up(record.orders.requests, ordered, [&](const auto& one) { return index.sets_of(one.order.code); });
  components.resize(record.observations.size());
  for (std::size_t i = 0; i < record.observations.size(); ++i)
    components[i] = looked_up(record.observations[i].components, all_observations, of_code);
}

Chart::Chart(const fhir::Record& record, const Knowledge::Content& knowledge, fhir::Day today, News news)
    : record_(record),
      knowledge_(knowledge),
      today_(today),
      conditions_(record.conditions.data(),
                  record.conditions.size() - (news == News::included ? 0 : record.new_conditions)),
      codes_(std::make_shared<const Codes>(record, knowledge.codes, conditions_)),
      sightings_(knowledge.facts.size()) {}

Chart Chart::afresh() const {
  Chart chart = *this;
  std::fill(chart.sightings_.begin(), chart.sightings_.end(), std::nullopt);
  chart.found_readings_.clear();
  chart.unreadable_.clear();
  chart.reported_.clear();
  return chart;
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
  std::string key;
  for (const auto* part : {&unreadable.reference, &unreadable.path, &unreadable.reason, &unreadable.shown})
    key.append(*part).push_back('\0');
  if (reported_.insert(std::move(key)).second) unreadable_.push_back(std::move(unreadable));
}

std::optional<Chart::Birth> Chart::birth() const {
  if (!record_.patient || !record_.patient->birth) return std::nullopt;
  const auto& birth = *record_.patient->birth;
  const Birth days{birth.earliest_day(), birth.latest_day()};
  if (is_in_future(days.earliest)) return std::nullopt;
  return days;
}

}  // namespace cards
