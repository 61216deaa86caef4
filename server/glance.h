#pragma once

#include <string_view>

#include "cards/usable.h"

namespace server {

/// What a look at the bytes of a line says, without reading them as JSON.
enum class Glance : unsigned char {
  read,           ///< may be of use, or looks odd: has to be read
  of_other_type,  ///< whole as far as one can see, and of a type that no fact reads
  not_needed,     ///< whole as far as one can see, and none of its codes or texts is one that a fact looks for
};

/// Never passes over a line that some fact can use: whatever is written in an unusual way (an escape anywhere, another
/// member in front of the type) is read. What it passes over is checked for its brackets and quotes only.
[[nodiscard]] Glance glance(std::string_view line, const cards::Usable& usable);

}  // namespace server
