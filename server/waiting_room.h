#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace server {

/// Bounds how many calls wait for other servers at the same time: all together, and for each server, so that one that
/// never answers leaves room for the others.
class WaitingRoom {
 public:
  explicit WaitingRoom(std::size_t places);
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  /// Taken while it lives.
  class Place {
   public:
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    friend class WaitingRoom;
    Place(WaitingRoom& room, std::string server);
    WaitingRoom* room_;
    std::string server_;
  };

  /// A place for a call that waits for this server; nothing when there is none.
  [[nodiscard]] std::optional<Place> enter(const std::string& server);
  /// Places for one server: three quarters of all.
  [[nodiscard]] std::size_t places_per_server() const;

 private:
  std::size_t places_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> taken_by_;
};

}  // namespace server
