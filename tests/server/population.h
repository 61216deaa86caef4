#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace test {

/// A folder of its own, gone when it goes out of scope.
class Workplace {
 public:
  Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace();

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string path() const { return path_.string(); }
  /// Writes a file and answers its path.
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

/// Resources as they lie in an export; single quotes stand for double ones.
[[nodiscard]] std::string lines(const std::vector<std::string>& resources);

[[nodiscard]] std::string patient(const std::string& id);
/// `subject` is the JSON of the whole member.
[[nodiscard]] std::string bmi(const std::string& id, const std::string& subject, const std::string& value = "22.8");
[[nodiscard]] std::string fasting_insulin(const std::string& id, const std::string& subject,
                                          const std::string& value = "412");

/// A slim man with a fasting insulin of 412 pmol/L, by Patient/ID, in three lines: flagged.
[[nodiscard]] std::string somebody_flagged(const std::string& id);

/// Runs tests/population/generate into a folder; false when it fails.
[[nodiscard]] bool generate(const std::string& folder, int people, const std::vector<std::string>& more = {});

}  // namespace test
