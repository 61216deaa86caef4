#include "server/command_line.h"

#include <CLI/CLI.hpp>

#include "server/manual.h"

namespace server {

namespace {

void add_knowledge(CLI::App& app, Command& command) {
  app.add_option("--config", command.config_file, "Configuration file (TOML)")->type_name("FILE");
  app.add_option("--knowledge", command.knowledge_folder, "Folder of the clinical knowledge")->type_name("DIR");
}

void add_today(CLI::App& app, std::string& today) {
  app.add_option("--today", today, "The day against which ages and time windows are counted")->type_name("YYYY-MM-DD");
}

void add_serve(CLI::App& program, Command& command, std::string& today) {
  CLI::App& serve = *program.add_subcommand("serve", "Answer CDS Hooks requests over HTTP");
  add_knowledge(serve, command);
  add_today(serve, today);
  serve.add_option("--listen", command.listen, "Address to listen on; port 0 takes a free one")->type_name("HOST:PORT");
  serve.add_flag("--check-config", command.check_config, "Only say whether it would start with this configuration");
  serve.footer(manual_for_terminals);
  serve.callback([&command] { command.verb = Verb::serve; });
}

void add_config(CLI::App& program, Command& command) {
  CLI::App& config = *program.add_subcommand("config", "Print the settings in force, or the manual of all of them");
  add_knowledge(config, command);
  config.add_flag("--reference", command.reference, "Every setting with its meaning, as Markdown");
  config.callback([&command] { command.verb = Verb::config; });
}

void add_explain(CLI::App& program, Command& command, std::string& today) {
  CLI::App& explain = *program.add_subcommand("explain", "Show every criterion with its verdict and evidence");
  add_knowledge(explain, command);
  add_today(explain, today);
  explain.add_option("FILE", command.inputs, "CDS Hooks request or FHIR Bundle; '-' or nothing reads standard input")
      ->expected(0, 1);
  explain
      .add_option_function<std::string>(
          "--format", [&command](const std::string& format) { command.as_json = format == "json"; }, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  explain.callback([&command] { command.verb = Verb::explain; });
}

void add_screen(CLI::App& program, Command& command, std::string& today) {
  CLI::App& screen = *program.add_subcommand("screen", "Find people in FHIR Bulk Data whose records meet a criterion");
  ScreenOptions& options = command.screen;
  add_knowledge(screen, command);
  add_today(screen, today);
  const auto file = [&](const char* name, std::string& value, const char* words) {
    screen.add_option(name, value, words)->type_name("FILE");
  };
  screen.add_option("INPUT", command.inputs, "Files or folders of NDJSON (.ndjson, .ndjson.gz)");
  file("--out", options.out, "Where to write the findings, one JSON line for each person; else standard output");
  file("--worklist", options.worklist, "The findings as a ranked CSV list, too");
  file("--report", options.report, "Numbers, completeness and limits as an HTML page, too");
  file("--summary", options.summary, "Counts as JSON, too");
  screen.add_option("--compare", options.compare, "Another knowledge folder: who would be flagged by one only")
      ->type_name("DIR");
  screen.add_option("--threads", options.threads, "Threads; 0 means one per core")->type_name("N");
  screen.add_flag("--resume", options.resume, "Keep what is done beside --out, and go on from there after a crash");
  screen.add_flag("--strict", options.strict, "Read every line to its end, also those that no fact can use");
  screen.add_option("--line-bytes", options.line_bytes, "Longer lines are passed over and reported")->type_name("N");
  screen.add_option("--suppress-below", options.suppress_below, "Smaller numbers of people are not told in aggregates")
      ->type_name("N");
  screen.add_flag("--extract", options.extract, "Only pick: lines from standard input, KEY TAB RESOURCE to output");
  screen.add_flag("--grouped", options.grouped, "Only judge: KEY TAB RESOURCE, grouped by key, from standard input");
  file("--shared", options.shared, "With --grouped: KEY TAB RESOURCE of Medications that people refer to");
  screen.callback([&command] { command.verb = Verb::screen; });
}

void add_check(CLI::App& program, Command& command) {
  CLI::App& check = *program.add_subcommand("check", "Validate the clinical knowledge and print its review sheet");
  add_knowledge(check, command);
  check.add_flag("--write", command.write, "Renew the review sheet in the folder");
  check.add_flag("--manifest", command.manifest, "Only print what is signed: the digest of each file");
  check.add_option("--compare", command.compare, "Only print the cases that change against an older version")
      ->type_name("DIR");
  check.callback([&command] { command.verb = Verb::check; });
}

void add_forget(CLI::App& program, Command& command) {
  CLI::App& forget =
      *program.add_subcommand("forget", "Delete cards and feedback from the store, by age or by patient");
  ForgetOptions& options = command.forget;
  forget.add_option("--config", command.config_file, "Configuration file (TOML)")->type_name("FILE");
  auto* const age = forget.add_option("--older-than", options.older_than_days, "What is older than so many days");
  age->check(CLI::Range(std::uint64_t{1}, std::uint64_t{36'525}))->type_name("DAYS");
  auto* const hash = forget.add_option("--patient-hash", options.patient_hash, "What has this keyed hash in the store");
  hash->type_name("HASH");
  auto* const patient = forget.add_option("--patient", options.patient, "What is about the patient with this id");
  patient->type_name("ID");
  const auto of_patient = [&](const char* name, std::string& value, const char* words) {
    forget.add_option(name, value, words)->type_name("TEXT")->needs(patient);
  };
  of_patient("--issuer", options.issuer, "With --patient: iss of the tokens of the client that asked");
  of_patient("--tenant", options.tenant, "With --patient: tenant of these tokens");
  of_patient("--fhir-server", options.fhir_server, "With --patient: fhirServer of the calls");
  age->excludes(hash)->excludes(patient);
  hash->excludes(patient);
  forget.callback([&command, &options] {
    if (options.older_than_days == 0 && options.patient_hash.empty() && options.patient.empty())
      throw CLI::RequiredError("--older-than, --patient-hash or --patient");
    command.verb = Verb::forget;
  });
}

void add_backup(CLI::App& program, Command& command) {
  CLI::App& backup = *program.add_subcommand("backup", "Copy the SQLite store and its key, while the server runs");
  backup.add_option("--config", command.config_file, "Configuration file (TOML)")->type_name("FILE");
  backup.add_option("FILE", command.backup, "Where to; the key goes beside it, as FILE.key")->required();
  backup.callback([&command] { command.verb = Verb::backup; });
}

void add_health(CLI::App& program, Command& command) {
  CLI::App& health = *program.add_subcommand("health", "Ask a running server whether it is ready, for probes");
  health.add_option("--config", command.config_file, "Configuration file (TOML)")->type_name("FILE");
  health.add_option("URL", command.url, "Its address; else the port of server.listen on this machine");
  health.callback([&command] { command.verb = Verb::health; });
}

}  // namespace

fhir::Result<Command> read_command(int count, const char* const* words) {
  Command command;
  std::string today;
  CLI::App program("Clinical decision support for severe insulin resistance: a CDS Hooks server.", "sir-cds");
  program.require_subcommand(0, 1);
  add_knowledge(program, command);
  program.add_flag_callback(
      "--version", [&] { command.verb = Verb::version; },
      "Print the versions of program and knowledge, and the digest of the knowledge");
  add_serve(program, command, today);
  add_explain(program, command, today);
  add_screen(program, command, today);
  add_check(program, command);
  add_config(program, command);
  add_forget(program, command);
  add_backup(program, command);
  add_health(program, command);
  try {
    program.parse(count, words);
  } catch (const CLI::CallForHelp&) {
    command.verb = Verb::help;
  } catch (const CLI::ParseError& error) {
    return fault(fhir::Kind::bad_input, "command line", error.what());
  }
  if (command.verb == Verb::help) command.help = program.help();
  if (!today.empty()) {
    const auto day = fhir::read_day(today);
    if (!day) return fault(fhir::Kind::bad_input, "--today", "is not a day written as YYYY-MM-DD");
    command.today = *day;
  }
  return command;
}

}  // namespace server
