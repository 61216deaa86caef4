#pragma once

#include <string>
#include <tl/expected.hpp>

namespace fhir {

/// What sort of trouble an Error is. Neutral on purpose: one place in server/ maps it to HTTP.
enum class Kind {
  bad_input,     ///< the caller's bytes are not what they should be
  unauthorised,  ///< nobody we know is calling
  not_allowed,   ///< known, but not entitled to this
  not_found,     ///< there is no such thing here
  wrong_method,  ///< the address exists, the method does not
  incomplete,    ///< data that is needed was neither sent nor obtainable
  timed_out,     ///< the caller was too slow
  too_big,       ///< over a configured limit
  wrong_media,   ///< media type, charset or encoding that we do not read
  busy,          ///< at capacity, try again
  internal,      ///< our own fault: a file that cannot be read, a store that does not answer
};

/// A fault as a value. `where` is a JSON path ("prefetch.patient.birthDate") or a file name, `what` a
/// sentence without a full stop that reads on from it ("is not a date"). Neither ever repeats what the
/// record says: texts of errors reach logs and strangers.
struct Error {
  Kind kind = Kind::internal;
  std::string where;
  std::string what;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

/// Shorthand for returning a fault: `return fault(Kind::bad_input, path, "is not a date");`
[[nodiscard]] inline tl::unexpected<Error> fault(Kind kind, std::string where, std::string what) {
  return tl::unexpected<Error>(Error{kind, std::move(where), std::move(what)});
}

}  // namespace fhir
