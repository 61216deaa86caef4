#include "server/waiting_room.h"

#include <algorithm>
#include <utility>

namespace server {

WaitingRoom::WaitingRoom(std::size_t places) : places_(places) {}

std::size_t WaitingRoom::places_per_server() const {
  return std::max<std::size_t>(1, places_ * 3 / 4);
}

std::optional<WaitingRoom::Place> WaitingRoom::enter(const std::string& server) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= places_) return std::nullopt;
  auto& taken_here = taken_by_[server];
  if (taken_here >= places_per_server()) return std::nullopt;
  ++taken_here;
  ++taken_;
  return Place(*this, server);
}

WaitingRoom::Place::Place(WaitingRoom& room, std::string server) : room_(&room), server_(std::move(server)) {}

WaitingRoom::Place::Place(Place&& other) noexcept
    : room_(std::exchange(other.room_, nullptr)), server_(std::move(other.server_)) {}

WaitingRoom::Place::~Place() {
  if (!room_) return;
  const std::lock_guard lock(room_->mutex_);
  --room_->taken_;
  const auto here = room_->taken_by_.find(server_);
  if (--here->second == 0) room_->taken_by_.erase(here);
}

}  // namespace server
