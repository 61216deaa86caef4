#include "cards/referral.h"

#include <algorithm>
#include <array>

#include "cards/print.h"

namespace cards {

namespace {

constexpr std::array<std::string_view, 3> standing = {"active", "on-hold", "completed"};

bool names_one(const fhir::ServiceRequest& request, const std::vector<std::string>& names) {
  const auto listed = [&](std::string_view text) {
    return !text.empty() && std::find(names.begin(), names.end(), folded(text)) != names.end();
  };
  const auto& displays = request.performer_displays;
  const auto& identifiers = request.performer_identifiers;
  return listed(request.code.text) || std::any_of(displays.begin(), displays.end(), listed) ||
         std::any_of(identifiers.begin(), identifiers.end(), [&](const auto& one) { return listed(one.code); });
}

}  // namespace

Sighting known_to_service(const Chart& chart, const Fact& fact) {
  Sighting sighting;
  sighting.text = fact.title + " is not recorded";
  for (const auto& request : chart.record().service_requests) {
    const bool stands = std::find(standing.begin(), standing.end(), request.status) != standing.end();
    if (!stands || !names_one(request, fact.texts.find("names")->second)) continue;
    sighting.state = Sighting::State::known;
    sighting.text = fact.title + " is recorded (" + std::string(request.status) + ")";
    sighting.brief = fact.title;
    sighting.line = sighting.text;
    sighting.evidence.push_back({request.reference, std::string(request.status),
                                 request.authored ? std::string(request.authored->written) : std::string()});
    break;
  }
  return sighting;
}

}  // namespace cards
