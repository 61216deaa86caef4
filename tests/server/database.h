#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "server/store.h"

namespace test {

/// A folder that goes away with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

enum class Kind { sqlite, postgresql };

/// Whether this machine can run a database of that kind. Where tests must not be left out (the environment says CI),
/// the answer is always yes, and its absence fails.
[[nodiscard]] bool can_run(Kind kind);

/// A database of its own: a SQLite file in a new folder, or a PostgreSQL server of Debian with its data and its socket
/// in one. The server runs as an ordinary user, because it refuses to be root.
class Database {
 public:
  explicit Database(Kind kind);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  [[nodiscard]] server::StorePlace place() const;
  /// The settings that make the program use it: "SIR_CDS_STORE_URL=…" and the key for patient hashes.
  [[nodiscard]] std::vector<std::string> settings() const;
  /// Runs SQL with the database's own tool, not through us. Columns are separated by '|', rows by line ends.
  [[nodiscard]] std::string query(const std::string& sql) const;

  /// PostgreSQL only: the beginning of a command for one of its tools ("pg_dump") that talks to this server.
  [[nodiscard]] std::string tool(const std::string& name) const;
  /// The file with the key for patient hashes.
  [[nodiscard]] std::string key_file() const { return folder_.path() + "/site.key"; }

  /// PostgreSQL only: ends and starts the server, with its data.
  void stop();
  void start();
  /// PostgreSQL only: the server and its sessions stand still, as with a disk that hangs, and go on.
  void freeze() const { signal_all(SIGSTOP); }
  void thaw() const { signal_all(SIGCONT); }

 private:
  void signal_all(int number) const;

  Kind kind_;
  TemporaryFolder folder_;
  pid_t server_ = 0;
};

}  // namespace test
