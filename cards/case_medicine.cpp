#include "cards/case_parse.h"

namespace cards {

namespace {

class MedicineReader {
 public:
  MedicineReader(std::string_view text, const CodeIndex& codes) : in_(text), codes_(codes) {}

  Parsed<CaseMedicine> read() {
    auto code = read_code(in_, codes_);
    if (!code) return tl::unexpected<Misunderstanding>(code.error());
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

}  // namespace

Parsed<CaseMedicine> read_medicine(std::string_view text, const CodeIndex& codes) {
  return MedicineReader(text, codes).read();
}

}  // namespace cards
