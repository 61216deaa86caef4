#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace server {

/// What is wrong with the program at the moment, for whoever operates it. Nothing of it comes from a record or from a
/// stranger. Safe to use from all threads.
class Troubles {
 public:
  struct Trouble {
    std::string part;  ///< "audit"
    std::string what;  ///< a sentence without a full stop
  };

  /// Notes what is wrong with a part; an empty sentence ends the trouble. Answers whether that is news.
  bool note(const std::string& part, const std::string& what);
  /// In the order of the parts' names.
  [[nodiscard]] std::vector<Trouble> list() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> by_part_;
};

}  // namespace server
