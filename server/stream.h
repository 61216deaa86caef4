#pragma once

#include <utility>  // must precede asio/awaitable.hpp of Boost 1.74

#include <boost/asio.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/tls.h"

namespace server {

namespace asio = boost::asio;

/// The bytes of one connection, encrypted or not. What goes wrong stands in `error`; a peer that ends the connection is
/// asio::error::eof.
class Stream {
 public:
  /// Plain when there is no `tls`.
  Stream(asio::ip::tcp::socket socket, Tls tls);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] bool encrypted() const { return tls_stream_.has_value(); }
  [[nodiscard]] std::string peer_address() const;
  /// Agrees upon keys; nothing to do on a plain stream.
  asio::awaitable<void> handshake(boost::system::error_code& error);
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer buffer, boost::system::error_code& error);
  /// Waits until so many bytes can be read at once, or no more will come. An encrypted stream does not wait: nobody
  /// knows how many bytes what comes will be.
  asio::awaitable<void> gather(std::size_t bytes, boost::system::error_code& error);
  /// Reads what has come, at once; 0 when nothing has. Only of a plain stream.
  [[nodiscard]] std::size_t read_ready(asio::mutable_buffer buffer, boost::system::error_code& error);
  /// Writes both, in order.
  asio::awaitable<void> write(std::string head, std::string_view body, boost::system::error_code& error);
  /// Tells the peer that nothing more comes from us.
  asio::awaitable<void> finish_writing();
  /// Reads what still comes without looking at it.
  asio::awaitable<void> discard_some(asio::mutable_buffer buffer, boost::system::error_code& error);
  /// Whether bytes have come that were not read.
  [[nodiscard]] bool has_unread();
  /// Ends what is under way with an error; reading and writing may begin anew.
  void cancel();
  void close();

 private:
  asio::awaitable<std::size_t> read_encrypted(asio::mutable_buffer buffer, boost::system::error_code& error);

  asio::ip::tcp::socket socket_;
  Tls tls_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_stream_;
};

}  // namespace server
