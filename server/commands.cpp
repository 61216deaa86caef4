#include "server/commands.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace server {

namespace {

constexpr std::string_view installed_folder = "/usr/share/sir-cds/knowledge";

fhir::Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return fault(fhir::Kind::bad_input, path, "cannot be read");
  return text.str();
}

}  // namespace

std::string knowledge_folder(const Command& command, const Config& config) {
  if (!command.knowledge_folder.empty()) return command.knowledge_folder;
  if (!config.knowledge.folder.empty()) return config.knowledge.folder;
  std::error_code ignored;
  if (std::filesystem::is_directory(SIR_KNOWLEDGE_FOLDER, ignored)) return SIR_KNOWLEDGE_FOLDER;
  return std::string(installed_folder);
}

fhir::Result<cards::Knowledge> load_knowledge(const Command& command, const Config& config) {
  std::string uk90;
  if (!config.growth.uk90_file.empty()) {
    auto text = read_file(config.growth.uk90_file);
    if (!text) return tl::unexpected(text.error());
    uk90 = std::move(*text);
  }
  return cards::read_folder(knowledge_folder(command, config)).and_then([&](const cards::Folder& folder) {
    return cards::read_knowledge(folder, uk90);
  });
}

fhir::Result<Today> choose_today(const Command& command, const Config& config) {
  if (command.today) return always(*command.today);
  return today_in(config.server.time_zone);
}

cards::Site site_of(const Config& config) {
  cards::Site site{.care_tier = config.site.care_tier,
                   .jurisdiction = config.site.jurisdiction,
                   .show_explained = config.site.show_explained};
  const auto& contact = config.contact;
  if (!contact.verified_on.empty()) site.contact = {contact.phone, contact.email, contact.verified_on};
  if (!config.server.public_base_url.empty()) site.base_url = config.server.public_base_url;
  return site;
}

int print_version(const Command& command, const Config& config) {
  const auto knowledge = load_knowledge(command, config);
  if (!knowledge) return complain(knowledge.error());
  std::cout << "sir-cds " << SIR_VERSION << "\nknowledge " << knowledge->version() << " " << knowledge->digest()
            << (knowledge->approved() ? "" : " (draft, not approved)") << "\n";
  return 0;
}

int complain(const fhir::Error& error) {
  std::cerr << "sir-cds: " << error.where << (error.where.empty() ? "" : ": ") << error.what << "\n";
  return 1;
}

}  // namespace server
