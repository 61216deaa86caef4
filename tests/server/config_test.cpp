#include "server/config.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using fhir::Error;
using fhir::Kind;
using server::Config;

Error error_of(const std::string& toml) {
  const auto config = server::read_config(toml, "site.toml");
  return config ? Error{Kind::internal, "", "was accepted"} : config.error();
}

Error error_of_environment(const char* entry) {
  const std::array<const char*, 2> environment{entry, nullptr};
  const auto config = server::with_environment({}, environment.data());
  return config ? Error{Kind::internal, "", "was accepted"} : config.error();
}

}  // namespace

TEST(Config, IsItsDefaultsWithoutAnyFile) {
  const auto config = server::load_config("", nullptr);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->server.listen, "127.0.0.1:8080");
  EXPECT_EQ(config->limits.body_bytes, 33'554'432U);
  EXPECT_EQ(config->limits.header_bytes, 16'384U);
  EXPECT_EQ(config->server.time_zone, "Europe/London");
  EXPECT_TRUE(config->server.cors_origins.empty());
}

TEST(Config, ReadsEveryTypeOfValue) {
  const auto config = server::read_config(R"(
[server]
listen = "0.0.0.0:80"
tryout = false
cors_origins = ["https://ehr.example"]
[limits]
body_bytes = 2048
)",
                                          "site.toml");
  ASSERT_TRUE(config) << config.error().where << config.error().what;
  EXPECT_EQ(config->server.listen, "0.0.0.0:80");
  EXPECT_FALSE(config->server.tryout);
  EXPECT_EQ(config->server.cors_origins, std::vector<std::string>{"https://ehr.example"});
  EXPECT_EQ(config->limits.body_bytes, 2048U);
}

TEST(Config, RefusesUnknownKeysByName) {
  EXPECT_EQ(error_of("[limits]\nbody_byte = 1\n"),
            (Error{Kind::bad_input, "site.toml: limits.body_byte", "is not known"}));
  EXPECT_EQ(error_of("[limit]\nbody_bytes = 1\n"), (Error{Kind::bad_input, "site.toml: limit", "is not known"}));
  EXPECT_EQ(error_of("listen = \"x\"\n"), (Error{Kind::bad_input, "site.toml: listen", "is not known"}));
  EXPECT_EQ(error_of("server = 1\n"), (Error{Kind::bad_input, "site.toml: server", "is not a section"}));
}

TEST(Config, RefusesOtherTypes) {
  EXPECT_EQ(error_of("[limits]\nbody_bytes = \"1\"\n"),
            (Error{Kind::bad_input, "site.toml: limits.body_bytes", "is not a whole number"}));
  EXPECT_EQ(error_of("[limits]\nbody_bytes = -1\n"),
            (Error{Kind::bad_input, "site.toml: limits.body_bytes", "is not a whole number"}));
  EXPECT_EQ(error_of("[server]\nlisten = 8080\n"),
            (Error{Kind::bad_input, "site.toml: server.listen", "is not a text"}));
  EXPECT_EQ(error_of("[server]\ntryout = 1\n"),
            (Error{Kind::bad_input, "site.toml: server.tryout", "is not a truth value (true or false)"}));
  EXPECT_EQ(error_of("[server]\ncors_origins = \"x\"\n"),
            (Error{Kind::bad_input, "site.toml: server.cors_origins", "is not a list of texts"}));
}

TEST(Config, RefusesValuesThatMakeNoSense) {
  EXPECT_EQ(error_of("[limits]\nheader_seconds = 0\n"),
            (Error{Kind::bad_input, "site.toml: limits.header_seconds", "is not between 1 and 86400"}));
  for (const std::string address : {"8080", ":8080", "localhost", "localhost:http", "localhost:70000", ""})
    EXPECT_EQ(error_of("[server]\nlisten = \"" + address + "\"\n").what, "is not HOST:PORT") << address;
  for (const std::string origin : {"*", "ehr.example", "https://", "https://ehr.example/", "https://ehr.example/path"})
    EXPECT_EQ(error_of("[server]\ncors_origins = [\"" + origin + "\"]\n").what,
              "has an entry that is not an origin such as https://ehr.example")
        << origin;
  EXPECT_EQ(error_of("[server]\npublic_base_url = \"https://cds.example/\"\n").what,
            "is not an http or https URL without query and final slash");
  EXPECT_EQ(error_of("[site]\ncare_tier = \"tertiary\"\n").what,
            "is not core, enhanced, community_specialist or hospital");
  EXPECT_EQ(error_of("[log]\nlevel = \"loud\"\n").what, "is not debug, info, warning, error or off");
  EXPECT_EQ(error_of("[server]\ntime_zone = \"\"\n").what, "is empty");
}

TEST(Config, NamesTheLineThatIsNotToml) {
  const auto error = error_of("[server]\nlisten = \n");
  EXPECT_EQ(error.where, "site.toml line 2");
  EXPECT_TRUE(error.what.starts_with("is not TOML: ")) << error.what;
}

TEST(Config, TheEnvironmentGoesOverTheFile) {
  const std::array<const char*, 7> environment{"PATH=/bin",
                                               "SIR_CDS_LIMITS_BODY_BYTES=4096",
                                               "SIR_CDS_SERVER_TRYOUT=false",
                                               "SIR_CDS_FHIR_ALLOWED_SERVERS=https://a.example, https://b.example:8443",
                                               "SIR_CDS_STORE_PATH=/var/lib/x=y.sqlite",
                                               "SIR_CDS_GROWTH_UK90_FILE=",
                                               nullptr};
  const auto file = server::read_config("[limits]\nbody_bytes = 2048\nconnections = 7\n", "site.toml");
  ASSERT_TRUE(file);
  const auto config = server::with_environment(*file, environment.data());
  ASSERT_TRUE(config) << config.error().where;
  EXPECT_EQ(config->limits.body_bytes, 4096U);
  EXPECT_EQ(config->limits.connections, 7U);
  EXPECT_FALSE(config->server.tryout);
  EXPECT_EQ(config->fhir.allowed_servers, (std::vector<std::string>{"https://a.example", "https://b.example:8443"}));
  EXPECT_EQ(config->store.path, "/var/lib/x=y.sqlite");
  EXPECT_EQ(config->growth.uk90_file, "");
}

TEST(Config, RefusesVariablesThatAreNoSettings) {
  EXPECT_EQ(error_of_environment("SIR_CDS_LIMITS_BODY_BYTE=1"),
            (Error{Kind::bad_input, "SIR_CDS_LIMITS_BODY_BYTE", "is not a setting of sir-cds"}));
  EXPECT_EQ(error_of_environment("SIR_CDS_LIMITS_BODY_BYTES=1k"),
            (Error{Kind::bad_input, "SIR_CDS_LIMITS_BODY_BYTES", "is not a whole number"}));
  EXPECT_EQ(error_of_environment("SIR_CDS_LIMITS_BODY_BYTES=1"),
            (Error{Kind::bad_input, "SIR_CDS_LIMITS_BODY_BYTES", "is not between 1024 and 4294967296"}));
  EXPECT_EQ(error_of_environment("SIR_CDS_SERVER_TRYOUT=yes").what, "is not a truth value (true or false)");
}

TEST(Config, AFileThatIsNotThereIsAnError) {
  const auto config = server::load_config("/nowhere/site.toml", nullptr);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error(), (Error{Kind::bad_input, "/nowhere/site.toml", "cannot be read"}));
}

TEST(Config, EverySettingHasASentenceAndADefaultThatIsReadBack) {
  for (const auto& setting : server::settings()) {
    EXPECT_TRUE(setting.sentence.ends_with('.')) << setting.name;
    const auto dot = setting.name.find('.');
    const std::string toml = "[" + std::string(setting.name.substr(0, dot)) + "]\n" +
                             std::string(setting.name.substr(dot + 1)) + " = " + server::default_of(setting) + "\n";
    EXPECT_TRUE(server::read_config(toml, "default")) << toml;
  }
}

TEST(Config, IsPrintedWithoutSecrets) {
  Config config;
  config.store.url = "postgresql://user:password@host/db";
  const auto words = server::in_words(config);
  EXPECT_EQ(words.find("password"), std::string::npos);
  EXPECT_NE(words.find("limits.body_bytes = 33554432"), std::string::npos);
  EXPECT_NE(words.find("store.url = (not shown)"), std::string::npos);
}
