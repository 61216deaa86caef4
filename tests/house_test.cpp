#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// The rules of the house, executed. Each rule is a function from the tree to sentences about what breaks it, and each
// is tested twice: an invented tree shows that it sees a fault, the real tree shows that there is none.

namespace {

namespace fs = std::filesystem;
using Faults = std::vector<std::string>;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Paths relative to the repository, with their content.
using Tree = std::map<std::string, std::string>;

Tree read_tree() {
  Tree tree;
  const fs::path root = SIR_SOURCE_DIR;
  const auto skipped = [](const fs::path& path) {
    const auto name = path.filename().string();
    return name == ".git" || name == ".cache" || name == "node_modules" || name == "__pycache__" ||
           name.starts_with("build");
  };
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
    if (skipped(entry->path())) {
      entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file()) continue;
    std::ifstream file(entry->path(), std::ios::binary);
    tree[fs::relative(entry->path(), root).generic_string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return tree;
}

const Tree& repository() {
  static const Tree tree = read_tree();
  return tree;
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.find('/'));
}

bool is_code(const std::string& path) {
  return path.ends_with(".cpp") || path.ends_with(".h");
}

bool is_product_code(const std::string& path) {
  static const std::set<std::string> product = {"fhir", "cards", "server"};
  return is_code(path) && product.contains(folder_of(path));
}

/// What a file includes, with its quotes: "\"fhir/json.h\"" or "<vector>".
std::vector<std::string> includes_of(const std::string& text) {
  static const std::regex include(R"re(^[ \t]*#[ \t]*include[ \t]*("[^"\n]+"|<[^>\n]+>))re", std::regex::multiline);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

Faults upward_includes(const Tree& tree) {
  static const std::map<std::string, std::set<std::string>> seen_from = {
      {"fhir", {"fhir"}}, {"cards", {"fhir", "cards"}}, {"server", {"fhir", "cards", "server"}}};
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (!is_product_code(path)) continue;
    for (const auto& include : includes_of(text)) {
      if (include.front() == '"' && !seen_from.at(folder_of(path)).contains(folder_of(include.substr(1)))) {
        faults.push_back(path + " includes " + include);
      }
    }
  }
  return faults;
}

Faults includes_not_from_the_root(const Tree& tree) {
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (!is_product_code(path)) continue;  // a test may name its neighbour
    for (const auto& include : includes_of(text)) {
      if (include.front() == '"' && !tree.contains(include.substr(1, include.size() - 2))) {
        faults.push_back(path + " includes " + include + ", which is no path from the root");
      }
    }
  }
  return faults;
}

struct Library {
  std::string_view include;  ///< how its headers begin
  std::vector<std::string_view> files;
};

Faults libraries_out_of_place(const Tree& tree) {
  static const std::vector<std::string_view> network = {
      "server/listener.h", "server/listener.cpp", "server/connection.h", "server/connection.cpp",
      "server/stream.h",   "server/stream.cpp",   "server/tls.h",        "server/queue.h",
      "server/queue.cpp",  "server/framing.h",    "server/framing.cpp"};
  static const std::vector<Library> libraries = {
      {"<simdjson", {"fhir/simdjson_reader.cpp"}},
      {"<rapidjson", {"fhir/json.cpp"}},
      {"<boost/beast", network},
      {"<boost/asio", network},
      {"<boost/uuid", {"server/identifier.cpp"}},
      {"<spdlog", {"server/log.cpp"}},
      {"<prometheus", {"server/metrics.cpp"}},
      {"<toml++", {"server/config.cpp"}},
      {"<CLI", {"server/command_line.cpp"}},
      {"<openssl", {"cards/digest.cpp", "server/line.cpp", "server/seal.cpp", "server/tls.cpp"}},
      {"<cjose", {"server/jwt.cpp"}},
      {"<date/", {"server/clock.cpp"}},
      {"<cpprest", {"server/line.cpp"}},
      {"<pplx", {"server/line.cpp"}},
      {"<arpa/", {"server/address.cpp", "server/resolver.cpp"}},
      {"<linux/tcp", {"server/received_bytes.cpp"}},
      {"<netinet/", {"server/received_bytes.cpp"}},
      {"<soci", {"server/store.cpp"}},
      {"<tl/expected", {"fhir/result.h"}},
      {"<zlib", {"server/ndjson.cpp"}},
  };
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (!is_product_code(path)) continue;
    for (const auto& include : includes_of(text)) {
      const auto foreign = include.find_first_of("/+") != std::string::npos || include.starts_with("<simdjson") ||
                           include.starts_with("<zlib");
      if (include.front() == '"' || include.starts_with("<sys/") || !foreign) continue;
      const auto library =
          std::ranges::find_if(libraries, [&](const auto& l) { return include.starts_with(l.include); });
      if (library == libraries.end()) {
        faults.push_back(path + " includes " + include + ", a library that has no file of its own");
      } else if (std::ranges::find(library->files, path) == library->files.end()) {
        faults.push_back(path + " includes " + include);
      }
    }
  }
  return faults;
}

/// Words that say nothing about what a thing is. Split here, so that this file passes its own test.
const std::set<std::string>& empty_words() {
  static const std::set<std::string> words = {std::string("ut") + "il",         std::string("ut") + "ils",
                                              std::string("help") + "er",       std::string("help") + "ers",
                                              std::string("mana") + "ger",      std::string("comm") + "on",
                                              std::string("miscella") + "neous"};
  return words;
}

/// "JsonReader", "json_reader" and "json-reader" are the words json, reader.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  bool lower_before = false;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool starts_word = std::isupper(byte) != 0 && lower_before;
    if (std::isalnum(byte) == 0 || starts_word) words.emplace_back();
    if (std::isalnum(byte) != 0) words.back() += static_cast<char>(std::tolower(byte));
    lower_before = std::islower(byte) != 0;
  }
  return words;
}

bool says_nothing(std::string_view name) {
  return std::ranges::any_of(words_of(name), [](const auto& word) { return empty_words().contains(word); });
}

/// Code without comments and without the content of its strings.
std::string without_prose(const std::string& text) {
  static const std::regex prose(R"re(//[^\n]*|/\*[^*]*\*+([^/*][^*]*\*+)*/|"([^"\\\n]|\\.)*")re");
  return std::regex_replace(text, prose, " ");
}

Faults names_that_say_nothing(const Tree& tree) {
  static const std::regex identifier("[A-Za-z_][A-Za-z0-9_]*");
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (says_nothing(path)) faults.push_back(path);
    if (!is_code(path)) continue;
    const auto code = without_prose(std::regex_replace(text, std::regex("#include[^\n]*"), ""));
    for (std::sregex_iterator match(code.begin(), code.end(), identifier), end; match != end; ++match) {
      if (says_nothing(match->str()) && !match->str().starts_with("common_"))
        faults.push_back(path + ": " + match->str());
    }
  }
  return faults;
}

Faults unfinished_work(const Tree& tree) {
  static const std::regex marker(std::string("\\b(TO") + "DO|FIX" + "ME|HA" + "CK)\\b");
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (std::regex_search(text, marker)) faults.push_back(path);
  }
  return faults;
}

Faults untidy_whitespace(const Tree& tree) {
  Faults faults;
  for (const auto& [path, text] : tree) {
    // Hostile input and tables of others are kept byte for byte.
    if (path.starts_with("tests/fuzz/corpus/") || path.ends_with(".csv") || path.ends_with(".txt") ||
        path.ends_with(".png"))
      continue;
    if (text.find('\t') != std::string::npos) faults.push_back(path + " holds a tab");
    if (text.find(" \n") != std::string::npos) faults.push_back(path + " holds a blank at the end of a line");
    if (text.find('\r') != std::string::npos) faults.push_back(path + " holds a carriage return");
    if (!text.empty() && text.back() != '\n') faults.push_back(path + " does not end with a new line");
  }
  return faults;
}

Faults headers_without_pragma(const Tree& tree) {
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (path.ends_with(".h") && !text.starts_with("#pragma once\n")) faults.push_back(path);
  }
  return faults;
}

Faults namespaces_unlike_their_folder(const Tree& tree) {
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (!is_product_code(path) || path == "server/main.cpp") continue;
    if (text.find("namespace " + folder_of(path) + " {") == std::string::npos) faults.push_back(path);
  }
  return faults;
}

Faults strangers_at_the_top(const Tree& tree) {
  static const std::set<std::string> agreed = {
      "CMakeLists.txt", "CMakePresets.json", "fhir",    "cards",  "server",      "tests",
      "deploy",         "README.md",         "LICENSE", "NOTICE", "CHANGELOG.md"};
  Faults faults;
  for (const auto& [path, text] : tree) {
    const auto name = folder_of(path);
    if (!name.starts_with('.') && !agreed.contains(name)) faults.push_back(name);
  }
  faults.erase(std::unique(faults.begin(), faults.end()), faults.end());
  return faults;
}

/// A knowledge file is used when another knowledge file, or the code that reads the folder, names it. Value sets may
/// stand ahead of the facts that will use them: they are lists of verified codes, reviewed as such.
Faults knowledge_that_nothing_names(const Tree& tree) {
  static const std::set<std::string> kinds = {"facts", "criteria", "advice", "definitions"};
  const std::string base = "cards/knowledge/";
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (!path.starts_with(base) || !path.ends_with(".json")) continue;
    if (!kinds.contains(folder_of(path.substr(base.size())))) continue;
    const auto quoted = '"' + fs::path(path).stem().string() + '"';
    const auto names_it = [&](const auto& file) {
      const bool may = file.first.starts_with(base) || is_product_code(file.first);
      return may && file.first != path && !file.first.starts_with(base + "cases/") &&
             file.second.find(quoted) != std::string::npos;
    };
    if (std::ranges::none_of(tree, names_it)) faults.push_back(path);
  }
  return faults;
}

/// Paths in back quotes and the targets of links that are not there.
Faults readme_paths_that_lead_nowhere(const Tree& tree) {
  static const std::regex path_in_text(
      "(?:`|\\]\\()((?:fhir|cards|server|tests|deploy|\\.ci)(?:/[A-Za-z0-9_.-]+)+/?)(?:`|\\))");
  const auto& readme = tree.at("README.md");
  Faults faults;
  for (std::sregex_iterator match(readme.begin(), readme.end(), path_in_text), end; match != end; ++match) {
    const std::string path = (*match)[1];
    const auto next = tree.lower_bound(path);
    const bool leads =
        next != tree.end() && (next->first == path || next->first.starts_with(path.back() == '/' ? path : path + '/'));
    if (!leads) faults.push_back(path);
  }
  return faults;
}

Faults package_list_faults(const Tree& tree) {
  static const std::regex entry(R"re((build|sandbox|test|lint) +([a-z0-9.+-]+)(?:\|[a-z]+)? +[^ ].*)re");
  const auto& list = tree.at("deploy/packages");
  Faults faults;
  std::set<std::string> packages;
  for (std::size_t begin = 0; begin < list.size();) {
    const auto end = std::min(list.find('\n', begin), list.size());
    const auto line = list.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || line.front() == '#') continue;
    std::smatch match;
    if (!std::regex_match(line, match, entry)) {
      faults.push_back("not \"stage package why\": " + line);
    } else if (!packages.insert(match[2]).second) {
      faults.push_back("twice: " + match.str(2));
    }
  }
  return faults;
}

TEST(House, ArrowsPointFromServerToCardsToFhir) {
  EXPECT_THAT(upward_includes({{"fhir/a.cpp", "#include \"cards/b.h\"\n"},
                               {"cards/b.h", "#include \"fhir/a.h\"\n"},
                               {"tests/fhir/a_test.cpp", "#include \"cards/b.h\"\n"}}),
              ElementsAre("fhir/a.cpp includes \"cards/b.h\""));
  EXPECT_THAT(upward_includes(repository()), IsEmpty());
}

TEST(House, IncludesAreWrittenFromTheRoot) {
  EXPECT_THAT(includes_not_from_the_root({{"fhir/a.cpp", "#include \"a.h\"\n"}, {"fhir/a.h", ""}}),
              ElementsAre("fhir/a.cpp includes \"a.h\", which is no path from the root"));
  EXPECT_THAT(includes_not_from_the_root(repository()), IsEmpty());
}

TEST(House, EachLibraryHasOneFile) {
  EXPECT_THAT(libraries_out_of_place({{"cards/a.cpp", "#include <simdjson.h>\n#include <vector>\n"},
                                      {"fhir/simdjson_reader.cpp", "#include <simdjson.h>\n"},
                                      {"server/b.h", "#include <boost/asio.hpp>\n#include <curl/curl.h>\n"}}),
              ElementsAre("cards/a.cpp includes <simdjson.h>", "server/b.h includes <boost/asio.hpp>",
                          "server/b.h includes <curl/curl.h>, a library that has no file of its own"));
  EXPECT_THAT(libraries_out_of_place(repository()), IsEmpty());
}

TEST(House, EveryNameSaysWhatAThingIs) {
  const std::string empty_word = *empty_words().begin();
  const Tree invented = {{"fhir/" + empty_word + ".h", ""},
                         {"fhir/time.h", "// prose about " + empty_word + "\nint json_" + empty_word + " = 0;\n"}};
  EXPECT_THAT(names_that_say_nothing(invented),
              ElementsAre("fhir/" + empty_word + ".h", "fhir/time.h: json_" + empty_word));
  EXPECT_THAT(names_that_say_nothing(repository()), IsEmpty());
}

TEST(House, NothingIsLeftForLater) {
  EXPECT_THAT(
      unfinished_work({{"fhir/a.h", std::string("// TO") + "DO: read it\n"}, {"fhir/b.h", "// to do it well\n"}}),
      ElementsAre("fhir/a.h"));
  EXPECT_THAT(unfinished_work(repository()), IsEmpty());
}

TEST(House, LinesAreTidy) {
  EXPECT_THAT(
      untidy_whitespace({{"a.h", "\tint a;\n"}, {"b.h", "int b; \n"}, {"c.h", "int c;\r\n"}, {"d.h", "int d;"}}),
      ElementsAre("a.h holds a tab", "b.h holds a blank at the end of a line", "c.h holds a carriage return",
                  "d.h does not end with a new line"));
  EXPECT_THAT(untidy_whitespace(repository()), IsEmpty());
}

TEST(House, EveryHeaderIsReadOnce) {
  EXPECT_THAT(
      headers_without_pragma({{"fhir/a.h", "#include <vector>\n#pragma once\n"}, {"fhir/b.h", "#pragma once\n"}}),
      ElementsAre("fhir/a.h"));
  EXPECT_THAT(headers_without_pragma(repository()), IsEmpty());
}

TEST(House, NamespacesAreTheFolders) {
  EXPECT_THAT(
      namespaces_unlike_their_folder({{"fhir/a.h", "namespace cards {\n}"}, {"cards/b.h", "namespace cards {\n}"}}),
      ElementsAre("fhir/a.h"));
  EXPECT_THAT(namespaces_unlike_their_folder(repository()), IsEmpty());
}

TEST(House, TheTopLevelHoldsWhatWasAgreed) {
  EXPECT_THAT(strangers_at_the_top({{"include/a.h", ""}, {"include/b.h", ""}, {"fhir/a.h", ""}, {".ci/run", ""}}),
              ElementsAre("include"));
  EXPECT_THAT(strangers_at_the_top(repository()), IsEmpty());
}

TEST(House, EveryKnowledgeFileIsNamedSomewhere) {
  EXPECT_THAT(knowledge_that_nothing_names({{"cards/knowledge/facts/bmi.json", "{\"id\": \"bmi\"}"},
                                            {"cards/knowledge/facts/age.json", "{\"id\": \"age\"}"},
                                            {"cards/knowledge/criteria/a.json", "{\"fact\": \"bmi\"}"},
                                            {"cards/knowledge/knowledge.json", "{\"criteria\": [\"a\"]}"}}),
              ElementsAre("cards/knowledge/facts/age.json"));
  EXPECT_THAT(knowledge_that_nothing_names(repository()), IsEmpty());
}

TEST(House, EveryPathInTheReadmeLeadsSomewhere) {
  EXPECT_THAT(
      readme_paths_that_lead_nowhere({{"README.md", "`cards/assess.h`, `deploy/demo/` and [a list](deploy/list)\n"},
                                      {"cards/assess.h", ""},
                                      {"deploy/demo/a.json", ""}}),
      ElementsAre("deploy/list"));
  EXPECT_THAT(readme_paths_that_lead_nowhere(repository()), IsEmpty());
}

TEST(House, EveryPackageIsListedOnceWithAReason) {
  EXPECT_THAT(package_list_faults({{"deploy/packages", "# list\n\nbuild g++ compiler\ntest g++ again\nbuild cmake\n"}}),
              ElementsAre("twice: g++", "not \"stage package why\": build cmake"));
  EXPECT_THAT(package_list_faults(repository()), IsEmpty());
}

/// Alerts that the runbook does not explain, and chapters of it about no alert.
Faults runbook_faults(const Tree& tree) {
  static const std::regex alert("- alert: (\\w+)");
  static const std::regex chapter("(?:^|\n)### (\\w+)\n");
  const auto names_in = [&](const char* path, const std::regex& pattern) {
    const std::string& text = tree.at(path);
    std::set<std::string> names;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
      names.insert((*match)[1]);
    return names;
  };
  const auto alerts = names_in("deploy/alerts.yaml", alert);
  const auto chapters = names_in("deploy/runbook.md", chapter);
  Faults faults;
  for (const auto& name : alerts)
    if (!chapters.contains(name)) faults.push_back(name + " is not in the runbook");
  for (const auto& name : chapters)
    if (!alerts.contains(name)) faults.push_back(name + " is no alert");
  return faults;
}

TEST(House, EveryAlertIsInTheRunbook) {
  EXPECT_THAT(runbook_faults({{"deploy/alerts.yaml", "  - alert: Down\n  - alert: Slow\n"},
                              {"deploy/runbook.md", "### Down\nDo this.\n### Gone\n"}}),
              ElementsAre("Slow is not in the runbook", "Gone is no alert"));
  EXPECT_THAT(runbook_faults(repository()), IsEmpty());
}

TEST(House, TheChangelogNamesTheVersionThatIsBuilt) {
  EXPECT_NE(repository().at("CHANGELOG.md").find("\n## " SIR_VERSION), std::string::npos)
      << "CHANGELOG.md has no section for version " SIR_VERSION;
}

}  // namespace
