#pragma once

#include <string>

#include "tests/server/population.h"
#include "tests/server/program.h"

namespace test {

/// A copy of the shipped knowledge to be changed.
class KnowledgeCopy {
 public:
  KnowledgeCopy();

  [[nodiscard]] std::string path() const { return place_.path("knowledge"); }
  /// A text in a file of it by another; the file has to hold it.
  void change(const std::string& file, const std::string& from, const std::string& to) const;
  /// Another version of the same rules.
  void raise_version() const { change("knowledge.json", R"("version": ")", R"("version": "9)"); }
  /// Other rules: a fasting insulin counts as raised above another number than 150 pmol/L.
  void set_fasting_threshold(const std::string& number) const;

 private:
  Workplace place_;
};

[[nodiscard]] std::string ready_page(const Program& program);
[[nodiscard]] std::string metrics_page(const Program& program);

/// SIGHUP, and until the reading has ended for the so manieth time with this result ("taken", "refused").
void renew(const Program& program, const std::string& result, int times = 1);

/// Waits until the metrics hold a text; false when they do not within half a minute.
[[nodiscard]] bool comes_to(const Program& program, const std::string& text);

}  // namespace test
