#include "tests/server/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace test {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string temporary_file() {
  std::string path = std::filesystem::temp_directory_path() / "sir-cds-test-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) throw std::runtime_error("cannot make a temporary file");
  ::close(descriptor);
  return path;
}

/// Our environment without SIR_CDS_ variables, and the given ones.
std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry)
    if (!std::string_view(*entry).starts_with("SIR_CDS_")) all.emplace_back(*entry);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

pid_t start(std::vector<std::string> words, const std::vector<std::string>& more, int input, int output, int errors) {
  words.insert(words.begin(), SIR_BINARY);
  auto environment = environment_with(more);
  const auto word_pointers = pointers(words);
  const auto environment_pointers = pointers(environment);
  const pid_t id = ::fork();
  if (id != 0) return id;
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(errors, 2);
  ::execve(SIR_BINARY, word_pointers.data(), environment_pointers.data());
  ::_exit(127);
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

std::optional<int> wait_for(pid_t id, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    int status = 0;
    if (::waitpid(id, &status, WNOHANG) == id) return status_of(status);
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

int open_file(const std::string& path, int flags) {
  return ::open(path.c_str(), flags | O_CLOEXEC);
}

}  // namespace

Finished run(const std::vector<std::string>& words, const std::string& input,
             const std::vector<std::string>& environment) {
  const std::array<std::string, 3> files{temporary_file(), temporary_file(), temporary_file()};
  std::ofstream(files[0], std::ios::binary) << input;
  const int in = open_file(files[0], O_RDONLY);
  const int out = open_file(files[1], O_WRONLY);
  const int err = open_file(files[2], O_WRONLY);
  const pid_t id = start(words, environment, in, out, err);
  for (const int descriptor : {in, out, err}) ::close(descriptor);
  const auto status = wait_for(id, std::chrono::seconds(60));
  if (!status) ::kill(id, SIGKILL), ::waitpid(id, nullptr, 0);
  Finished finished{status.value_or(-1), read_file(files[1]), read_file(files[2])};
  for (const auto& file : files) std::filesystem::remove(file);
  return finished;
}

Program::Program(const std::vector<std::string>& environment, const std::vector<std::string>& words)
    : log_file_(temporary_file()) {
  // A store of its own: what one test answers must not silence another's cards.
  std::vector<std::string> settings{"SIR_CDS_STORE_PATH=" + store_file()};
  settings.insert(settings.end(), environment.begin(), environment.end());
  std::vector<std::string> all{"serve"};
  if (std::ranges::find(words, "--listen") == words.end()) all.insert(all.end(), {"--listen", "127.0.0.1:0"});
  if (std::ranges::find(words, by_the_clock) == words.end()) all.insert(all.end(), {"--today", "2026-06-15"});
  std::ranges::copy_if(words, std::back_inserter(all), [](const auto& word) { return word != by_the_clock; });
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const int nothing = open_file("/dev/null", O_RDONLY);
  const int errors = open_file(log_file_, O_WRONLY);
  id_ = start(all, settings, nothing, pipe[1], errors);
  for (const int descriptor : {pipe[1], nothing, errors}) ::close(descriptor);
  output_ = pipe[0];
  std::string line;
  char letter = 0;
  while (::read(output_, &letter, 1) == 1 && letter != '\n') line += letter;
  if (!line.starts_with("listening on http://127.0.0.1:") && !line.starts_with("listening on https://127.0.0.1:"))
    throw std::runtime_error("did not start: " + log());
  port_ = std::atoi(line.substr(line.rfind(':') + 1).c_str());
}

Program::~Program() {
  if (!status_) ::kill(id_, SIGKILL), ::waitpid(id_, nullptr, 0);
  ::close(output_);
  std::filesystem::remove(log_file_);
  std::filesystem::remove_all(log_file_ + ".store");
}

bool Program::alive() const {
  return !status_ && ::kill(id_, 0) == 0 && ::waitpid(id_, nullptr, WNOHANG) == 0;
}

std::size_t Program::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(id_) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("VmRSS:")) return static_cast<std::size_t>(std::atoll(line.substr(6).c_str())) * 1024;
  return 0;
}

std::string Program::store_file() const {
  return log_file_ + ".store/feedback.sqlite";
}

bool Program::comes_to_say(const std::string& words) const {
  for (int i = 0; i < 1000; ++i) {
    if (log().find(words) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string Program::log() const {
  return read_file(log_file_);
}

void Program::signal(int number) const {
  ::kill(id_, number);
}

int Program::wait(std::chrono::milliseconds time) {
  if (!status_) status_ = wait_for(id_, time);
  return status_.value_or(-1);
}

int Program::stop() {
  signal(SIGTERM);
  return wait(std::chrono::seconds(30));
}

Program& shared_program() {
  static Program program;
  return program;
}

}  // namespace test
