#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace server {

/// What is worth knowing of an answered request. Nothing of it comes from a record, and no identifier and no query from
/// the request: `route` is the pattern ("/cds-services/{id}"), never the path.
struct RequestLine {
  std::string_view route;
  std::string_view method;  ///< one of the methods we know, else "other"
  int status = 0;
  double duration_ms = 0;
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
  std::vector<std::string> topics;  ///< of the cards in the answer
  std::string issuer;               ///< of the caller's token, when it is one that we know
  std::string tenant;
  std::string token_id;
  std::string_view refused;  ///< why the caller was not let in: a word of `Doubt`
  std::string request_id;
  std::string trace_id;  ///< digits only
  std::string span_id;
};

/// One JSON object per line on standard error.
class Log {
 public:
  /// `level` is that of the configuration: debug, info, warning, error or off.
  explicit Log(std::string_view level);
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;
  ~Log();

  void request(const RequestLine& line);
  void debug(std::string_view message);
  void info(std::string_view message);
  void warning(std::string_view message);
  void error(std::string_view message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace server
