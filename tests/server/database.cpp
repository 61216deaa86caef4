#include "tests/server/database.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace test {

namespace {

namespace fs = std::filesystem;

/// The newest PostgreSQL of the machine, in Debian's folder; empty when there is none.
std::string postgresql_tools() {
  std::string found;
  std::error_code error;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", error)) {
    const auto folder = (version.path() / "bin").string();
    if (fs::exists(folder + "/initdb") && folder > found) found = folder;
  }
  return found;
}

/// Whom to be when we are root.
const passwd* ordinary_user() {
  for (const char* name : {"postgres", "nobody"})
    if (const passwd* user = ::getpwnam(name)) return user;
  throw std::runtime_error("no ordinary user");
}

void become_ordinary() {
  if (::getuid() == 0) {
    const passwd* user = ordinary_user();
    if (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // a test that dies takes its server along
}

pid_t start_process(std::vector<std::string> words, bool ordinary, const std::string& output) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t id = ::fork();
  if (id != 0) return id;
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(file, 1);
  ::dup2(file, 2);
  if (ordinary) become_ordinary();
  if (::chdir("/") == 0) ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Runs a tool to its end.
std::string run_tool(const std::vector<std::string>& words, bool ordinary, const std::string& output) {
  fs::remove(output);
  int status = 0;
  ::waitpid(start_process(words, ordinary, output), &status, 0);
  if (status != 0) throw std::runtime_error(words[0] + " failed: " + text_of(output));
  return text_of(output);
}

constexpr const char* read_with_python = R"py(
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as file:
    for row in file.execute(sys.argv[2]):
        print("|".join("" if cell is None else str(cell) for cell in row))
)py";

}  // namespace

TemporaryFolder::TemporaryFolder() {
  path_ = fs::temp_directory_path() / "sir-cds-store-XXXXXX";
  if (!::mkdtemp(path_.data())) throw std::runtime_error("cannot make a folder");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

bool can_run(Kind kind) {
  return kind == Kind::sqlite || std::getenv("CI") || !postgresql_tools().empty();
}

Database::Database(Kind kind) : kind_(kind) {
  if (kind == Kind::sqlite) return;
  if (::getuid() == 0 && ::chown(folder_.path().c_str(), ordinary_user()->pw_uid, ordinary_user()->pw_gid) != 0)
    throw std::runtime_error("cannot give the folder away");
  // Nothing here survives the test, so its making need not wait for the disk; what the server writes later does.
  static_cast<void>(run_tool({postgresql_tools() + "/initdb", "--no-sync", "--auth=trust", "--username=sir",
                              "--encoding=UTF8", "--locale=C", "-D", folder_.path() + "/data"},
                             true, folder_.path() + ".making"));
  fs::remove(folder_.path() + ".making");
  start();
}

Database::~Database() {
  if (server_ != 0) stop();
}

void Database::start() {
  // A socket in the folder and no port at all: no two tests can meet.
  server_ = start_process({postgresql_tools() + "/postgres", "-D", folder_.path() + "/data", "-k", folder_.path(), "-c",
                           "listen_addresses="},
                          true, folder_.path() + "/log");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    try {
      static_cast<void>(query("SELECT 1"));
      return;
    } catch (const std::runtime_error&) {
      if (std::chrono::steady_clock::now() > end) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
}

void Database::stop() {
  thaw();
  ::kill(server_, SIGINT);  // ends the sessions, keeps the data
  ::waitpid(server_, nullptr, 0);
  server_ = 0;
}

void Database::signal_all(int number) const {
  const auto id = std::to_string(server_);
  std::istringstream children(text_of("/proc/" + id + "/task/" + id + "/children"));
  ::kill(server_, number);
  for (pid_t child = 0; children >> child;) ::kill(child, number);
}

server::StorePlace Database::place() const {
  if (kind_ == Kind::sqlite) return {.path = folder_.path() + "/feedback.sqlite", .url = {}};
  return {.path = {}, .url = "postgresql:///postgres?host=" + folder_.path() + "&user=sir"};
}

std::vector<std::string> Database::settings() const {
  return {"SIR_CDS_STORE_PATH=" + place().path, "SIR_CDS_STORE_URL=" + place().url,
          "SIR_CDS_STORE_PATIENT_KEY_FILE=" + key_file()};
}

std::string Database::tool(const std::string& name) const {
  return postgresql_tools() + "/" + name + " --host=" + folder_.path() + " --username=sir";
}

std::string Database::query(const std::string& sql) const {
  const std::string output = folder_.path() + "/answer";
  if (kind_ == Kind::sqlite) return run_tool({"python3", "-c", read_with_python, place().path, sql}, false, output);
  return run_tool(
      {postgresql_tools() + "/psql", "-X", "-A", "-t", "-q", "-h", folder_.path(), "-U", "sir", "-c", sql, "postgres"},
      false, output);
}

}  // namespace test
