#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/code_index.h"
#include "cards/finding.h"
#include "fhir/time.h"

// A clinical fact: one question to a record ("what is the body mass index?") and what was found. Which codes, limits
// and windows it uses is data (cards/knowledge/facts); how it reasons over several resources is C++ with a clinical
// name.

namespace cards {

/// A value that is known to lie between two ends: a point for a plain number, half open for "> 1000".
struct Interval {
  double low = 0;
  double high = 0;
  bool low_excluded = false;
  bool high_excluded = false;

  static Interval exactly(double value) { return {value, value, false, false}; }
  [[nodiscard]] bool is_point() const { return low == high; }
};

/// What looking for a fact gave.
struct Sighting {
  enum class State : unsigned char {
    unknown,         ///< the record does not say, or does not say clearly
    known,           ///< a value, a category, or "recorded"
    not_applicable,  ///< the question does not arise: the adult rule in a child
    contradicted     ///< the record says that it is not so: an examination without the finding
  };
  State state = State::unknown;
  Interval value;        ///< measures
  std::string category;  ///< findings: one word of the fact's list
  std::string text;      ///< "body mass index 22.8 kg/m2", "acanthosis nigricans is not recorded"
  std::string brief;     ///< for a summary line: "BMI 22.8", "fasting insulin 412 pmol/L"; empty when unknown
  std::string line;      ///< for an evidence line of a card; Markdown, record text escaped
  std::vector<Evidence> evidence;
  std::vector<std::string> notes;  ///< sentences for the card: "older than 12 months: weigh again"
  std::optional<fhir::Day> day;    ///< the day that the value is of
};

/// A number that a fact uses, with its unit and where it comes from. Never without.
struct Parameter {
  double value = 0;
  std::string unit;
  std::string source;
};

/// What kind of answer a fact gives, and so in which clause it can stand.
enum class FactKind : unsigned char {
  measure,   ///< a number with a unit
  finding,   ///< one of a list of words, some of them certain
  recorded,  ///< recorded or not; silence is unknown
};

struct Fact;
class Chart;

/// How a computed fact reasons. One line of the table in computation.cpp.
struct Computation {
  struct Needs {
    std::string_view name{};
    std::string_view unit{};  ///< the only unit accepted
  };
  struct Choice {
    std::string_view name{};
    std::vector<std::string_view> words{};
  };
  std::string_view name{};
  FactKind kind = FactKind::measure;
  std::string_view unit{};                      ///< measures
  std::vector<std::string_view> certain{};      ///< findings: words that settle the question
  std::vector<std::string_view> uncertain{};    ///< findings: words that leave it open
  std::vector<Needs> parameters{};              ///< all are required, no others are accepted
  std::vector<std::string_view> value_sets{};   ///< roles; all are required, each names one or several sets
  std::vector<std::string_view> texts{};        ///< roles of exact, case-folded word lists
  std::vector<std::string_view> facts{};        ///< roles of other facts that it asks
  std::vector<std::string_view> definitions{};  ///< roles of definitions that it asks; all are required
  std::vector<Choice> options{};                ///< closed choices; all are required
  std::string_view english{};                   ///< for the review sheet; {parameter} is filled in
  Sighting (*look)(const Chart& chart, const Fact& fact) = nullptr;
};

/// A fact as the knowledge folder defines it.
struct Fact {
  std::string id;
  std::string title;  ///< as it stands in a sentence: "body mass index"
  FactKind kind = FactKind::recorded;
  std::string unit;
  const Computation* computation = nullptr;
  std::map<std::string, Parameter, std::less<>> parameters;
  std::map<std::string, SetBits, std::less<>> value_sets;
  std::map<std::string, std::vector<std::string>, std::less<>>
      value_set_ids;                                                   ///< the same by name, for the review sheet
  std::map<std::string, std::vector<std::string>, std::less<>> texts;  ///< case-folded
  std::map<std::string, std::size_t, std::less<>> facts;
  std::map<std::string, std::string, std::less<>> definitions;  ///< ids; the folder's reader checks that they exist
  std::map<std::string, std::string, std::less<>> options;      ///< closed choices: "clinical_status": "active"
  std::string document;                                         ///< source
  std::vector<std::string> our_reading;

  /// The loader has checked that they are there.
  [[nodiscard]] double number(std::string_view parameter) const { return parameters.find(parameter)->second.value; }
  [[nodiscard]] const SetBits& sets(std::string_view role) const { return value_sets.find(role)->second; }
  [[nodiscard]] std::size_t fact(std::string_view role) const { return facts.find(role)->second; }
  [[nodiscard]] std::string_view option(std::string_view name) const { return options.find(name)->second; }
};

}  // namespace cards
