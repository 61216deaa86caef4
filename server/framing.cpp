#include "server/framing.h"

#include <boost/asio/ip/address.hpp>
#include <iterator>

#include "server/listener.h"

namespace server {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

std::string text_of(beast::string_view view) {
  return {view.data(), view.size()};
}

bool is_continue(beast::string_view expectation) {
  return beast::iequals(expectation, "100-continue");
}

/// The last address in a list of them: the one that the proxy next to us has seen. Empty when it is none.
std::string last_address(beast::string_view list) {
  const auto comma = list.rfind(',');
  std::string text = text_of(comma == beast::string_view::npos ? list : list.substr(comma + 1));
  text.erase(0, text.find_first_not_of(" \t"));
  error_code error;
  const auto address = boost::asio::ip::make_address(text, error);
  return error ? std::string() : address.to_string();
}

}  // namespace

std::optional<Refusal> fault_in(const Head& head) {
  if (std::distance(head.begin(), head.end()) > static_cast<std::ptrdiff_t>(header_fields_max))
    return Refusal{431, "the request has too many header fields"};
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() >= 11))
    return Refusal{400, "the request needs exactly one Host header field"};
  const auto lengths = head.count(http::field::content_length);
  if (lengths > 1 || head[http::field::content_length].find(',') != beast::string_view::npos)
    return Refusal{400, "the request states its length more than once"};
  if (const auto codings = head.count(http::field::transfer_encoding); codings > 0) {
    if (lengths > 0) return Refusal{400, "the request has both Content-Length and Transfer-Encoding"};
    if (head.version() < 11) return Refusal{400, "an HTTP/1.0 request cannot have Transfer-Encoding"};
    if (codings > 1 || !beast::iequals(head[http::field::transfer_encoding], "chunked"))
      return Refusal{501, "the only transfer coding understood here is chunked"};
  }
  if (const auto expectation = head[http::field::expect]; !expectation.empty() && !is_continue(expectation))
    return Refusal{417, "the only expectation understood here is 100-continue"};
  return std::nullopt;
}

bool has_folded_field(std::string_view bytes) {
  if (bytes.starts_with("\r\n")) return false;  // the parser has taken all fields: behind this comes another request
  const auto head = bytes.substr(0, bytes.find("\r\n\r\n"));
  for (auto at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size();
       at = head.find("\r\n", at + 2))
    if (head[at + 2] == ' ' || head[at + 2] == '\t') return true;
  return false;
}

Refusal refusal_of_head(const error_code& error) {
  if (error == http::error::header_limit) return {431, "the header fields are too large"};
  if (error == http::error::bad_content_length) return {400, "the Content-Length is not one number"};
  if (error == http::error::bad_transfer_encoding) return {400, "the Transfer-Encoding is not allowed here"};
  if (error == http::error::bad_version) return {400, "the request line has no version of HTTP/1"};
  if (error == http::error::bad_method || error == http::error::bad_target)
    return {400, "the request line is malformed"};
  return {400, "the header fields are malformed"};
}

Refusal refusal_of_chunks(const error_code& error) {
  if (error == http::error::body_limit) return {413, "the body is larger than is accepted here"};
  return {400, "the chunked body is malformed"};
}

Request request_of(const Head& head) {
  Request request;
  request.method = text_of(head.method_string());
  request.target = text_of(head.target());
  request.content_type = text_of(head[http::field::content_type]);
  request.content_encoding = text_of(head[http::field::content_encoding]);
  request.authorization = text_of(head[http::field::authorization]);
  request.origin = text_of(head[http::field::origin]);
  request.preflight_method = text_of(head[http::field::access_control_request_method]);
  request.preflight_headers = text_of(head[http::field::access_control_request_headers]);
  request.preflight_private_network = beast::iequals(head["Access-Control-Request-Private-Network"], "true");
  request.traceparent = text_of(head["traceparent"]);
  return request;
}

std::string forwarded_for(const Head& head) {
  std::string told;
  for (const auto& field : head)
    if (beast::iequals(field.name_string(), "X-Forwarded-For")) told = last_address(field.value());
  return told;
}

std::string head_of(const Response& response, bool keep_alive, const std::string& date) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string head;
  head.reserve(384);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason.data(), reason.size()).append("\r\nDate: ").append(date);
  if (!response.content_type.empty()) head.append("\r\nContent-Type: ").append(response.content_type);
  if (response.status != 204) head.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
  for (const auto& [name, value] : response.headers) head.append("\r\n").append(name).append(": ").append(value);
  return head.append("\r\nConnection: ").append(keep_alive ? "keep-alive" : "close").append("\r\n\r\n");
}

}  // namespace server
