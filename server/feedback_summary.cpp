#include "server/feedback_summary.h"

#include <algorithm>
#include <map>
#include <set>

#include "cards/content.h"
#include "fhir/json.h"

namespace server {

namespace {

using fhir::JsonWriter;

/// What was counted: "shown", "accepted", or the code of the reason for overriding.
using Row = std::map<std::string, std::int64_t, std::less<>>;
using Months = std::map<std::string, Row, std::less<>>;

constexpr std::string_view shown = "shown";
constexpr std::string_view accepted = "accepted";
constexpr std::string_view none_given = "none-given";
constexpr std::string_view other = "other";

/// Codes come from clients: those that we did not offer have one name.
std::string column_of(const MonthlyCount& count, const cards::Knowledge::Content& content) {
  if (count.outcome != "overridden") return count.outcome;
  if (count.reason.empty()) return std::string(none_given);
  const bool ours =
      std::ranges::any_of(content.override_reasons, [&](const auto& reason) { return reason.code == count.reason; });
  return ours ? count.reason : std::string(other);
}

class Summary {
 public:
  Summary(std::uint64_t small, const cards::Knowledge& knowledge)
      : small_(static_cast<std::int64_t>(small)), content_(knowledge.content()) {}

  void add(const MonthlyCount& count) {
    by_criterion_[count.criterion][count.month][column_of(count, content_)] += count.count;
    months_.insert(count.month);
  }

  std::string written() {
    json_.begin_object();
    if (!months_.empty()) json_.member("from", *months_.begin()).member("to", *months_.rbegin());
    json_.name("smallNumber").integer(small_);
    json_.name("knowledge").begin_object().member("version", content_.version).member("digest", content_.digest);
    json_.end_object();
    write_reasons();
    json_.name("criteria").begin_array();
    for (const auto& [criterion, months] : by_criterion_) write(criterion, months);
    return json_.end_array().end_object().take();
  }

 private:
  void write_reasons() {
    json_.name("reasons").begin_array();
    for (const auto& reason : content_.override_reasons)
      json_.begin_object().member("code", reason.code).member("display", reason.display).end_object();
    json_.begin_object().member("code", none_given).member("display", "No reason was given").end_object();
    json_.begin_object().member("code", other).member("display", "A reason that was not offered").end_object();
    json_.end_array();
  }

  std::string title_of(const std::string& criterion) const {
    const auto found = std::ranges::find(content_.criteria, criterion, &cards::Criterion::id);
    return found == content_.criteria.end() ? criterion : found->title;
  }

  bool is_small(std::int64_t count) const { return count > 0 && count < small_; }

  void write_count(std::int64_t count, bool hidden) {
    if (is_small(count))
      json_.text("<" + std::to_string(small_));
    else if (hidden)
      json_.text(">=" + std::to_string(small_));
    else
      json_.integer(count);
  }

  void write(const Row& row, const std::set<std::string, std::less<>>& hidden) {
    const auto write_column = [&](std::string_view name) {
      const auto found = row.find(name);
      json_.name(name);
      write_count(found == row.end() ? 0 : found->second, hidden.contains(name));
    };
    write_column(shown);
    write_column(accepted);
    json_.name("overridden").begin_object();
    for (const auto& [name, count] : row)
      if (name != shown && name != accepted) write_column(name);
    json_.end_object();
  }

  void write(const std::string& criterion, const Months& months) {
    Row total;
    Row small_months;
    for (const auto& [month, row] : months) {
      for (const auto& [name, count] : row) {
        total[name] += count;
        if (is_small(count)) ++small_months[name];
      }
    }
    std::set<std::string, std::less<>> hidden;
    for (const auto& [name, count] : small_months)
      if (count == 1) hidden.insert(name);

    json_.begin_object().member("criterion", criterion).member("title", title_of(criterion));
    json_.name("total").begin_object();
    write(total, hidden);
    json_.end_object().name("months").begin_array();
    for (const auto& [month, row] : months) {
      json_.begin_object().member("month", month);
      write(row, {});
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  std::int64_t small_;
  const cards::Knowledge::Content& content_;
  std::map<std::string, Months, std::less<>> by_criterion_;
  std::set<std::string, std::less<>> months_;
  JsonWriter json_;
};

}  // namespace

std::string feedback_summary(const std::vector<MonthlyCount>& counts, std::uint64_t small,
                             const cards::Knowledge& knowledge) {
  Summary summary(small, knowledge);
  for (const auto& count : counts) summary.add(count);
  return summary.written();
}

}  // namespace server
