#include "cards/mutation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "fhir/json.h"

namespace cards {

namespace {

using fhir::Json;
using fhir::JsonType;
using fhir::JsonWriter;

struct Swap {
  std::string_view word;
  std::string_view other;
};

constexpr std::array<Swap, 4> comparisons = {
    {{"above", "at_least"}, {"at_least", "above"}, {"below", "at_most"}, {"at_most", "below"}}};

std::string in_object(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::string in_array(const std::string& path, std::size_t position) {
  return path + "[" + std::to_string(position) + "]";
}

// One change of a document, by the path of the value that it is about.
struct Edit {
  enum class Kind : unsigned char { number, member_name, left_out };
  Kind kind = Kind::number;
  std::string path;
  std::string with;    ///< the new number or name
  std::string change;  ///< in words
};

class Rewriter {
 public:
  explicit Rewriter(const Edit& edit) : edit_(edit) {}

  std::string rewritten(Json root) {
    copy(root, "");
    return out_.take();
  }

 private:
  bool is_here(const std::string& path, Edit::Kind kind) const { return edit_.kind == kind && edit_.path == path; }

  void copy(Json json, const std::string& path) {
    if (json.is(JsonType::object)) return copy_object(json, path);
    if (json.is(JsonType::array)) return copy_array(json, path);
    if (is_here(path, Edit::Kind::number)) {
      out_.number_as_written(edit_.with);
    } else {
      out_.value(json);
    }
  }

  void copy_object(Json json, const std::string& path) {
    out_.begin_object();
    for (const auto member : json) {
      const auto at = in_object(path, member.name());
      out_.name(is_here(at, Edit::Kind::member_name) ? std::string_view(edit_.with) : member.name());
      copy(member, at);
    }
    out_.end_object();
  }

  void copy_array(Json json, const std::string& path) {
    out_.begin_array();
    std::size_t position = 0;
    for (const auto element : json) {
      const auto at = in_array(path, position++);
      if (!is_here(at, Edit::Kind::left_out)) copy(element, at);
    }
    out_.end_array();
  }

  const Edit& edit_;
  JsonWriter out_;
};

// One step of the last digit that was written: 1 for "150", 0.01 for "2.78".
double step_of(std::string_view number) {
  const auto point = number.find('.');
  return point == std::string_view::npos ? 1 : std::pow(10, -static_cast<double>(number.size() - point - 1));
}

// Twelve digits, without the noise of binary fractions: 0.05550622 by 1.001 is 0.05556172622.
std::string with_all_digits(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.12g", value);
  return buffer;
}

class Collector {
 public:
  std::vector<Edit> of_fact(Json fact) {
    for (const auto parameter : fact["parameters"]) {
      vary(parameter["value"], in_object("parameters." + std::string(parameter.name()), "value"));
    }
    return std::move(edits_);
  }

  // A factor has more digits than any value in a record: it is varied by a thousandth, which is what could hide.
  std::vector<Edit> of_units(Json file) {
    std::size_t position = 0;
    for (const auto analyte : file["analytes"]) {
      const auto at = in_array("analytes", position++);
      const auto plausible = in_object(at, "plausible");
      for (const std::string_view end : {"at_least", "at_most"}) {
        vary(analyte["plausible"][end], in_object(plausible, end));
      }
      std::size_t unit_position = 0;
      for (const auto unit : analyte["units"]) {
        const auto unit_at = in_array(in_object(at, "units"), unit_position++);
        for (const std::string_view word : {"factor", "other_factor"}) scale(unit[word], in_object(unit_at, word));
        vary(unit["offset"], in_object(unit_at, "offset"));
      }
    }
    return std::move(edits_);
  }

  std::vector<Edit> of_clauses(Json file) {
    walk(file, "");
    return std::move(edits_);
  }

  // An advice has clauses where it says something only in some people.
  std::vector<Edit> of_advice(Json advice) {
    walk(advice["context"], "context");
    leave_out(advice["also"], "also");
    return std::move(edits_);
  }

 private:
  void walk(Json json, const std::string& path) {
    if (json.is(JsonType::array)) {
      std::size_t position = 0;
      for (const auto element : json) walk(element, in_array(path, position++));
      return;
    }
    if (!json.is(JsonType::object)) return;
    if (json["measure"].present()) compare(json, path);
    for (const std::string_view word : {"points", "points_at_least"}) count(json[word], in_object(path, word));
    if (json["of"].present()) count(json["at_least"], in_object(path, "at_least"));
    for (const std::string_view word : {"all", "any", "of", "is"}) leave_out(json[word], in_object(path, word));
    for (const auto member : json) walk(member, in_object(path, member.name()));
  }

  void compare(Json measure, const std::string& path) {
    for (const auto& [word, other] : comparisons) {
      const auto limit = measure[word];
      if (!limit.present()) continue;
      const auto at = in_object(path, word);
      edits_.push_back(
          {Edit::Kind::member_name, at, std::string(other), std::string(word) + " becomes " + std::string(other)});
      vary(limit, at);
    }
  }

  void vary(Json number, const std::string& path) {
    const auto value = number.number();
    if (!value) return;
    const double step = step_of(number.text());
    for (const double other : {*value / 2, *value * 2, *value + step, *value - step}) become(number, path, other);
  }

  void scale(Json number, const std::string& path) {
    const auto value = number.number();
    if (!value) return;
    for (const double by : {0.5, 2.0, 1.001, 0.999}) become(number, path, *value * by);
  }

  void count(Json number, const std::string& path) {
    const auto value = number.number();
    if (!value) return;
    for (const double other : {*value + 1, *value - 1}) become(number, path, other);
  }

  void become(Json number, const std::string& path, double other) {
    const auto with = with_all_digits(other);
    const auto change = std::string(number.text()) + " becomes " + with;
    const bool known = std::any_of(edits_.begin(), edits_.end(), [&](const Edit& edit) {
      return edit.kind == Edit::Kind::number && edit.path == path && edit.with == with;
    });
    if (!known && other != *number.number()) edits_.push_back({Edit::Kind::number, path, with, change});
  }

  void leave_out(Json list, const std::string& path) {
    if (!list.is(JsonType::array) || list.size() < 2) return;
    std::size_t position = 0;
    for (const auto element : list) {
      const auto what =
          element.string().empty() ? std::string("the part") : "\"" + std::string(element.string()) + "\"";
      edits_.push_back({Edit::Kind::left_out, in_array(path, position++), {}, what + " is left out"});
    }
  }

  std::vector<Edit> edits_;
};

using Collect = std::vector<Edit> (Collector::*)(Json);

Collect collector_for(const std::string& file) {
  if (file == "units.json") return &Collector::of_units;
  if (file.starts_with("facts/")) return &Collector::of_fact;
  if (file.starts_with("criteria/") || file.starts_with("definitions/")) return &Collector::of_clauses;
  return file.starts_with("advice/") ? &Collector::of_advice : nullptr;
}

}  // namespace

Result<std::vector<Mutant>> mutants_of(const Folder& folder) {
  std::vector<Mutant> mutants;
  for (const auto& [file, text] : folder) {
    const auto edits_of = collector_for(file);
    if (!edits_of) continue;
    const auto document = fhir::read_document(text, fhir::JsonReader::rapidjson);
    if (!document) return fhir::fault(fhir::Kind::bad_input, file, document.error().what);
    for (const auto& edit : (Collector().*edits_of)(document->root())) {
      mutants.push_back({file, edit.path, edit.change, Rewriter(edit).rewritten(document->root())});
    }
  }
  return mutants;
}

}  // namespace cards
