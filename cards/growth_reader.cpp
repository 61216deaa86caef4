#include <charconv>
#include <cmath>
#include <utility>

#include "cards/growth.h"

namespace cards {

namespace {

using fhir::Kind;

constexpr std::string_view header = "reference,sex,age_days,L,M,S";

/// The text up to the separator, which is taken away with it; all of it when there is no separator.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return part;
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

/// Reads one CSV text into the tables, line by line.
class GrowthTableReader {
 public:
  using Table = GrowthReference::Table;
  using Name = std::pair<std::string_view, Table>;

  GrowthTableReader(std::string file, std::vector<Name> expected, GrowthReference& into)
      : file_(std::move(file)), expected_(std::move(expected)), into_(into) {}

  [[nodiscard]] fhir::Result<void> read(std::string_view csv) {
    line_ = 1;
    if (take_line(csv) != header) return refuse("is not the header " + std::string(header));
    while (!csv.empty()) {
      ++line_;
      if (auto done = read_row(take_line(csv)); !done) return done;
    }
    return require_all_tables();
  }

  static std::vector<Name> who_tables() {
    return {{"who2006l", Table::who2006_length}, {"who2006h", Table::who2006_height}, {"who2007", Table::who2007}};
  }
  static std::vector<Name> uk90_table() { return {{"uk90", Table::uk90}}; }

 private:
  static std::string_view take_line(std::string_view& text) {
    auto line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  [[nodiscard]] tl::unexpected<fhir::Error> refuse(std::string what) const {
    return fhir::fault(Kind::bad_input, file_ + ": line " + std::to_string(line_), std::move(what));
  }

  [[nodiscard]] fhir::Result<void> read_row(std::string_view line) {
    const auto* table = find_table(take_until(line, ','));
    if (!table) return refuse("names a reference that does not belong here");
    const auto sex_name = take_until(line, ',');
    if (sex_name != "female" && sex_name != "male") return refuse("has a sex that is neither female nor male");

    std::array<double, 4> numbers{};
    for (auto& number : numbers) {
      const auto read = read_number(take_until(line, ','));
      if (!read) return refuse("does not hold the four numbers age_days, L, M and S");
      number = *read;
    }
    if (!line.empty()) return refuse("holds more than six columns");
    const auto [age_days, l, m, s] = numbers;
    if (age_days < 0) return refuse("has a negative age");
    if (m <= 0) return refuse("has an M that is not positive");
    if (s <= 0) return refuse("has an S that is not positive");
    // The BMI at a score of 3 must exist, or the formula breaks at the very limit that is asked about.
    if (1 + 3 * l * s <= 0 || 1 - 3 * l * s <= 0) return refuse("has L and S for which a score of 3 does not exist");
    return append(*table, sex_name == "male" ? fhir::Sex::male : fhir::Sex::female, {age_days, {l, m, s}});
  }

  [[nodiscard]] fhir::Result<void> append(Table table, fhir::Sex sex, const GrowthReference::Row& row) {
    auto& rows = into_.rows(table, sex);
    if (!rows.empty() && rows.back().age_days == row.age_days) return refuse("repeats an age");
    if (!rows.empty() && rows.back().age_days > row.age_days) return refuse("is not sorted by age");
    rows.push_back(row);
    return {};
  }

  [[nodiscard]] const Table* find_table(std::string_view name) const {
    for (const auto& [known, table] : expected_) {
      if (known == name) return &table;
    }
    return nullptr;
  }

  [[nodiscard]] fhir::Result<void> require_all_tables() const {
    for (const auto& [name, table] : expected_) {
      for (const auto sex : {fhir::Sex::female, fhir::Sex::male}) {
        if (into_.rows(table, sex).size() >= 2) continue;
        return fhir::fault(Kind::bad_input, file_,
                           "holds less than two rows of " + std::string(name) + " for one of the sexes");
      }
    }
    return {};
  }

  std::string file_;
  std::vector<Name> expected_;
  GrowthReference& into_;
  std::size_t line_ = 0;
};

fhir::Result<GrowthReference> read_growth_reference(std::string_view who, const std::string& who_name,
                                                    std::string_view uk90, const std::string& uk90_name) {
  GrowthReference reference;
  if (auto done = GrowthTableReader(who_name, GrowthTableReader::who_tables(), reference).read(who); !done) {
    return tl::unexpected<fhir::Error>(done.error());
  }
  if (uk90.empty()) return reference;
  if (auto done = GrowthTableReader(uk90_name, GrowthTableReader::uk90_table(), reference).read(uk90); !done) {
    return tl::unexpected<fhir::Error>(done.error());
  }
  return reference;
}

}  // namespace cards
