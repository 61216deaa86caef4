#include "server/stream.h"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

// g++ 12 takes the frame allocation of Asio's coroutines for a mismatch of new and delete (GCC bug 109224).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace server {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Bodies up to this size travel in the same records as the head.
constexpr std::size_t joined_body_bytes_max = 64U << 10U;

auto quietly(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

}  // namespace

Stream::Stream(tcp::socket socket, Tls tls) : socket_(std::move(socket)), tls_(std::move(tls)) {
  if (tls_) tls_stream_.emplace(socket_, *tls_);
}

std::string Stream::peer_address() const {
  error_code error;
  const auto peer = socket_.remote_endpoint(error);
  return error ? std::string() : peer.address().to_string();
}

asio::awaitable<void> Stream::handshake(error_code& error) {
  if (tls_stream_) co_await tls_stream_->async_handshake(asio::ssl::stream_base::server, quietly(error));
}

// Not a coroutine of its own: the plain path is the one that is measured.
asio::awaitable<std::size_t> Stream::read_some(asio::mutable_buffer buffer, error_code& error) {
  if (tls_stream_) return read_encrypted(buffer, error);
  return socket_.async_read_some(buffer, quietly(error));
}

asio::awaitable<std::size_t> Stream::read_encrypted(asio::mutable_buffer buffer, error_code& error) {
  const std::size_t count = co_await tls_stream_->async_read_some(buffer, quietly(error));
  // HTTP says itself how long a message is, so that an end without a farewell cuts nothing off unseen.
  if (error == asio::ssl::error::stream_truncated) error = asio::error::eof;
  co_return count;
}

asio::awaitable<void> Stream::gather(std::size_t bytes, error_code& error) {
  using LowMark = asio::socket_base::receive_low_watermark;
  error_code unknown;  // then reading begins with the first byte
  if (tls_stream_ || socket_.set_option(LowMark(static_cast<int>(bytes)), unknown)) co_return;
  co_await socket_.async_wait(tcp::socket::wait_read, quietly(error));
  socket_.set_option(LowMark(1), unknown);
}

std::size_t Stream::read_ready(asio::mutable_buffer buffer, error_code& error) {
  if (tls_stream_ || socket_.non_blocking(true, error)) return 0;
  const std::size_t count = socket_.read_some(buffer, error);
  if (error == asio::error::would_block) error.clear();
  return count;
}

asio::awaitable<void> Stream::write(std::string head, std::string_view body, error_code& error) {
  if (!tls_stream_) {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body.data(), body.size())};
    co_await asio::async_write(socket_, parts, quietly(error));
    co_return;
  }
  if (body.size() <= joined_body_bytes_max) head.append(std::exchange(body, {}));
  co_await asio::async_write(*tls_stream_, asio::buffer(head), quietly(error));
  if (!error && !body.empty())
    co_await asio::async_write(*tls_stream_, asio::buffer(body.data(), body.size()), quietly(error));
}

asio::awaitable<void> Stream::finish_writing() {
  error_code ignored;
  if (tls_stream_) co_await tls_stream_->async_shutdown(quietly(ignored));
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> Stream::discard_some(asio::mutable_buffer buffer, error_code& error) {
  co_await socket_.async_read_some(buffer, quietly(error));
}

bool Stream::has_unread() {
  error_code error;
  if (tls_stream_ && SSL_has_pending(tls_stream_->native_handle()) == 1) return true;
  return socket_.available(error) > 0 && !error;
}

void Stream::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Stream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace server
