#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "server/commands.h"
#include "server/grouped.h"
#include "server/journal.h"
#include "server/progress.h"
#include "server/screen_report.h"
#include "server/screen_summary.h"
#include "server/screening.h"
#include "server/whole_file.h"

namespace server {

namespace {

namespace fs = std::filesystem;

/// Turns SIGINT and SIGTERM into a flag, as long as it lives.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    watcher_ = std::jthread([this](const std::stop_token& over) { watch(over); });
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal() {
    watcher_.request_stop();
    watcher_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  [[nodiscard]] const std::atomic<bool>& flag() const { return flag_; }

 private:
  void watch(const std::stop_token& over) {
    const timespec pause{.tv_sec = 0, .tv_nsec = 50'000'000};
    while (!over.stop_requested()) {
      if (sigtimedwait(&signals_, nullptr, &pause) > 0) flag_ = true;
    }
  }

  sigset_t signals_{};
  sigset_t before_{};
  std::atomic<bool> flag_ = false;
  std::jthread watcher_;
};

/// The files of all inputs. An input that is not there is said, and the rest goes on.
struct Inputs {
  std::vector<std::string> files;
  bool all_there = true;
};

Inputs inputs_of(const Command& command) {
  Inputs inputs;
  for (const auto& input : command.inputs) {
    auto files = files_of(input);
    if (!files) {
      complain(files.error());
      inputs.all_there = false;
      continue;
    }
    for (auto& file : *files) {
      const bool twice = std::find(inputs.files.begin(), inputs.files.end(), file) != inputs.files.end();
      if (!twice) inputs.files.push_back(std::move(file));
    }
  }
  return inputs;
}

std::uint64_t bytes_of(const std::vector<std::string>& files) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (!error) bytes += size;
  }
  return bytes;
}

/// Tells runs apart: what must be the same for a journal to be of use.
std::string identity_of_run(const std::vector<std::string>& files, const Judge& judge, const Command& command) {
  std::string identity = judge.knowledge().digest() + (command.screen.strict ? " strict " : " ") +
                         std::to_string(command.screen.line_bytes) + "\n";
  for (const auto& file : files) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    const auto time = fs::last_write_time(file, error).time_since_epoch().count();
    identity += file + " " + std::to_string(error ? 0 : size) + " " + std::to_string(error ? 0 : time) + "\n";
  }
  return identity;
}

ScreeningSetting setting_of(const Command& command, const StopOnSignal& stop, Progress& progress) {
  ScreeningSetting setting;
  setting.threads =
      command.screen.threads > 0 ? command.screen.threads : std::max(1U, std::thread::hardware_concurrency());
  setting.limits.line_bytes_max = command.screen.line_bytes;
  setting.strict = command.screen.strict;
  setting.stop = &stop.flag();
  setting.progress = [&progress](std::uint64_t bytes) { progress.add(bytes); };
  setting.judged = [&progress](std::uint64_t people, std::uint64_t of) { progress.add_people(people, of); };
  return setting;
}

fhir::Result<void> write_outputs(const Command& command, const ScreenedRun& run) {
  const auto write = [](const std::string& path, const std::string& text) {
    return path.empty() ? fhir::Result<void>() : write_whole(path, text);
  };
  if (command.screen.out.empty()) {
    std::cout << findings(run.screened);
    if (!std::cout.flush()) return fhir::fault(fhir::Kind::internal, "standard output", "cannot be written");
  }
  return write(command.screen.out, findings(run.screened))
      .and_then([&] { return write(command.screen.worklist, worklist(run.screened)); })
      .and_then([&] { return write(command.screen.report, screen_report(run)); })
      .and_then([&] { return write(command.screen.summary, summary_json(run)); });
}

bool is_whole(const Inputs& inputs, const Screened& screened) {
  const auto is_of_file = [](const UnreadLine& fault) { return fault.line == 0; };
  return inputs.all_there && std::none_of(screened.faults.begin(), screened.faults.end(), is_of_file);
}

/// The same files by another knowledge; what differs goes to a file beside the findings.
fhir::Result<void> compare(const Command& command, const Config& config, const ScreenedRun& run,
                           const ScreeningSetting& setting) {
  Command other = command;
  other.knowledge_folder = command.screen.compare;
  const auto knowledge = load_knowledge(other, config);
  if (!knowledge) return tl::unexpected(knowledge.error());
  const Judge judge(*knowledge, run.judge.today(), site_of(config));
  const auto theirs = screen(run.files, judge, setting);
  if (theirs.stopped) return fhir::fault(fhir::Kind::internal, "--compare", "was stopped");
  const auto text = comparison(run.screened, theirs);
  std::cerr << "sir-cds: people who differ by the knowledge in " << command.screen.compare << ": "
            << std::count(text.begin(), text.end(), '\n') - 1 << "\n";
  return write_whole(command.screen.out + ".compare.csv", text);
}

fhir::Result<int> screen_files(const Command& command, const Config& config, const Judge& judge) {
  const auto inputs = inputs_of(command);
  if (inputs.files.empty()) return 1;
  const StopOnSignal stop;
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, bytes_of(inputs.files));
  const auto setting = setting_of(command, stop, progress);
  std::optional<Journal> journal;
  if (command.screen.resume) {
    auto opened = Journal::open(command.screen.out + ".state", identity_of_run(inputs.files, judge, command));
    if (!opened) return tl::unexpected(opened.error());
    journal.emplace(std::move(*opened));
  }
  const auto screened = screen(inputs.files, judge, setting, journal ? &*journal : nullptr);
  progress.finish();
  if (screened.stopped) {
    std::cerr << "sir-cds: stopped; no findings were written"
              << (journal ? ", the same command goes on from here\n" : "\n");
    return 1;
  }
  const ScreenedRun run{screened, inputs.files, judge, command.screen.suppress_below, is_whole(inputs, screened)};
  std::cerr << in_words(run);
  if (const auto written = write_outputs(command, run); !written) return tl::unexpected(written.error());
  if (!command.screen.compare.empty()) {
    const auto compared = compare(command, config, run, setting);
    if (!compared) return tl::unexpected(compared.error());
  }
  if (journal && !journal->fault().empty())
    std::cerr << "sir-cds: " << command.screen.out << ".state: " << journal->fault() << "\n";
  if (journal) journal->remove();
  return run.whole ? 0 : 1;
}

const char* misuse_of(const Command& command) {
  const ScreenOptions& options = command.screen;
  const bool piped = options.extract || options.grouped;
  if (options.extract && options.grouped) return "does one of --extract and --grouped at a time";
  if (piped && !command.inputs.empty()) return "reads standard input with --extract or --grouped, and no files";
  if (!piped && command.inputs.empty()) return "needs files or folders to read";
  if ((options.resume || !options.compare.empty()) && options.out.empty())
    return "needs --out for --resume or --compare";
  return nullptr;
}

}  // namespace

int screen(const Command& command, const Config& config) {
  if (const char* misuse = misuse_of(command)) return complain({fhir::Kind::bad_input, "screen", misuse});
  const auto knowledge = load_knowledge(command, config);
  if (!knowledge) return complain(knowledge.error(), config);
  const auto today = choose_today(command, config);
  if (!today) return complain(today.error(), config);
  std::ios::sync_with_stdio(false);
  if (command.screen.extract) return extract_lines(*knowledge, command.screen.strict, std::cin, std::cout);
  const Judge judge(*knowledge, (*today)(), site_of(config));
  if (command.screen.grouped) return judge_groups(judge, command.screen.shared, std::cin, std::cout);
  const auto status = screen_files(command, config, judge);
  return status ? *status : complain(status.error());
}

}  // namespace server
