#include "server/screening.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "fhir/assembler.h"
#include "server/journal.h"
#include "server/person_store.h"

namespace server {

namespace {

using Kind = fhir::Owner::Kind;

constexpr std::size_t usual_resource_bytes = 800;

/// Runs an action on several threads, this one among them.
template <class Action>
void on_threads(unsigned count, Action action) {
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < count; ++i) threads.emplace_back([&action, i] { action(i); });
  action(0U);
}

/// Hands out the blocks of all files, so that threads read different files, and share one where there are not enough.
class BlockQueue {
 public:
  BlockQueue(const std::vector<std::string>& files, const ScreeningSetting& setting, const Journal* journal)
      : setting_(setting), journal_(journal), files_(files.size()) {
    for (std::size_t i = 0; i < files.size(); ++i) files_[i].path = files[i];
  }

  /// The next block of any file; nothing when all are done. Faults of files go to `faults`. `spare` is the text of a
  /// block that is done with.
  std::optional<LineBlock> next(std::vector<UnreadLine>& faults, std::string spare) {
    while (!is_stopped()) {
      bool all_done = true;
      for (std::uint32_t number = 0; number < files_.size(); ++number) {
        File& file = files_[number];
        if (file.done) continue;
        all_done = false;
        std::unique_lock lock(file.mutex, std::try_to_lock);
        if (!lock.owns_lock() || file.done) continue;
        if (auto block = read(number, file, faults, spare)) return block;
      }
      if (all_done) break;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    return std::nullopt;
  }

 private:
  struct File {
    std::string path;
    std::mutex mutex;
    std::optional<LineReader> reader;
    std::uint64_t told = 0;  ///< bytes that the progress knows of
    std::atomic<bool> done = false;
  };

  [[nodiscard]] bool is_stopped() const { return setting_.stop != nullptr && *setting_.stop; }

  std::optional<LineBlock> read(std::uint32_t number, File& file, std::vector<UnreadLine>& faults, std::string& spare) {
    if (!file.reader) {
      auto reader = LineReader::open(file.path, setting_.limits);
      if (!reader) {
        faults.push_back({number, 0, reader.error().what});
        file.done = true;
        return std::nullopt;
      }
      file.reader.emplace(std::move(*reader));
      if (journal_ != nullptr) journal_->pass_over_done(number, *file.reader);
    }
    if (!spare.empty()) file.reader->reuse(std::exchange(spare, {}));
    while (auto block = file.reader->next()) {
      tell(file);
      block->file = number;
      if (journal_ == nullptr || !journal_->is_done(*block)) return block;
    }
    tell(file);
    spare = file.reader->take_buffer();
    if (!file.reader->fault().empty()) faults.push_back({number, 0, file.reader->fault()});
    file.done = true;
    file.reader.reset();
    return std::nullopt;
  }

  void tell(File& file) {
    const std::uint64_t at = file.reader->bytes_read();
    if (at > file.told) setting_.progress(at - file.told);
    file.told = std::max(at, file.told);
  }

  const ScreeningSetting& setting_;
  const Journal* journal_;
  std::vector<File> files_;
};

bool stands_before(const UnreadLine& a, const UnreadLine& b) {
  return a.file != b.file ? a.file < b.file : a.line < b.line;
}

class Run {
 public:
  Run(const std::vector<std::string>& files, const Judge& judge, const ScreeningSetting& setting, Journal* journal)
      : files_(files), judge_(judge), setting_(setting), journal_(journal), usable_(judge.knowledge()) {}

  Screened screen() {
    take_over();
    read_all();
    if (screened_.stopped) return std::move(screened_);
    find_owners();
    judge_all();
    std::sort(screened_.faults.begin(), screened_.faults.end(), stands_before);
    std::sort(screened_.flagged.begin(), screened_.flagged.end(),
              [](const Flagged& a, const Flagged& b) { return a.patient < b.patient; });
    screened_.people = store_.people();
    screened_.store_bytes = store_.bytes();
    return std::move(screened_);
  }

 private:
  [[nodiscard]] bool is_stopped() const { return setting_.stop != nullptr && *setting_.stop; }

  /// What an earlier run has read.
  void take_over() {
    if (journal_ == nullptr) return;
    journal_->replay(texts_, [&](Sifted&& sifted) { add(std::move(sifted)); });
  }

  void add(Sifted&& sifted) {
    store_.add(sifted.kept);
    const std::lock_guard lock(mutex_);
    screened_.counts += sifted.counts;
    screened_.faults.insert(screened_.faults.end(), sifted.faults.begin(), sifted.faults.end());
  }

  void read_all() {
    BlockQueue queue(files_, setting_, journal_);
    on_threads(setting_.threads, [&](unsigned) {
      Sieve sieve(usable_, texts_, setting_.strict);
      std::vector<UnreadLine> faults;
      std::string spare;
      while (auto block = queue.next(faults, std::move(spare))) {
        Sifted sifted = sieve.sift(*block);
        if (journal_ != nullptr) journal_->write(*block, sifted, texts_);
        add(std::move(sifted));
        spare = std::move(block->text);
      }
      const std::lock_guard lock(mutex_);
      screened_.faults.insert(screened_.faults.end(), faults.begin(), faults.end());
    });
    screened_.stopped = is_stopped();
  }

  /// Finds the Patients that resources name by an identifier only.
  void find_owners() {
    const auto wanted = store_.identifiers();
    if (wanted.empty()) return;
    std::map<std::string, std::string> ids;
    for (std::size_t shelf = 0; shelf < PersonStore::shelf_count; ++shelf) {
      store_.for_each_person(shelf, [&](std::string_view id, const std::vector<PersonStore::Piece>& pieces) {
        for (const auto& key : identifiers_in(pieces)) {
          if (std::binary_search(wanted.begin(), wanted.end(), key)) ids.emplace(key, id);
        }
      });
    }
    for (const auto& key : wanted) {
      const auto found = ids.find(key);
      if (found == ids.end()) {
        screened_.without_owner += store_.pieces(Kind::identifier, key).size();
      } else {
        by_identifier_[found->second].push_back(key);
      }
    }
  }

  std::vector<std::string> identifiers_in(const std::vector<PersonStore::Piece>& pieces) const {
    std::vector<std::string> keys;
    for (const auto& piece : pieces) {
      if (!fhir::is_condensed_from(piece, "Patient", texts_)) continue;
      std::string json;
      fhir::append_resource(piece, texts_, json);
      const auto document = fhir::read_document(std::move(json));
      if (!document) continue;
      for (auto& key : fhir::identifiers_of(document->root())) keys.push_back(std::move(key));
    }
    return keys;
  }

  void judge_all() {
    screened_.has.assign(completeness_rows().size(), 0);
    std::atomic<std::size_t> next_shelf = 0;
    const std::uint64_t of = store_.people();
    on_threads(setting_.threads, [&](unsigned) {
      fhir::Assembler assembler(texts_);
      Screened own;
      own.has.assign(completeness_rows().size(), 0);
      for (std::size_t shelf = next_shelf++; shelf < PersonStore::shelf_count && !is_stopped(); shelf = next_shelf++) {
        std::uint64_t people = 0;
        store_.for_each_person(shelf, [&](std::string_view id, const std::vector<PersonStore::Piece>& pieces) {
          ++people;
          if (!is_stopped()) count(judgement_of(std::string(id), pieces, assembler), own);
        });
        setting_.judged(people, of);
      }
      const std::lock_guard lock(mutex_);
      merge(std::move(own));
    });
    screened_.stopped = is_stopped();
  }

  void merge(Screened&& own) {
    screened_.judged += own.judged;
    screened_.deceased += own.deceased;
    screened_.without_patient += own.without_patient;
    screened_.unreadable_people += own.unreadable_people;
    for (const auto& [group, number] : own.groups) screened_.groups[group] += number;
    for (const auto& [reason, number] : own.reasons) screened_.reasons[reason] += number;
    for (std::size_t i = 0; i < own.has.size(); ++i) screened_.has[i] += own.has[i];
    std::move(own.flagged.begin(), own.flagged.end(), std::back_inserter(screened_.flagged));
  }

  Judgement judgement_of(const std::string& id, std::vector<PersonStore::Piece> pieces,
                         fhir::Assembler& assembler) const {
    if (const auto named = by_identifier_.find(id); named != by_identifier_.end()) {
      for (const auto& key : named->second) {
        for (const auto piece : store_.pieces(Kind::identifier, key)) pieces.push_back(piece);
      }
    }
    add_needed(pieces, assembler);
    if (auto bundle = assembler.bundle(pieces)) return judge_.judge(id, std::move(*bundle));
    std::vector<std::string> entries(pieces.size());
    std::transform(pieces.begin(), pieces.end(), entries.begin(), [&](auto piece) { return text_of(piece); });
    return judge_.judge(id, std::move(entries));
  }

  /// Adds what the resources of a person refer to, and what that refers to in turn.
  void add_needed(std::vector<PersonStore::Piece>& pieces, fhir::Assembler& assembler) const {
    std::set<std::string> done;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (!assembler.may_need_others(pieces[i])) continue;
      const auto document = fhir::read_document(text_of(pieces[i]));
      if (!document) continue;
      for (const auto& key : fhir::needed_by(document->root())) {
        if (!done.insert(key).second) continue;
        for (const auto found : store_.pieces(Kind::shared, key)) pieces.push_back(found);
      }
    }
  }

  [[nodiscard]] std::string text_of(PersonStore::Piece piece) const {
    std::string text;
    text.reserve(usual_resource_bytes);
    fhir::append_resource(piece, texts_, text);
    return text;
  }

  const std::vector<std::string>& files_;
  const Judge& judge_;
  const ScreeningSetting& setting_;
  Journal* journal_;
  cards::Usable usable_;
  fhir::SharedTexts texts_;
  PersonStore store_;
  std::mutex mutex_;
  Screened screened_;
  std::map<std::string, std::vector<std::string>> by_identifier_;  ///< identifiers of a person that others name
};

}  // namespace

int age_group_of(std::optional<double> age_years) {
  return age_years ? std::clamp(static_cast<int>(*age_years / 10), 0, 9) : -1;
}

void count(Judgement judgement, Screened& screened) {
  for (const auto& [reason, number] : judgement.reasons) screened.reasons[reason] += number;
  switch (judgement.state) {
    case Judgement::State::no_patient:
      ++screened.without_patient;
      return;
    case Judgement::State::unreadable:
      ++screened.unreadable_people;
      return;
    case Judgement::State::deceased:
      ++screened.deceased;
      return;
    case Judgement::State::judged:
      break;
  }
  ++screened.judged;
  ++screened.groups[{judgement.outcome, age_group_of(judgement.age_years), judgement.sex}];
  for (std::size_t i = 0; i < judgement.has.size(); ++i) screened.has[i] += judgement.has[i] ? 1U : 0U;
  if (judgement.flagged) screened.flagged.push_back(std::move(*judgement.flagged));
}

Screened screen(const std::vector<std::string>& files, const Judge& judge, const ScreeningSetting& setting,
                Journal* journal) {
  return Run(files, judge, setting, journal).screen();
}

}  // namespace server
