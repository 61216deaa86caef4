#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/sieve.h"

namespace server {

/// The resources of millions of people, condensed, each under its owner. Threads may add together; reading starts when
/// all of them are done.
class PersonStore {
 public:
  static constexpr std::size_t shelf_count = 64;

  PersonStore();

  void add(const std::vector<KeptResource>& kept);

  /// A condensed resource.
  using Piece = std::string_view;
  /// Everything of one owner, in no particular order; empty when there is nothing.
  [[nodiscard]] std::vector<Piece> pieces(fhir::Owner::Kind kind, std::string_view key) const;
  /// Calls for each person of a shelf, in no particular order. A shelf is a part of all people; which one somebody is
  /// in depends on the id only.
  void for_each_person(std::size_t shelf,
                       const std::function<void(std::string_view id, const std::vector<Piece>& pieces)>& action) const;
  /// The keys of resources whose owner is named by an identifier only.
  [[nodiscard]] std::vector<std::string> identifiers() const;

  [[nodiscard]] std::uint64_t people() const;
  /// Bytes taken, indexes included.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Entry {
    std::uint64_t key_at = 0;  ///< in the pages: length and bytes
    std::uint64_t last = 0;    ///< its last piece, plus one; 0: none
  };
  struct Shelf {
    mutable std::mutex mutex;
    std::vector<std::unique_ptr<char[]>> pages;
    std::vector<std::string> large;  ///< pieces that fill more than a page
    std::uint64_t end = 0;           ///< where the next piece goes
    std::deque<Entry> entries;
    std::vector<std::uint32_t> slots;  ///< number of an entry plus one; open addressing
    std::uint64_t people = 0;

    std::uint64_t append(std::string_view bytes);
    [[nodiscard]] std::string_view at(std::uint64_t place) const;
    [[nodiscard]] std::string_view key_of(const Entry& entry) const;
    [[nodiscard]] std::size_t slot_of(std::string_view key, std::size_t hash) const;
    void grow();
    Entry& entry(std::string_view key, std::size_t hash);
    [[nodiscard]] std::vector<Piece> pieces_of(const Entry& entry) const;
  };

  std::vector<Shelf> shelves_;
};

}  // namespace server
