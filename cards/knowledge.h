#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.h"
#include "fhir/time.h"
#include "fhir/value_set.h"

namespace cards {

template <class T>
using Result = fhir::Result<T>;

/// The knowledge folder as text: relative path ("criteria/lipodystrophy.json") to content. Reading it from disk is
/// `read_folder`; everything else works on this value, so that tests can change one number and look again.
using Folder = std::map<std::string, std::string>;

/// A CDS service that this program offers (knowledge.json).
struct Service {
  std::string id;    ///< "sir-patient-view"
  std::string hook;  ///< "patient-view"
  std::string title;
  std::string description;
  std::string usage_requirements;
  std::vector<std::string> criteria;  ///< ids, in the order of evaluation
};

/// A prefetch key and its template (CONTRACT.md 3).
struct PrefetchTemplate {
  std::string key;
  std::string query;
};

/// The clinical knowledge, checked and indexed; immutable.
class Knowledge {
 public:
  struct Content;

  Knowledge(Knowledge&&) noexcept;
  Knowledge& operator=(Knowledge&&) noexcept;
  ~Knowledge();

  [[nodiscard]] const std::string& version() const;  ///< "2026.11.1"
  [[nodiscard]] const std::string& digest() const;   ///< "sha256:…" over the clinical files
  [[nodiscard]] bool approved()
      const;  ///< the digest carries an approval, and the site changes no threshold; else cards say DRAFT
  [[nodiscard]] const std::vector<Service>& services() const;
  [[nodiscard]] const Service* service(std::string_view id) const;
  /// The same; the first service for an empty id, which is the one that judges a record without a call.
  [[nodiscard]] const Service& service_or_first(std::string_view id) const;
  [[nodiscard]] const std::vector<PrefetchTemplate>& prefetch() const;
  /// Sentences that an operator should see at start: "contact details were last verified on …".
  /// `verified_on` is that of the site's own contact, where it has one.
  [[nodiscard]] std::vector<std::string> warnings(fhir::Day today, std::string_view verified_on = {}) const;
  [[nodiscard]] const Content& content() const { return *content_; }

 private:
  friend Result<Knowledge> read_knowledge(const Folder&, std::string_view, const Folder&);
  explicit Knowledge(std::unique_ptr<const Content>);
  std::unique_ptr<const Content> content_;
};

/// Reads the files of a knowledge folder from disk (*.json, *.csv and *.md below it). Errors: internal, with the path.
[[nodiscard]] Result<Folder> read_folder(const std::string& directory);

/// Checks and indexes the knowledge. Refuses what it does not understand, with the file name and a sentence: unknown
/// words, unknown facts, other units, missing sources. `uk90` is the text of a configured UK90 table
/// (growth.uk90_file), or empty: then children are judged by the WHO reference. `site` are the files of the site's own
/// folder (cards/site_folder.h), mostly none; version and digest stay those of the knowledge.
[[nodiscard]] Result<Knowledge> read_knowledge(const Folder& folder, std::string_view uk90 = {},
                                               const Folder& site = {});

}  // namespace cards
