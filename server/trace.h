#pragma once

#include <string>
#include <string_view>

namespace server {

/// Where a request stands among the calls of others (W3C Trace Context, level 1): what comes in `traceparent`, with a
/// span of our own in it. Its letters are those of hexadecimal numbers only, so that it can stand in logs.
struct Trace {
  std::string trace_id;   ///< 32 digits, the caller's; a new one where the caller has none that can be read
  std::string parent_id;  ///< the caller's span; empty without one
  std::string span_id;    ///< 16 digits, ours
  std::string flags;      ///< two digits; 01: the caller keeps its trace

  /// What goes to servers that we ask.
  [[nodiscard]] std::string traceparent() const;
};

/// Takes up the trace of a `traceparent` header. What is malformed or of version ff is passed over, as the
/// specification wants it; later versions are read as far as they are known.
[[nodiscard]] Trace trace_of(std::string_view traceparent);

}  // namespace server
