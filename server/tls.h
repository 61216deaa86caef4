#pragma once

#include <utility>  // must precede asio/awaitable.hpp of Boost 1.74

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "fhir/result.h"
#include "server/listener.h"

namespace server {

/// Certificate, key and rules of a TLS server; connections that use it keep it alive when a newer one takes its place.
using Tls = std::shared_ptr<boost::asio::ssl::context>;

/// Reads the files: TLS 1.2 and 1.3, forward secrecy and authenticated encryption only, no renegotiation. Errors:
/// bad_input, `where` is the file; a key that does not belong to the certificate is refused.
[[nodiscard]] fhir::Result<Tls> read_tls(const TlsFiles& files);

}  // namespace server
