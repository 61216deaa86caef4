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

TEST(Config, ShowsAContactOnlyWithTheDayOnWhichItWasVerified) {
  const auto loaded = [](std::array<const char*, 3> environment) {
    return server::load_config("", environment.data());
  };
  const auto whole = loaded({"SIR_CDS_CONTACT_PHONE=01223 000000", "SIR_CDS_CONTACT_VERIFIED_ON=2026-05", nullptr});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->contact.phone, "01223 000000");
  const auto undated = loaded({"SIR_CDS_CONTACT_EMAIL=a@b.example", nullptr, nullptr});
  ASSERT_FALSE(undated);
  EXPECT_EQ(undated.error(),
            (Error{Kind::bad_input, "contact.verified_on", "is missing beside contact.phone or contact.email"}));
  const auto alone = loaded({"SIR_CDS_CONTACT_VERIFIED_ON=2026-05-14", nullptr, nullptr});
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().where, "SIR_CDS_CONTACT_VERIFIED_ON");
  EXPECT_EQ(error_of("[contact]\nphone = \"<b>1</b>\"\n"),
            (Error{Kind::bad_input, "site.toml: contact.phone",
                   "holds a character that is no part of a number or an address"}));
  EXPECT_EQ(error_of("[contact]\nverified_on = \"last May\"\n"),
            (Error{Kind::bad_input, "site.toml: contact.verified_on", "is not a date such as 2026-05 or 2026-05-14"}));
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

// Found by fuzzing: without NDEBUG the library ended the program over these.
TEST(Config, AHeaderThatBeginsWithNoNameIsRefusedAndEndsNothing) {
  for (const std::string text : {"[=]\n", "[\x19server]\n", "[[,]]\n", "[ .a]\n", "[server]\n=1\n"}) {
    const auto error = error_of(text);
    EXPECT_EQ(error.kind, Kind::bad_input) << text;
    EXPECT_TRUE(error.what.starts_with("is not TOML: ")) << text << error.what;
  }
}

// Found by fuzzing: the library counts on it that no such letter comes.
TEST(Config, ALetterThatTomlHasNoPlaceForIsRefusedAndEndsNothing) {
  for (const std::string text :
       {"\u01a2CC\"", "[server]\n\u00e9 = 1\n", "[server]\nlisten = \"a:1\" \u00e9\n", "rithms = [\"ES384\"]\nDw\u0222",
        "[site]\nfolder = \"\"\"a\\\n  \u00e9\"\"\"\n", "[server]\nlisten = 'a:1'\u00e9'\n"}) {
    const auto error = error_of(text);
    EXPECT_EQ(error.kind, Kind::bad_input) << text;
    EXPECT_TRUE(error.what.starts_with("is not TOML: a letter beyond ASCII")) << text << error.what;
  }
  EXPECT_EQ(error_of("[server]\n\n \u00e9 = 1\n").where, "site.toml line 3");
  // A quote in the middle of a number opens nothing, whatever it looks like.
  const auto in_a_number = error_of("[server]\nlisten = 5\"a\u01be:443\"\n");
  EXPECT_EQ(in_a_number.kind, Kind::bad_input);
  EXPECT_EQ(in_a_number.where, "site.toml line 2");
  EXPECT_TRUE(in_a_number.what.starts_with("is not TOML: ")) << in_a_number.what;
  for (const std::string text :
       {"\ufeff[site]\nfolder = \"caf\u00e9\" # na\u00efve\n", "[site]\nfolder = 'C:\\caf\u00e9'\n",
        "[site]\nfolder = \"\"\"\n\u00e9 \"\" \u00e9\"\"\"\"\"\n", "[site]\nfolder = \"\\\"\u00e9\"\n",
        "[site]\nfolder = '''\u00e9 '' \u00e9'''\n", "# \"\u00e9\n[site]\nfolder = \"a\"\n"})
    EXPECT_EQ(error_of(text).what, "was accepted") << text;
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

TEST(Config, ReadsIssuersFromTablesAndFromOneLine) {
  const auto config = server::read_config(R"(
[[trust.issuer]]
iss = "https://ehr.example/fhir"
jwks_file = "/etc/sir-cds/ehr.json"
algorithms = ["ES384", "ES256"]
tenants = ["a", "b"]
care_tier = "hospital"
leeway_seconds = 10
[[trust.issuer]]
iss = "https://other.example"
jku = "https://other.example/keys"
audience_base_url = true
)",
                                          "site.toml");
  ASSERT_TRUE(config) << config.error().where << config.error().what;
  ASSERT_EQ(config->trust.issuers.size(), 2U);
  const auto& first = config->trust.issuers[0];
  EXPECT_EQ(first.iss, "https://ehr.example/fhir");
  EXPECT_EQ(first.jwks_file, "/etc/sir-cds/ehr.json");
  EXPECT_EQ(first.algorithms, (std::vector<std::string>{"ES384", "ES256"}));
  EXPECT_EQ(first.tenants, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(first.care_tier, "hospital");
  EXPECT_EQ(first.leeway_seconds, 10U);
  const auto& second = config->trust.issuers[1];
  EXPECT_EQ(second.jku, "https://other.example/keys");
  EXPECT_EQ(second.algorithms, (std::vector<std::string>{"ES384", "RS384"}));
  EXPECT_EQ(second.lifetime_seconds, 3600U);
  EXPECT_TRUE(second.audience_base_url);

  for (const char* entry : {R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example", jwks_file = "k.json"})",
                            R"(SIR_CDS_TRUST_ISSUER=[{iss = "https://ehr.example", jwks_file = "k.json"}])"}) {
    const std::array<const char*, 2> environment{entry, nullptr};
    const auto over = server::with_environment(*config, environment.data());
    ASSERT_TRUE(over) << over.error().where << over.error().what;
    ASSERT_EQ(over->trust.issuers.size(), 1U);
    EXPECT_EQ(over->trust.issuers[0].iss, "https://ehr.example");
  }
}

TEST(Config, RefusesIssuersWithASentence) {
  const auto error_with = [](const std::string& lines) { return error_of("[[trust.issuer]]\n" + lines); };
  const std::string where = "site.toml: trust.issuer[0]";
  const std::string good = "iss = \"https://a.example\"\njwks_file = \"k\"\n";
  EXPECT_EQ(error_with(good + "isss = 1\n"), (Error{Kind::bad_input, where + ".isss", "is not known"}));
  EXPECT_EQ(error_with(good + "tenants = \"a\"\n"),
            (Error{Kind::bad_input, where + ".tenants", "is not a list of texts"}));
  EXPECT_EQ(error_with(good + "leeway_seconds = 61\n"),
            (Error{Kind::bad_input, where + ".leeway_seconds", "is not between 0 and 60"}));
  EXPECT_EQ(error_with(good + "lifetime_seconds = 3601\n").what, "is not between 1 and 3600");
  EXPECT_EQ(error_with(good + "algorithms = [\"HS384\"]\n").what,
            "has an entry that is not ES384, RS384, ES256 or RS256");
  EXPECT_EQ(error_with(good + "algorithms = []\n").what, "is empty");
  EXPECT_EQ(error_with(good + "jku = \"http://a.example/k\"\n").what, "is not an https URL without query");
  EXPECT_EQ(error_with(good + "care_tier = \"x\"\n").what, "is not core, enhanced, community_specialist or hospital");
  EXPECT_EQ(error_with(good + "iss = \"x\"\n").where, "site.toml line 4");
  EXPECT_EQ(error_with("jwks_file = \"k\"\n"), (Error{Kind::bad_input, where, "has no iss"}));
  EXPECT_EQ(error_with("iss = \"https://a.example\"\n").what,
            "has neither jwks_file nor jku, so that its keys are not known");
  EXPECT_EQ(error_with(good + "[[trust.issuer]]\n" + good).what, "stands in two issuers");
  EXPECT_EQ(error_of("[trust]\nissuer = 5\n").what, "is not a table");
  EXPECT_EQ(error_of("[trust]\nissuer = [5]\n").what, "is not a table");
  EXPECT_EQ(error_of_environment("SIR_CDS_TRUST_ISSUER=iss").where, "SIR_CDS_TRUST_ISSUER line 1");
  EXPECT_EQ(error_of_environment("SIR_CDS_TRUST_ISSUER={}").what, "has no iss");
  EXPECT_EQ(error_of_environment("SIR_CDS_TRUST_ISSUER={}\nx=1").what, "is not one line of TOML");
}

TEST(Config, ReadsThePrefetchTemplatesOfAClient) {
  const auto config = server::read_config(R"(
[[trust.issuer]]
iss = "https://ehr.example/fhir"
jwks_file = "keys.json"
base_path = "/north"
[trust.issuer.prefetch]
observations = "Observation?patient={{context.patientId}}&category=laboratory,vital-signs&_count=250"
medications = "MedicationStatement?subject=Patient/{{context.patientId}}"
)",
                                          "site.toml");
  ASSERT_TRUE(config) << config.error().where << config.error().what;
  const auto templates = server::templates_for(
      config->trust.issuers[0], {{"patient", "a"}, {"observations", "b"}, {"medications", "c"}, {"unknown", "d"}});
  ASSERT_EQ(templates.size(), 4U);
  EXPECT_EQ(templates[0].query, "a");
  EXPECT_EQ(templates[1].query, "Observation?patient={{context.patientId}}&category=laboratory,vital-signs&_count=250");
  EXPECT_EQ(templates[2].query, "MedicationStatement?subject=Patient/{{context.patientId}}");
  EXPECT_EQ(templates[3].query, "d");

  const std::array<const char*, 2> environment{
      R"(SIR_CDS_TRUST_ISSUER={iss = "https://e.example", jwks_file = "k", prefetch = {patient = "Patient?_id={{context.patientId}}"}})",
      nullptr};
  const auto over = server::with_environment(*config, environment.data());
  ASSERT_TRUE(over) << over.error().where << over.error().what;
  EXPECT_EQ(server::templates_for(over->trust.issuers[0], {{"patient", "a"}})[0].query,
            "Patient?_id={{context.patientId}}");
}

TEST(Config, RefusesPrefetchTemplatesThatNoRecordSystemCouldAnswer) {
  const auto error_with = [](const std::string& lines) {
    return error_of("[[trust.issuer]]\niss = \"https://a.example\"\njwks_file = \"k\"\n" + lines);
  };
  const auto refused = [&](const std::string& key, const std::string& text) {
    const auto error = error_with("prefetch." + key + " = \"" + text + "\"\n");
    EXPECT_EQ(error.where, "site.toml: trust.issuer[0].prefetch." + key) << text;
    return error.what;
  };
  const std::string id = "{{context.patientId}}";
  EXPECT_EQ(refused("observation", "Observation?patient=" + id), "is not known");
  EXPECT_EQ(error_with("prefetch.observations = 5\n").what, "is not a text");
  EXPECT_EQ(error_with("prefetch = \"x\"\n").what, "is not known");
  EXPECT_EQ(refused("observations", ""), "does not begin with the FHIR resource type Observation");
  EXPECT_EQ(refused("observations", "/Observation?patient=" + id),
            "does not begin with the FHIR resource type Observation");
  EXPECT_EQ(refused("conditions", "Observation?patient=" + id), "does not begin with the FHIR resource type Condition");
  EXPECT_EQ(refused("observations", "https://ehr.example/Observation?patient=" + id),
            "does not begin with the FHIR resource type Observation");
  EXPECT_EQ(refused("observations", "Observation?_count=5"), "does not name the patient by {{context.patientId}}");
  EXPECT_EQ(refused("observations", "Observation?patient=" + id + "&encounter={{context.encounterId}}"),
            "holds braces that are not {{context.patientId}}");
  EXPECT_EQ(refused("observations", "Observation?patient=" + id + "&date=ge{{today()}}"),
            "holds braces that are not {{context.patientId}}");
  EXPECT_EQ(refused("observations", "Observation?patient=" + id + "&code=1&code=2"), "names a search parameter twice");
  EXPECT_EQ(refused("observations", "Observation?patient=" + id + "&code"),
            "holds a search parameter without a name or without a value");
  EXPECT_EQ(refused("observations", "Observation?patient=" + id + "&"),
            "holds a search parameter without a name or without a value");
  EXPECT_EQ(refused("observations", "Observation?patient=" + id + "&code=a b"),
            "holds a character that belongs into no address");
  EXPECT_EQ(refused("observations", "Observation?patient=" + id + "#x"),
            "holds a character that belongs into no address");
  EXPECT_EQ(refused("observations", "Observation/" + id),
            "is neither a search (TYPE?...) nor Patient/{{context.patientId}}");
  EXPECT_EQ(refused("patient", "Patient/1/../" + id),
            "is neither a search (TYPE?...) nor Patient/{{context.patientId}}");
  EXPECT_EQ(refused("patient", "Patient?_id=" + id + std::string(1900, 'x')), "is longer than 1900 characters");
  for (const std::string path : {"", "/", "north", "/a/b", "/a b", "/../x"})
    EXPECT_EQ(error_with("base_path = \"" + path + "\"\n").what,
              "is not a slash with letters, digits, - and _ behind it");
  EXPECT_EQ(error_with("base_path = \"/cds-services\"\n").what, "is an address of the server itself");
  EXPECT_EQ(
      error_with("base_path = \"/n\"\n[[trust.issuer]]\niss = \"b\"\njwks_file = \"k\"\nbase_path = \"/n\"\n").where,
      "site.toml: trust.issuer[1].base_path");
}
