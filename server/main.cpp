#include <unistd.h>

#include <iostream>

#include "server/commands.h"
#include "server/secrecy.h"

int main(int count, char** words) {
  server::forbid_core_dumps();
  const auto command = server::read_command(count, words);
  if (!command) return server::complain(command.error());
  if (command->verb == server::Verb::help) {
    std::cout << command->help;
    return 0;
  }
  const auto config = server::load_config(command->config_file, environ);
  if (!config) return server::complain(config.error());

  switch (command->verb) {
    case server::Verb::serve:
      return server::serve(*command, *config);
    case server::Verb::explain:
      return server::explain(*command, *config);
    case server::Verb::check:
      return server::check(*command, *config);
    case server::Verb::config:
      return server::print_config(*command, *config);
    case server::Verb::forget:
      return server::forget(*command, *config);
    case server::Verb::backup:
      return server::backup(*command, *config);
    case server::Verb::health:
      return server::health(*command, *config);
    case server::Verb::version:
      return server::print_version(*command, *config);
    case server::Verb::screen:
      return server::screen(*command, *config);
    case server::Verb::help:
      break;
  }
  return 0;
}
