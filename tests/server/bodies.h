#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace test {

inline constexpr std::string_view service = "/cds-services/sir-patient-view";

/// A service call to be bent. Every part is JSON text; an empty one is left out.
struct Call {
  std::string hook = R"("patient-view")";
  std::string instance = R"("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea")";
  std::string context = R"({"userId":"Practitioner/example","patientId":"1288992"})";
  std::string more;  ///< further members, with a comma in front
  /// The six keys of discovery; a woman born in 1980 of whom nothing is known.
  std::map<std::string, std::string> prefetch;
  std::string whole_prefetch;  ///< stands in for `prefetch` when not empty; "-" leaves the member out

  Call();
  [[nodiscard]] std::string text() const;
};

/// A searchset Bundle of resources.
[[nodiscard]] std::string bundle(const std::vector<std::string>& resources, std::string_view more = {});
/// An Observation of the patient with a LOINC code, on 2026-05-14.
[[nodiscard]] std::string observation(std::string_view id, std::string_view loinc, std::string_view value,
                                      std::string_view unit, std::string_view patient = "1288992");
/// A Condition of the patient with a SNOMED CT code.
[[nodiscard]] std::string condition(std::string_view id, std::string_view snomed);

/// Slim, with a fasting insulin far above 150 pmol/L: the published criterion, hence a referral card.
[[nodiscard]] Call referral_call(std::string_view insulin = "412", std::string_view patient = "1288992");
/// Slim, with acanthosis nigricans, and no insulin result.
[[nodiscard]] Call acanthosis_call();
/// A certain raised insulin and no body mass index: one measurement would decide.
[[nodiscard]] Call missing_measurement_call();
/// Type B insulin resistance suspected, and criterion 3 met: two cards.
Call two_cards_call();

/// The uuid of the first card in an answer; empty when there is none.
[[nodiscard]] std::string first_card_uuid(const std::string& answer);

/// A draft order of so many units of insulin a day, "MedicationRequest/o1".
[[nodiscard]] std::string insulin_order(std::string_view units);
/// A draft order of a test by its LOINC code.
[[nodiscard]] std::string lab_order(std::string_view loinc, std::string_view id);
/// A call of order-sign or order-select for somebody of 60 kg with a body mass index of 22.8. `orders` may hold
/// several, with `},{"resource":` between them; `selections` is left out when empty.
[[nodiscard]] Call order_call(std::string_view hook, const std::string& orders, std::string_view selections = {});
/// A call of problem-list-item-create for somebody with a body mass index of 22.8.
[[nodiscard]] Call new_condition_call(std::string_view snomed);

/// A file of tests/ or, when it is there, of the folder shared beside the repository.
[[nodiscard]] std::string read_file(const std::string& path);
[[nodiscard]] std::string shared_folder();  ///< empty when it is not there

}  // namespace test
