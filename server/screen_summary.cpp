#include "server/screen_summary.h"

#include <algorithm>
#include <cmath>

#include "cards/topic.h"
#include "fhir/json.h"

namespace server {

namespace {

constexpr std::size_t faults_told_max = 20;
constexpr std::uint64_t rounded_to = 5;

std::size_t urgency_of(const Flagged& flagged) {
  if (flagged.indicator == "critical") return 0;
  return flagged.indicator == "warning" ? 1 : 2;
}

std::size_t rank_of(const Flagged& flagged) {
  std::size_t rank = 0;
  while (rank < cards::topics.size() && cards::topics[rank].code != flagged.outcome) ++rank;
  return rank;
}

/// Quoted, and harmless to spreadsheets, which run what begins with one of these signs.
std::string field(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) text.insert(0, "'");
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter == '\n' || letter == '\r' ? ' ' : letter;
  }
  return quoted + "\"";
}

std::string age_of(const Flagged& flagged) {
  return flagged.age_years ? std::to_string(static_cast<int>(std::floor(*flagged.age_years))) : std::string();
}

std::string_view sex_of(fhir::Sex sex) {
  if (sex == fhir::Sex::female) return "female";
  return sex == fhir::Sex::male ? "male" : "unknown";
}

std::map<std::string, std::uint64_t> by_outcome(const Screened& screened) {
  std::map<std::string, std::uint64_t> outcomes;
  for (const auto& [group, number] : screened.groups) outcomes[group.outcome] += number;
  return outcomes;
}

void write_counts(fhir::JsonWriter& json, const LineCounts& counts) {
  const auto member = [&](std::string_view name, std::uint64_t number) {
    json.name(name).integer(static_cast<std::int64_t>(number));
  };
  json.name("lines").begin_object();
  member("read", counts.lines);
  member("used", counts.used);
  member("skipped", counts.skipped());
  member("unreadable", counts.unreadable);
  json.end_object().name("skipped").begin_object();
  member("otherType", counts.of_other_type);
  member("notNeeded", counts.not_needed);
  member("notAboutAPatient", counts.about_others);
  member("empty", counts.empty);
  json.end_object();
  member("bytes", counts.bytes);
}

void write_people(fhir::JsonWriter& json, const ScreenedRun& run) {
  const Screened& screened = run.screened;
  const auto member = [&](std::string_view name, std::uint64_t number) {
    json.name(name);
    if (const auto shown = told(number, run.suppress_below)) {
      json.integer(static_cast<std::int64_t>(*shown));
    } else {
      json.null();
    }
  };
  json.name("people").begin_object();
  member("seen", screened.people);
  member("judged", screened.judged);
  member("deceased", screened.deceased);
  member("withoutPatientResource", screened.without_patient);
  member("unreadable", screened.unreadable_people);
  json.end_object().name("outcomes").begin_object();
  for (const auto& [outcome, number] : by_outcome(screened)) member(outcome, number);
  json.end_object();
  member("flagged", screened.flagged.size());
}

}  // namespace

std::optional<std::uint64_t> told(std::uint64_t number, std::uint64_t limit) {
  if (limit == 0) return number;
  if (number > 0 && number < limit) return std::nullopt;
  return (number + rounded_to / 2) / rounded_to * rounded_to;
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string place_in_words(const std::vector<std::string>& files, const UnreadLine& fault) {
  return files[fault.file] + (fault.line == 0 ? "" : ":" + std::to_string(fault.line));
}

std::string findings(const Screened& screened) {
  std::string lines;
  for (const auto& flagged : screened.flagged) lines += flagged.json + "\n";
  return lines;
}

std::string worklist(const Screened& screened) {
  std::vector<const Flagged*> ranked;
  ranked.reserve(screened.flagged.size());
  for (const auto& flagged : screened.flagged) ranked.push_back(&flagged);
  std::stable_sort(ranked.begin(), ranked.end(), [](const Flagged* a, const Flagged* b) {
    return std::pair(urgency_of(*a), rank_of(*a)) < std::pair(urgency_of(*b), rank_of(*b));
  });
  std::string csv = "rank,indicator,outcome,criterion,patient,age,sex,summary\r\n";
  std::size_t rank = 0;
  for (const auto* flagged : ranked) {
    csv += std::to_string(++rank) + "," + field(flagged->indicator) + "," + field(flagged->outcome) + "," +
           field(flagged->criterion) + "," + field("Patient/" + flagged->patient) + "," + age_of(*flagged) + "," +
           field(std::string(sex_of(flagged->sex))) + "," + field(flagged->summary) + "\r\n";
  }
  return csv;
}

std::string in_words(const ScreenedRun& run) {
  const Screened& screened = run.screened;
  const LineCounts& counts = screened.counts;
  std::string text = "sir-cds: " + with_commas(run.files.size()) + (run.files.size() == 1 ? " file, " : " files, ") +
                     with_commas(counts.lines) + " lines read = " + with_commas(counts.used) + " used + " +
                     with_commas(counts.skipped()) + " skipped + " + with_commas(counts.unreadable) +
                     " unreadable\nsir-cds: " + with_commas(screened.people) +
                     " people: " + with_commas(screened.judged) + " judged, " + with_commas(screened.deceased) +
                     " deceased, " + with_commas(screened.without_patient) + " without a Patient resource, " +
                     with_commas(screened.unreadable_people) + " unreadable; " + with_commas(screened.flagged.size()) +
                     " flagged\n";
  if (!run.whole) text += "sir-cds: INCOMPLETE: not every input could be read to its end\n";
  if (screened.without_owner > 0) {
    text += "sir-cds: " + with_commas(screened.without_owner) + " resources name an identifier that no Patient has\n";
  }
  const std::size_t told = std::min(screened.faults.size(), faults_told_max);
  for (std::size_t i = 0; i < told; ++i) {
    text += "sir-cds: " + place_in_words(run.files, screened.faults[i]) + ": " + screened.faults[i].reason + "\n";
  }
  if (told < screened.faults.size()) {
    text += "sir-cds: and " + with_commas(screened.faults.size() - told) + " more faults, which --report counts\n";
  }
  return text;
}

std::string summary_json(const ScreenedRun& run) {
  fhir::JsonWriter json(fhir::JsonWriter::Layout::indented);
  json.begin_object().member("today", fhir::iso_date(run.judge.today())).name("knowledge").begin_object();
  json.member("version", run.judge.knowledge().version()).member("digest", run.judge.knowledge().digest());
  json.end_object();
  write_counts(json, run.screened.counts);
  write_people(json, run);
  json.name("complete").boolean(run.whole);
  json.name("storeBytes").integer(static_cast<std::int64_t>(run.screened.store_bytes));
  json.name("faults").begin_array();
  for (const auto& fault : run.screened.faults) {
    json.begin_object()
        .member("file", run.files[fault.file])
        .name("line")
        .integer(static_cast<std::int64_t>(fault.line));
    json.member("reason", fault.reason).end_object();
  }
  return json.end_array().end_object().take() + "\n";
}

std::string comparison(const Screened& ours, const Screened& theirs) {
  std::map<std::string, std::pair<std::string, std::string>> outcomes;
  for (const auto& flagged : ours.flagged) outcomes[flagged.patient].first = flagged.outcome;
  for (const auto& flagged : theirs.flagged) outcomes[flagged.patient].second = flagged.outcome;
  std::string csv = "patient,outcome,outcome_by_other_knowledge\r\n";
  for (const auto& [patient, pair] : outcomes) {
    if (pair.first == pair.second) continue;
    csv += field("Patient/" + patient) + "," + field(pair.first) + "," + field(pair.second) + "\r\n";
  }
  return csv;
}

}  // namespace server
