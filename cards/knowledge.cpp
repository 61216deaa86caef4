#include "cards/knowledge.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cards/content.h"
#include "cards/digest.h"
#include "cards/knowledge_reader.h"
#include "cards/site_folder.h"

namespace cards {

namespace {

namespace files = std::filesystem;

constexpr std::chrono::days contact_stale_after{365};

bool is_knowledge_file(const files::path& path) {
  const auto extension = path.extension();
  return extension == ".json" || extension == ".csv" || extension == ".md";
}

Result<std::string> read_file(const files::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fhir::fault(fhir::Kind::internal, path.string(), "cannot be read");
  return text.str();
}

}  // namespace

Result<Folder> read_folder(const std::string& directory) {
  Folder folder;
  std::error_code failure;
  files::recursive_directory_iterator walk(directory, failure);
  if (failure) return fhir::fault(fhir::Kind::internal, directory, "is not a folder that can be read");
  for (const auto& entry : walk) {
    if (!entry.is_regular_file(failure) || !is_knowledge_file(entry.path())) continue;
    auto text = read_file(entry.path());
    if (!text) return tl::unexpected<fhir::Error>(text.error());
    folder.emplace(files::relative(entry.path(), directory).generic_string(), std::move(*text));
  }
  return folder;
}

Knowledge::Knowledge(std::unique_ptr<const Content> content) : content_(std::move(content)) {}
Knowledge::Knowledge(Knowledge&&) noexcept = default;
Knowledge& Knowledge::operator=(Knowledge&&) noexcept = default;
Knowledge::~Knowledge() = default;

const std::string& Knowledge::version() const {
  return content_->version;
}
const std::string& Knowledge::digest() const {
  return content_->digest;
}
const std::vector<Service>& Knowledge::services() const {
  return content_->services;
}
const std::vector<PrefetchTemplate>& Knowledge::prefetch() const {
  return content_->prefetch;
}

bool Knowledge::approved() const {
  return content_->site_changes.empty() &&
         std::any_of(content_->approvals.begin(), content_->approvals.end(),
                     [&](const Approval& approval) { return approval.digest == content_->digest; });
}

const Service* Knowledge::service(std::string_view id) const {
  const auto found = std::find_if(content_->services.begin(), content_->services.end(),
                                  [&](const Service& service) { return service.id == id; });
  return found == content_->services.end() ? nullptr : &*found;
}

const Service& Knowledge::service_or_first(std::string_view id) const {
  const auto* named = service(id);
  return named ? *named : content_->services.front();
}

std::vector<std::string> Knowledge::warnings(fhir::Day today, std::string_view verified_on) const {
  std::vector<std::string> sentences;
  const auto verified = fhir::read_time(verified_on.empty() ? content_->contact.verified_on : verified_on);
  if (verified && verified->earliest_day() + contact_stale_after < today) {
    sentences.push_back("the contact details of " + content_->contact.service + " were last verified in " +
                        fhir::in_words(*verified) + ": verify them");
  }
  for (const auto& change : content_->site_changes)
    sentences.push_back("this site has changed a threshold of the clinical knowledge: " + change);
  return sentences;
}

Result<Knowledge> read_knowledge(const Folder& folder, std::string_view uk90, const Folder& site) {
  auto adaptation = adapted(folder, site);
  if (!adaptation) return tl::unexpected<fhir::Error>(adaptation.error());
  auto content = read_content(adaptation->folder, uk90);
  if (!content) {
    // What is wrong only with the site's files is not the knowledge's fault.
    const bool by_the_site = !site.empty() && read_content(folder, uk90).has_value();
    return fhir::fault(content.error().kind, (by_the_site ? "site folder: " : "") + content.error().where,
                       content.error().what);
  }
  if (!site.empty()) {
    (*content)->digest = digest_of(folder);
    (*content)->site_digest = std::move(adaptation->digest);
    (*content)->site_changes = std::move(adaptation->changes);
  }
  return Knowledge(std::move(*content));
}

}  // namespace cards
