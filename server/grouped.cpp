#include "server/grouped.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include "server/commands.h"
#include "server/sieve.h"

namespace server {

namespace {

using Shared = std::map<std::string, std::vector<std::string>, std::less<>>;

/// "p17" for the Patient with that id, "iSYSTEM|VALUE" for a Patient known by an identifier only, "sMedication/17" for
/// what several people refer to. Blanks other than a space do not occur in it.
std::string group_key(const fhir::Owner& owner) {
  using Kind = fhir::Owner::Kind;
  std::string key = owner.kind == Kind::person ? "p" : owner.kind == Kind::identifier ? "i" : "s";
  for (const char letter : owner.key) key += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
  return key;
}

struct KeyAndResource {
  std::string_view key;
  std::string_view resource;
};

fhir::Result<KeyAndResource> split(std::string_view line) {
  const auto tab = line.find('\t');
  if (tab == 0 || tab == std::string_view::npos) {
    return fhir::fault(fhir::Kind::bad_input, "screen", "got a line that is not KEY TAB RESOURCE");
  }
  return KeyAndResource{line.substr(0, tab), line.substr(tab + 1)};
}

fhir::Result<Shared> read_shared(const std::string& path) {
  Shared shared;
  if (path.empty()) return shared;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fhir::fault(fhir::Kind::bad_input, path, "cannot be read");
  for (std::string line; std::getline(file, line);) {
    const auto parts = split(line);
    if (!parts) return tl::unexpected(parts.error());
    if (parts->key.front() == 's') shared[std::string(parts->key.substr(1))].emplace_back(parts->resource);
  }
  return shared;
}

/// Judges one group after the other.
class Groups {
 public:
  Groups(const Judge& judge, const Shared& shared, std::ostream& out) : judge_(judge), shared_(shared), out_(out) {}

  void add(const KeyAndResource& line) {
    if (line.key != key_) {
      close();
      key_ = line.key;
    }
    entries_.emplace_back(line.resource);
  }

  /// Ends the group.
  void close() {
    auto entries = std::exchange(entries_, {});
    if (entries.empty() || key_.front() != 'p') return;
    add_needed(entries, [&](const std::string& key) {
      const auto found = shared_.find(key);
      return found == shared_.end() ? std::vector<std::string>() : found->second;
    });
    const auto judgement = judge_.judge(key_.substr(1), std::move(entries));
    if (judgement.flagged) out_ << judgement.flagged->json << "\n";
  }

 private:
  const Judge& judge_;
  const Shared& shared_;
  std::ostream& out_;
  std::string key_;
  std::vector<std::string> entries_;
};

}  // namespace

int extract_lines(const cards::Knowledge& knowledge, bool strict, std::istream& in, std::ostream& out) {
  const cards::Usable usable(knowledge);
  fhir::SharedTexts texts;
  Sieve sieve(usable, texts, strict);
  LineCounts counts;
  std::string json;
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    Sifted sifted;
    sieve.sift_line(line, {0, ++number}, sifted);
    counts += sifted.counts;
    for (const auto& fault : sifted.faults) std::cerr << "sir-cds: line " << fault.line << ": " << fault.reason << "\n";
    for (const auto& kept : sifted.kept) {
      json.clear();
      fhir::append_resource(kept.condensed, texts, json);
      out << group_key(kept.owner) << '\t' << json << '\n';
    }
  }
  std::cerr << "sir-cds: " << counts.lines << " lines read = " << counts.used << " used + " << counts.skipped()
            << " skipped + " << counts.unreadable << " unreadable\n";
  return out.flush() ? 0 : complain({fhir::Kind::internal, "standard output", "cannot be written"});
}

int judge_groups(const Judge& judge, const std::string& shared_path, std::istream& in, std::ostream& out) {
  const auto shared = read_shared(shared_path);
  if (!shared) return complain(shared.error());
  Groups groups(judge, *shared, out);
  for (std::string line; std::getline(in, line);) {
    const auto parts = split(line);
    if (!parts) return complain(parts.error());
    groups.add(*parts);
  }
  groups.close();
  return out.flush() ? 0 : complain({fhir::Kind::internal, "standard output", "cannot be written"});
}

}  // namespace server
