#pragma once

#include <filesystem>
#include <string>
#include <vector>

// Certificates and other programs, as an operator would use them on a command line.

namespace test {

/// What a command printed (both outputs) and its exit status.
struct Said {
  int status = -1;
  std::string text;
};

/// Runs a shell command to its end; `timeout` ends it after 30 seconds.
[[nodiscard]] Said shell(const std::string& command);

/// A folder of its own, gone with the test.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  /// "/tmp/…/name".
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }
  void write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// Two authorities and what they signed, made with the command `openssl`: ca.pem with server.pem (for localhost and
/// 127.0.0.1) and renewed.pem; clients.pem with client.pem; each with its key in NAME.key.
class Certificates {
 public:
  Certificates();
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }
  /// The variables that let a Program speak TLS.
  [[nodiscard]] std::vector<std::string> environment(const std::string& name = "server") const;
  /// Puts one certificate and its key in the place of another.
  void replace(const std::string& name, const std::string& by) const;
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

 private:
  Folder folder_;
};

/// One set for all tests that do not change it.
[[nodiscard]] const Certificates& certificates();

/// A port that was free a moment ago.
[[nodiscard]] int free_port();

}  // namespace test
