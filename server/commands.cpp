#include "server/commands.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "server/blame.h"
#include "server/manual.h"
#include "server/seal.h"

namespace server {

namespace {

/// The knowledge that was installed with this program: /usr/share/sir-cds/knowledge beside /usr/bin/sir-cds.
std::filesystem::path installed_folder() {
  std::error_code ignored;
  auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (program.empty()) program = "/usr/bin/sir-cds";  // a root without /proc
  return program.parent_path().parent_path() / "share/sir-cds/knowledge";
}

fhir::Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return fault(fhir::Kind::bad_input, path, "cannot be read");
  return text.str();
}

/// Whether somebody whom the site has named released this folder; good where the site has named nobody.
fhir::Result<void> check_seal_of(const cards::Folder& folder, std::string directory, const std::string& named,
                                 const Config& config) {
  if (config.knowledge.public_key_file.empty()) return {};
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  const auto signature_file = named.empty() ? directory + ".sig" : named;
  const auto keys = read_file(config.knowledge.public_key_file);
  if (!keys) return tl::unexpected(keys.error());
  const auto signature = read_file(signature_file);
  if (!signature) return tl::unexpected(signature.error());
  auto sealed = check_seal(folder, *keys, *signature);
  if (!sealed) return fault(sealed.error().kind, directory, "is not released: " + sealed.error().what);
  return sealed;
}

/// The knowledge of a folder, with what the site adds to it.
fhir::Result<cards::Knowledge> load_folder(const std::string& directory, const std::string& signature_file,
                                           const Config& config) {
  std::string uk90;
  if (!config.growth.uk90_file.empty()) {
    auto text = read_file(config.growth.uk90_file);
    if (!text) return tl::unexpected(text.error());
    uk90 = std::move(*text);
  }
  const auto folder = cards::read_folder(directory);
  if (!folder) return tl::unexpected(folder.error());
  if (const auto sealed = check_seal_of(*folder, directory, signature_file, config); !sealed)
    return tl::unexpected(sealed.error());
  if (config.site.folder.empty()) return cards::read_knowledge(*folder, uk90);
  const auto site = cards::read_folder(config.site.folder);
  if (!site) return tl::unexpected(site.error());
  return cards::read_knowledge(*folder, uk90, *site);
}

}  // namespace

std::string knowledge_folder(const Command& command, const Config& config) {
  if (!command.knowledge_folder.empty()) return command.knowledge_folder;
  if (!config.knowledge.folder.empty()) return config.knowledge.folder;
  std::error_code ignored;
  const auto installed = installed_folder();
  const bool in_the_tree = !std::filesystem::is_directory(installed, ignored) &&
                           std::filesystem::is_directory(SIR_KNOWLEDGE_FOLDER, ignored);
  return in_the_tree ? SIR_KNOWLEDGE_FOLDER : installed.string();
}

fhir::Result<cards::Knowledge> load_knowledge(const Command& command, const Config& config) {
  return load_folder(knowledge_folder(command, config), config.knowledge.signature_file, config);
}

fhir::Result<std::optional<cards::Knowledge>> load_shadow(const Config& config, const cards::Knowledge& served) {
  const auto& directory = config.knowledge.shadow_folder;
  if (directory.empty()) return std::nullopt;
  auto shadow = load_folder(directory, config.knowledge.shadow_signature_file, config);
  // Files of two folders have the same names: the folder is what tells them apart.
  if (!shadow && shadow.error().where != directory)
    return fault(shadow.error().kind, directory, shadow.error().where + " " + shadow.error().what);
  if (!shadow) return tl::unexpected(shadow.error());
  if (shadow->digest() == served.digest()) return std::nullopt;
  return std::move(*shadow);
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

int print_config(const Command& command, const Config& config) {
  std::cout << (command.reference ? manual_as_markdown() : as_file(config));
  return std::cout.flush() ? 0 : 1;
}

int complain(const fhir::Error& error, const Config& config) {
  return complain(at_its_setting(error, config));
}

int complain(const fhir::Error& error) {
  std::cerr << "sir-cds: " << error.where << (error.where.empty() ? "" : ": ") << error.what << "\n";
  return 1;
}

}  // namespace server
