#pragma once

#include <boost/beast/http.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"

// The heads of HTTP/1.1 messages. Two programs in a row that disagree about where one message ends and the next begins
// can be made to read different requests: what leaves that open is refused.

namespace server {

using Head = boost::beast::http::request<boost::beast::http::string_body>;

/// What is wrong with a whole head whose grammar is right (RFC 9112 sections 3.2, 6.1, 6.3; RFC 9110 section 10.1.1).
[[nodiscard]] std::optional<Refusal> fault_in(const Head& head);
/// Whether a field goes on in a next line, which one server may read as one field and another as two (RFC 9112 section
/// 5.2). The parser would join the lines.
[[nodiscard]] bool has_folded_field(std::string_view bytes);
/// What the parser's errors mean to a client.
[[nodiscard]] Refusal refusal_of_head(const boost::system::error_code& error);
[[nodiscard]] Refusal refusal_of_chunks(const boost::system::error_code& error);

/// What the head of a request says; without body, peer and time.
[[nodiscard]] Request request_of(const Head& head);
/// The last address in the last X-Forwarded-For: the one that the proxy next to us has seen, since what a client writes
/// into this field itself stands before what the proxy adds. Empty when it is none.
[[nodiscard]] std::string forwarded_for(const Head& head);

/// Status line and fields of an answer, with the empty line behind them.
[[nodiscard]] std::string head_of(const Response& response, bool keep_alive, const std::string& date);

}  // namespace server
