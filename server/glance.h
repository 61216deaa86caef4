#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cards/usable.h"

namespace server {

/// What a look at the bytes of a line says, without reading them as JSON.
enum class Glance : unsigned char {
  read,           ///< may be of use, or looks odd: has to be read
  of_other_type,  ///< whole as far as one can see, and of a type that no fact reads
  not_needed,     ///< whole as far as one can see, and none of its codes or texts is one that a fact looks for
};

/// What facts can use, asked about one code or text after the other: remembers the answers, since a population has the
/// same few hundred again and again. One for each thread.
class Wanted {
 public:
  explicit Wanted(const cards::Usable& usable);

  [[nodiscard]] bool code(std::string_view code);
  [[nodiscard]] bool text(std::string_view text);
  [[nodiscard]] const cards::Usable& usable() const { return usable_; }

 private:
  struct Answer {
    std::string question;
    bool wanted = false;
  };
  template <class Ask>
  static bool remembered(std::vector<Answer>& answers, std::string_view question, Ask ask);

  const cards::Usable& usable_;
  std::vector<Answer> codes_;
  std::vector<Answer> texts_;
};

/// True when a text has a part. Quicker than a search of the standard library.
[[nodiscard]] bool holds(std::string_view text, std::string_view part);

/// Never passes over a line that some fact can use: whatever is written in an unusual way (an escape anywhere, another
/// member in front of the type) is read. What it passes over is checked for its brackets and quotes only.
[[nodiscard]] Glance glance(std::string_view line, Wanted& wanted);

}  // namespace server
