#include "cards/clause_reader.h"

#include <algorithm>
#include <array>

#include "cards/knowledge_reader.h"

namespace cards {

namespace {

using fhir::Fields;
using fhir::Json;
using fhir::Kind;

constexpr int points_max = 100;

class Reader {
 public:
  Reader(std::string path, const Knowledge::Content& known, std::size_t depth)
      : path_(std::move(path)), known_(known), depth_(depth) {}

  Result<Clause> read(Json json) const {
    if (depth_ > clause_depth_max) return fault("is nested too deep to be read aloud");
    if (!json.is(fhir::JsonType::object)) return fault("is not an object");
    struct Word {
      std::string_view word;
      Result<Clause> (Reader::*read)(Json) const;
    };
    constexpr std::array<Word, 10> words = {{{"measure", &Reader::measure},
                                             {"finding", &Reader::finding},
                                             {"recorded", &Reader::recorded},
                                             {"holds", &Reader::holds},
                                             {"all", &Reader::all},
                                             {"any", &Reader::any},
                                             {"not", &Reader::negation},
                                             {"unless_recorded", &Reader::unless},
                                             {"not_known", &Reader::not_known},
                                             {"of", &Reader::count}}};
    for (const auto& [word, read] : words) {
      if (json[word].present()) return (this->*read)(json);
    }
    if (json["points_at_least"].present()) return points(json);
    return fault(
        "has none of the words that begin a clause (measure, finding, recorded, holds, all, any, not, "
        "unless_recorded, not_known, of, points_at_least)");
  }

 private:
  tl::unexpected<fhir::Error> fault(std::string what) const {
    return fhir::fault(Kind::bad_input, path_, std::move(what));
  }

  Result<std::size_t> fact(Fields& in, std::string_view word, FactKind kind) const {
    const auto id = in.text(word);
    if (in.first_fault()) return tl::unexpected<fhir::Error>(*in.first_fault());
    const auto found = known_.fact_by_id.find(id);
    if (found == known_.fact_by_id.end()) return fault("names the unknown fact \"" + id + "\"");
    if (known_.facts[found->second].kind != kind) {
      return fault("\"" + id + "\" cannot stand after \"" + std::string(word) + "\"");
    }
    return found->second;
  }

  Result<Clause> measure(Json json) const {
    Fields in(json, path_);
    const auto position = fact(in, "measure", FactKind::measure);
    if (!position) return tl::unexpected<fhir::Error>(position.error());
    Measure measure{.fact = *position};
    struct Word {
      std::string_view word;
      Comparison comparison;
    };
    constexpr std::array<Word, 4> words = {{{"above", Comparison::above},
                                            {"at_least", Comparison::at_least},
                                            {"below", Comparison::below},
                                            {"at_most", Comparison::at_most}}};
    std::size_t comparisons = 0;
    for (const auto& [word, comparison] : words) {
      if (const auto limit = in.optional_number(word)) {
        measure.comparison = comparison;
        measure.limit = *limit;
        ++comparisons;
      }
    }
    const auto unit = in.text("unit");
    const auto& meant = known_.facts[*position];
    if (comparisons != 1) return fault("needs exactly one of above, at_least, below, at_most");
    if (!in.first_fault() && unit != meant.unit) return fault("\"" + meant.id + "\" is measured in " + meant.unit);
    return in.finish(Clause{measure});
  }

  Result<Clause> finding(Json json) const {
    Fields in(json, path_);
    const auto position = fact(in, "finding", FactKind::finding);
    if (!position) return tl::unexpected<fhir::Error>(position.error());
    FindingIs finding{.fact = *position, .words = in.texts("is")};
    const auto& computation = *known_.facts[*position].computation;
    for (const auto& word : finding.words) {
      const auto has = [&](const auto& list) { return std::find(list.begin(), list.end(), word) != list.end(); };
      if (!has(computation.certain) && !has(computation.uncertain))
        return fault("does not know the word \"" + word + "\"");
    }
    if (finding.words.empty()) return fault("\"is\" names no word");
    return in.finish(Clause{std::move(finding)});
  }

  Result<Clause> recorded(Json json) const {
    Fields in(json, path_);
    const auto position = fact(in, "recorded", FactKind::recorded);
    if (!position) return tl::unexpected<fhir::Error>(position.error());
    return in.finish(Clause{Recorded{*position}});
  }

  Result<Clause> holds(Json json) const {
    Fields in(json, path_);
    const auto id = in.text("holds");
    const auto found = known_.definition_by_id.find(id);
    if (found == known_.definition_by_id.end()) return fault("names the unknown definition \"" + id + "\"");
    return in.finish(Clause{Holds{found->second}});
  }

  Result<std::vector<Clause>> parts(Json array, std::string_view word) const {
    std::vector<Clause> clauses;
    std::size_t i = 0;
    for (const auto& json : array) {
      auto clause =
          read_clause(json, path_ + "." + std::string(word) + "[" + std::to_string(i++) + "]", known_, depth_ + 1);
      if (!clause) return tl::unexpected<fhir::Error>(clause.error());
      clauses.push_back(std::move(*clause));
    }
    if (clauses.empty()) return fault("\"" + std::string(word) + "\" is empty");
    return clauses;
  }

  template <class Group>
  Result<Clause> group(Json json, std::string_view word) const {
    Fields in(json, path_);
    auto clauses = parts(in.array(word), word);
    if (in.first_fault()) return tl::unexpected<fhir::Error>(*in.first_fault());
    if (!clauses) return tl::unexpected<fhir::Error>(clauses.error());
    return in.finish(Clause{Group{std::move(*clauses)}});
  }

  Result<Clause> all(Json json) const { return group<All>(json, "all"); }
  Result<Clause> any(Json json) const { return group<Any>(json, "any"); }

  template <class Wrapper>
  Result<Clause> wrapped(Json json, std::string_view word) const {
    Fields in(json, path_);
    auto part = read_clause(in.object(word), path_ + "." + std::string(word), known_, depth_ + 1);
    if (!part) return tl::unexpected<fhir::Error>(part.error());
    return in.finish(Clause{Wrapper{std::make_unique<Clause>(std::move(*part))}});
  }

  Result<Clause> negation(Json json) const { return wrapped<Not>(json, "not"); }
  Result<Clause> unless(Json json) const { return wrapped<UnlessRecorded>(json, "unless_recorded"); }
  Result<Clause> not_known(Json json) const { return wrapped<NotKnown>(json, "not_known"); }

  Result<Clause> count(Json json) const {
    Fields in(json, path_);
    const auto at_least = in.number("at_least");
    auto clauses = parts(in.array("of"), "of");
    if (in.first_fault()) return tl::unexpected<fhir::Error>(*in.first_fault());
    if (!clauses) return tl::unexpected<fhir::Error>(clauses.error());
    if (at_least < 1 || at_least > static_cast<double>(clauses->size()))
      return fault("asks for more parts than there are");
    return in.finish(Clause{Count{static_cast<std::size_t>(at_least), std::move(*clauses)}});
  }

  Result<void> items(Json array, std::string_view word, int sign, Points& points) const {
    std::size_t i = 0;
    for (const auto& json : array) {
      const auto path = path_ + "." + std::string(word) + "[" + std::to_string(i++) + "]";
      Fields in(json, path);
      Points::Item item{
          .points = sign * whole_number(in, "points", 0, points_max), .title = in.text("title"), .when = nullptr};
      auto when = read_clause(in.object("when"), path + ".when", known_, depth_ + 1);
      if (!when) return tl::unexpected<fhir::Error>(when.error());
      item.when = std::make_unique<Clause>(std::move(*when));
      if (auto finished = in.finish(true); !finished) return tl::unexpected<fhir::Error>(finished.error());
      points.items.push_back(std::move(item));
    }
    return {};
  }

  Result<Clause> points(Json json) const {
    Fields in(json, path_);
    Points points;
    points.at_least = whole_number(in, "points_at_least", 1, points_max);
    if (auto read = items(in.array("for"), "for", 1, points); !read) return tl::unexpected<fhir::Error>(read.error());
    if (auto read = items(in.array("against"), "against", -1, points); !read)
      return tl::unexpected<fhir::Error>(read.error());
    const auto reaches = [&](const Points::Item& item) { return item.points >= points.at_least; };
    if (std::any_of(points.items.begin(), points.items.end(), reaches))
      return fault("lets one finding alone reach the points");
    return in.finish(Clause{std::move(points)});
  }

  std::string path_;
  const Knowledge::Content& known_;
  std::size_t depth_;
};

}  // namespace

Result<Clause> read_clause(fhir::Json json, const std::string& path, const Knowledge::Content& known,
                           std::size_t depth) {
  return Reader(path, known, depth).read(json);
}

}  // namespace cards
