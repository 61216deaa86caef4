#include "server/issuer.h"

#include <algorithm>
#include <array>

#include "server/origin.h"
#include "server/prefetch_template.h"

namespace server {

namespace {

using fhir::Kind;
using fhir::Result;

std::string_view fault_in_jku(std::string_view text) {
  return is_base_url(text) && text.starts_with("https://") ? "" : "is not an https URL without query";
}

std::string_view fault_in_algorithm(std::string_view text) {
  constexpr std::array<std::string_view, 4> known{"ES384", "RS384", "ES256", "RS256"};
  return std::ranges::find(known, text) != known.end() ? "" : "is not ES384, RS384, ES256 or RS256";
}

/// One part, and none at which something else is.
std::string_view fault_in_base_path(std::string_view text) {
  constexpr std::array<std::string_view, 7> taken{"cds-services", "web",     "criteria", "feedback",
                                                  "explain",      "metrics", "health"};
  const auto part = text.substr(std::min<std::size_t>(text.size(), 1));
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (!text.starts_with('/') || part.empty() || !std::ranges::all_of(part, belongs))
    return "is not a slash with letters, digits, - and _ behind it";
  return std::ranges::find(taken, part) == taken.end() ? "" : "is an address of the server itself";
}

/// What no single key can tell.
Result<Issuer> whole(Issuer issuer, const std::string& where) {
  if (issuer.iss.empty()) return fault(Kind::bad_input, where, "has no iss");
  if (issuer.jwks_file.empty() && issuer.jku.empty())
    return fault(Kind::bad_input, where, "has neither jwks_file nor jku, so that its keys are not known");
  if (issuer.algorithms.empty()) return fault(Kind::bad_input, where + ".algorithms", "is empty");
  return issuer;
}

}  // namespace

const std::vector<Key<Issuer>>& issuer_keys() {
#define SIR_PLACE(member) [](Issuer& issuer) -> Place { return &issuer.member; }
  static const std::vector<Key<Issuer>> all{
      {"iss", SIR_PLACE(iss), "What its tokens say in iss, compared exactly; needed.", 0, 0, fault_in_needed},
      {"jwks_file", SIR_PLACE(jwks_file), "File with its public keys, a JWK Set; read again when it is a minute old.",
       0, 0, fault_in_needed},
      {"jku", SIR_PLACE(jku),
       "The only address of keys that its tokens may name; the keys are fetched from there when there is no jwks_file.",
       0, 0, fault_in_jku},
      {"algorithms", SIR_PLACE(algorithms), "Signatures that are believed: ES384, RS384, ES256, RS256.", 0, 0,
       fault_in_algorithm},
      {"tenants", SIR_PLACE(tenants), "Tenants that may call; with none, the tenant is not looked at.", 0, 0,
       fault_in_needed},
      {"audiences", SIR_PLACE(audiences), "Texts that are believed in aud at every address, beside the right one.", 0,
       0, fault_in_needed},
      {"audience_base_url", SIR_PLACE(audience_base_url),
       "Whether aud may be the base URL instead of the address that is called."},
      {"audience_final_slash", SIR_PLACE(audience_final_slash), "Whether a slash at the end of aud is overlooked."},
      {"care_tier", SIR_PLACE(care_tier), "Where its users work; without it, as site.care_tier says.", 0, 0,
       fault_in_care_tier},
      {"leeway_seconds", SIR_PLACE(leeway_seconds), "How far its clock may differ from ours.", 0, 60},
      {"lifetime_seconds", SIR_PLACE(lifetime_seconds), "The longest time between iat and exp.", 1, 3600},
      {"base_path", SIR_PLACE(base_path),
       "A base URL of its own, below the public one: with \"/north\", discovery at /north/cds-services has its "
       "prefetch "
       "templates, and the aud of calls is there.",
       0, 0, fault_in_base_path},
      {"prefetch.patient", SIR_PLACE(prefetch.front()),
       "The prefetch template that its record system is given, and by which its FHIR server is asked for what was not "
       "sent, instead of the one of the knowledge; the same for the five keys below.",
       0, 0, [](std::string_view text) { return fault_in_template("patient", text); }},
      {"prefetch.conditions", SIR_PLACE(prefetch[1]), "Likewise.", 0, 0,
       [](std::string_view text) { return fault_in_template("conditions", text); }},
      {"prefetch.observations", SIR_PLACE(prefetch[2]), "Likewise.", 0, 0,
       [](std::string_view text) { return fault_in_template("observations", text); }},
      {"prefetch.medications", SIR_PLACE(prefetch[3]), "Likewise.", 0, 0,
       [](std::string_view text) { return fault_in_template("medications", text); }},
      {"prefetch.familyHistory", SIR_PLACE(prefetch[4]), "Likewise.", 0, 0,
       [](std::string_view text) { return fault_in_template("familyHistory", text); }},
      {"prefetch.referrals", SIR_PLACE(prefetch[5]), "Likewise.", 0, 0,
       [](std::string_view text) { return fault_in_template("referrals", text); }},
  };
#undef SIR_PLACE
  return all;
}

std::vector<cards::PrefetchTemplate> templates_for(const Issuer& issuer,
                                                   const std::vector<cards::PrefetchTemplate>& ours) {
  constexpr std::string_view section = "prefetch.";
  auto templates = ours;
  Issuer own = issuer;
  for (const auto& key : issuer_keys()) {
    if (!key.name.starts_with(section)) continue;
    const auto* const text = std::get<std::string*>(key.place(own));
    const auto place = std::ranges::find(templates, key.name.substr(section.size()), &cards::PrefetchTemplate::key);
    if (place != templates.end() && !text->empty()) place->query = *text;
  }
  return templates;
}

Result<Issuer> read_issuer(const Entries& entries, const std::string& where) {
  Issuer issuer;
  for (const auto& [name, value] : entries) {
    const auto key = std::ranges::find(issuer_keys(), name, &Key<Issuer>::name);
    const std::string place_name = where + "." + name;
    if (key == issuer_keys().end()) return fault(Kind::bad_input, place_name, "is not known");
    const Place place = key->place(issuer);
    if (!value || !take(*value, place))
      return fault(Kind::bad_input, place_name, "is not a " + std::string(type_of(place)));
    if (auto why = fault_at(*key, place); !why.empty()) return fault(Kind::bad_input, place_name, std::move(why));
  }
  return whole(std::move(issuer), where);
}

}  // namespace server
