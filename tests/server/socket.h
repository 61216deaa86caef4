#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A small HTTP client for tests, on plain sockets, so that wrong bytes can be sent too.

namespace test {

/// What came back. Header names are in lower case; a header that came twice is joined with ", ".
struct Answer {
  int status = 0;  ///< 0: nothing that looks like an answer came
  std::map<std::string, std::string> headers;
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const;
};

class Socket {
 public:
  /// `from` is an address of the loopback, 127.0.0.0/8, that the connection comes from.
  explicit Socket(int port, const char* from = "127.0.0.1");
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  /// Sends all of it, or as much as the other end takes; says whether all went.
  bool send(std::string_view bytes);
  /// Ends our direction: the other end reads end-of-file.
  void finish_sending();
  /// Ends the connection with a reset.
  void reset();
  /// Reads one answer; `to_head` means that no body follows whatever Content-Length says. 1xx answers are passed over.
  Answer receive(bool to_head = false);
  /// Whether "100 Continue" comes next.
  bool receive_continue();
  /// Whether the other end closes within the time without sending anything more.
  bool closes_within(std::chrono::milliseconds time);
  /// Everything until the other end closes.
  std::string receive_rest();

 private:
  bool fill();
  int descriptor_ = -1;
  std::string pending_;
};

/// A request as text: header lines without line ends; Host, Connection: close and Content-Length are added.
[[nodiscard]] std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                                  const std::vector<std::string>& headers = {});

/// One request on its own connection.
[[nodiscard]] Answer ask(int port, std::string_view method, std::string_view target, std::string_view body = {},
                         const std::vector<std::string>& headers = {});
/// POST of JSON.
[[nodiscard]] Answer post(int port, std::string_view target, std::string_view body,
                          const std::vector<std::string>& headers = {"Content-Type: application/json"});
/// Bytes as they are on their own connection; our direction stays open.
[[nodiscard]] Answer send_raw(int port, std::string_view bytes);

}  // namespace test
