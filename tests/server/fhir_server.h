#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// A FHIR server of the tests' own, on plain sockets of the loopback, that can be as wrong as it likes.

namespace test {

/// A request that it got. Header names are in lower case.
struct Asked {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const;
  /// "Observation" of "/fhir/Observation/_search?x" or "/fhir/Observation?x".
  [[nodiscard]] std::string type() const;
};

/// The connection on which an answer goes out.
class Wire {
 public:
  virtual ~Wire() = default;
  /// False when the other end is gone, or the server is to end.
  virtual bool send(std::string_view bytes) = 0;
  /// False when it did: for waiting that must end.
  virtual bool wait(int milliseconds) = 0;
};

/// A whole answer as text.
[[nodiscard]] std::string answer_text(std::string_view body, std::string_view status = "200 OK",
                                      std::string_view type = "application/fhir+json",
                                      const std::vector<std::string>& headers = {});

/// Files of a certificate and its key.
struct Identity {
  std::string certificate;
  std::string key;
};

class FhirServer {
 public:
  /// Answers one request. The connection goes on when it answers true.
  using Behaviour = std::function<bool(Wire&, const Asked&)>;

  /// With an identity it speaks TLS. `address` is one of this machine.
  explicit FhirServer(Behaviour behaviour, const Identity& identity = {}, const std::string& address = "127.0.0.1");
  FhirServer(const FhirServer&) = delete;
  FhirServer& operator=(const FhirServer&) = delete;
  ~FhirServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string origin() const;  ///< "http://127.0.0.1:40000"
  [[nodiscard]] std::string base() const { return origin() + "/fhir"; }
  [[nodiscard]] std::vector<Asked> asked() const;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  struct Tls;
  void accept();
  void serve(int descriptor);

  Behaviour behaviour_;
  std::shared_ptr<Tls> tls_;
  int listening_ = -1;
  int port_ = 0;
  std::atomic<bool> ending_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// Answers every request with the same text and keeps the connection.
[[nodiscard]] FhirServer::Behaviour always_answers(std::string text);

}  // namespace test
