#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace server {

/// One step from a version of the database to the next: statements that SQLite and PostgreSQL both understand, where
/// "{id}" stands for the type of a row's own number.
struct Migration {
  int version;
  std::vector<std::string_view> statements;
};

/// All steps, oldest first. A step that has been released is never changed.
[[nodiscard]] const std::vector<Migration>& migrations();

}  // namespace server
