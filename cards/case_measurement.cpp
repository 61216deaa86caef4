#include "cards/case_parse.h"

namespace cards {

namespace {

class MeasurementReader {
 public:
  MeasurementReader(std::string_view what, std::string_view text, const std::string& usual_date) : in_(text) {
    one_.what = what;
    one_.date = usual_date;
  }

  Parsed<CaseMeasurement> read() {
    read_value();
    if (one_.value.empty()) return not_understood(in_);
    read_timing();
    if (one_.what == "insulin" && one_.timing == CaseTiming::none) {
      return misunderstood("does not say how the sample was taken: fasting, fasting not stated, not fasting, ogtt …");
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

}  // namespace

Parsed<CaseMeasurement> read_measurement(std::string_view what, std::string_view text, const std::string& usual_date) {
  return MeasurementReader(what, text, usual_date).read();
}

}  // namespace cards
