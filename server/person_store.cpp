#include "server/person_store.h"

#include <algorithm>
#include <array>
#include <utility>

namespace server {

namespace {

constexpr std::uint64_t page_bytes = std::uint64_t{1} << 18U;
/// Places from here on are numbers of large pieces.
constexpr std::uint64_t large_from = std::uint64_t{1} << 60U;
constexpr std::size_t first_slots = 64;

/// Keys of people, identifiers and shared resources lie in one table: a letter in front tells them apart.
void write_key(fhir::Owner::Kind kind, std::string_view key, std::string& written) {
  written = kind == fhir::Owner::Kind::person ? 'p' : kind == fhir::Owner::Kind::identifier ? 'i' : 's';
  written += key;
}

std::size_t hash_of(std::string_view key) {
  return std::hash<std::string_view>()(key);
}

std::size_t shelf_of(std::size_t hash) {
  return hash >> 58U;
}

}  // namespace

PersonStore::PersonStore() : shelves_(shelf_count) {}

/// A length, and that many bytes, which never lie on two pages.
std::uint64_t PersonStore::Shelf::append(std::string_view bytes) {
  std::string length;
  fhir::append_number(bytes.size(), length);
  const std::uint64_t needed = length.size() + bytes.size();
  if (needed > page_bytes) {
    large.emplace_back(bytes);
    return large_from + large.size() - 1;
  }
  if (end % page_bytes + needed > page_bytes) end += page_bytes - end % page_bytes;
  if (end / page_bytes == pages.size()) pages.push_back(std::make_unique<char[]>(page_bytes));
  const std::uint64_t place = end;
  char* const to = pages[end / page_bytes].get() + end % page_bytes;
  std::copy(bytes.begin(), bytes.end(), std::copy(length.begin(), length.end(), to));
  end += needed;
  return place;
}

std::string_view PersonStore::Shelf::at(std::uint64_t place) const {
  if (place >= large_from) return large[place - large_from];
  const char* const from = pages[place / page_bytes].get() + place % page_bytes;
  std::string_view rest(from, page_bytes - place % page_bytes);
  const std::size_t length = fhir::take_number(rest);
  return rest.substr(0, length);
}

std::string_view PersonStore::Shelf::key_of(const Entry& entry) const {
  return at(entry.key_at);
}

std::size_t PersonStore::Shelf::slot_of(std::string_view key, std::size_t hash) const {
  std::size_t slot = hash & (slots.size() - 1);
  while (slots[slot] != 0 && key_of(entries[slots[slot] - 1]) != key) slot = (slot + 1) & (slots.size() - 1);
  return slot;
}

void PersonStore::Shelf::grow() {
  const auto old = std::exchange(slots, std::vector<std::uint32_t>(std::max(first_slots, slots.size() * 2)));
  for (const std::uint32_t number : old) {
    if (number == 0) continue;
    const auto key = key_of(entries[number - 1]);
    slots[slot_of(key, hash_of(key))] = number;
  }
}

PersonStore::Entry& PersonStore::Shelf::entry(std::string_view key, std::size_t hash) {
  if (entries.size() * 4 >= slots.size() * 3) grow();
  const std::size_t slot = slot_of(key, hash);
  if (slots[slot] == 0) {
    entries.push_back({append(key), 0});
    slots[slot] = static_cast<std::uint32_t>(entries.size());
    if (key.front() == 'p') ++people;
  }
  return entries[slots[slot] - 1];
}

void PersonStore::add(const std::vector<KeptResource>& kept) {
  struct Addressed {
    std::size_t hash;
    const KeptResource* resource;
  };
  std::array<std::vector<Addressed>, shelf_count> addressed;
  std::string key;
  for (const auto& one : kept) {
    write_key(one.owner.kind, one.owner.key, key);
    const auto hash = hash_of(key);
    addressed[shelf_of(hash)].push_back({hash, &one});
  }
  // Shelf by shelf, so that each is locked once for a block.
  std::string piece;
  for (std::size_t number = 0; number < shelf_count; ++number) {
    if (addressed[number].empty()) continue;
    Shelf& shelf = shelves_[number];
    const std::lock_guard lock(shelf.mutex);
    for (const auto& [hash, resource] : addressed[number]) {
      write_key(resource->owner.kind, resource->owner.key, key);
      Entry& entry = shelf.entry(key, hash);
      piece.clear();
      fhir::append_number(entry.last, piece);
      piece += resource->condensed;
      entry.last = shelf.append(piece) + 1;
    }
  }
}

std::vector<PersonStore::Piece> PersonStore::Shelf::pieces_of(const Entry& entry) const {
  std::vector<Piece> pieces;
  for (std::uint64_t next = entry.last; next != 0;) {
    std::string_view bytes = at(next - 1);
    next = fhir::take_number(bytes);
    pieces.push_back(bytes);
  }
  return pieces;
}

std::vector<PersonStore::Piece> PersonStore::pieces(fhir::Owner::Kind kind, std::string_view key) const {
  std::string wanted;
  write_key(kind, key, wanted);
  const auto hash = hash_of(wanted);
  const Shelf& shelf = shelves_[shelf_of(hash)];
  if (shelf.slots.empty()) return {};
  const std::size_t slot = shelf.slot_of(wanted, hash);
  return shelf.slots[slot] == 0 ? std::vector<Piece>() : shelf.pieces_of(shelf.entries[shelf.slots[slot] - 1]);
}

void PersonStore::for_each_person(
    std::size_t shelf, const std::function<void(std::string_view, const std::vector<Piece>&)>& action) const {
  for (const Entry& entry : shelves_[shelf].entries) {
    const auto key = shelves_[shelf].key_of(entry);
    if (key.front() == 'p') action(key.substr(1), shelves_[shelf].pieces_of(entry));
  }
}

std::vector<std::string> PersonStore::identifiers() const {
  std::vector<std::string> found;
  for (const Shelf& shelf : shelves_) {
    for (const Entry& entry : shelf.entries) {
      const auto key = shelf.key_of(entry);
      if (key.front() == 'i') found.emplace_back(key.substr(1));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::uint64_t PersonStore::people() const {
  std::uint64_t count = 0;
  for (const Shelf& shelf : shelves_) count += shelf.people;
  return count;
}

std::uint64_t PersonStore::bytes() const {
  std::uint64_t count = 0;
  for (const Shelf& shelf : shelves_) {
    count += shelf.pages.size() * page_bytes + shelf.entries.size() * sizeof(Entry) + shelf.slots.size() * 4;
    for (const auto& piece : shelf.large) count += piece.size();
  }
  return count;
}

}  // namespace server
