#include "fhir/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace fhir {
namespace {

/// The value and everything below it, with its types: what two readers must agree on.
std::string shape_of(Json json) {
  std::string shape = std::to_string(static_cast<int>(json.type())) + "(" + std::string(json.name()) + "|" +
                      std::string(json.text()) + "|" + std::to_string(json.size());
  if (const auto truth = json.boolean()) shape += *truth ? "|true" : "|false";
  for (const Json part : json) shape += shape_of(part);
  return shape + ")";
}

class EitherReader : public testing::TestWithParam<JsonReader> {
 protected:
  static Result<Document> read(std::string text) { return read_document(std::move(text), GetParam()); }
  static std::string fault_of(std::string text) {
    const auto document = read(std::move(text));
    return document ? "no fault" : document.error().where + " " + document.error().what;
  }
};

INSTANTIATE_TEST_SUITE_P(Json, EitherReader, testing::Values(JsonReader::simdjson, JsonReader::rapidjson),
                         [](const auto& reader) {
                           return reader.param == JsonReader::simdjson ? "simdjson" : "RapidJSON";
                         });

TEST_P(EitherReader, ReadsEveryType) {
  const auto document = read(R"( {"a": "x", "b": [1, 2.50, -3e2], "c": {"d": null}, "e": true, "f": false} )");
  ASSERT_TRUE(document);
  const Json root = document->root();
  EXPECT_EQ(root.type(), JsonType::object);
  EXPECT_EQ(root.size(), 5U);
  EXPECT_EQ(root["a"].string(), "x");
  EXPECT_EQ(root["b"].size(), 3U);
  EXPECT_EQ(root["c"]["d"].type(), JsonType::null);
  EXPECT_EQ(root["e"].boolean(), true);
  EXPECT_EQ(root["f"].boolean(), false);
  EXPECT_EQ(root["f"].name(), "f");
}

TEST_P(EitherReader, KeepsNumbersAsTheyWereWritten) {
  const auto document = read("[412.0, 0.010, 1E3 , -0\n]");
  ASSERT_TRUE(document);
  std::string texts;
  for (const Json number : document->root()) texts += std::string(number.text()) + ";";
  EXPECT_EQ(texts, "412.0;0.010;1E3;-0;");
  EXPECT_EQ((*document->root().begin()).number(), 412.0);
}

TEST_P(EitherReader, TellsANumberFromAStringOfDigits) {
  const auto document = read(R"(["4.8", 4.8])");
  ASSERT_TRUE(document);
  auto element = document->root().begin();
  EXPECT_EQ((*element).type(), JsonType::string);
  EXPECT_EQ((*element).number(), std::nullopt);
  ++element;
  EXPECT_EQ((*element).type(), JsonType::number);
  EXPECT_EQ((*element).string(), "");
  EXPECT_EQ((*element).text(), "4.8");
}

TEST_P(EitherReader, GivesAnAbsentValueForWhatIsNotThere) {
  const auto document = read(R"({"a": {"b": [1]}})");
  ASSERT_TRUE(document);
  EXPECT_FALSE(document->root()["x"]["y"]["z"].present());
  EXPECT_FALSE(document->root()["a"]["b"]["c"].present());
  EXPECT_EQ(document->root()["x"].size(), 0U);
  EXPECT_EQ(document->root()["x"].begin(), document->root()["x"].end());
  EXPECT_EQ(Json().text(), "");
}

TEST_P(EitherReader, UnescapesStringsAndNames) {
  const auto document = read(R"({"\u0061\n": "\u00e9\ud83d\ude00\"\\\/\u0000z"})");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root()["a\n"].string(), std::string_view("\xC3\xA9\xF0\x9F\x98\x80\"\\/\0z", 11));
}

TEST_P(EitherReader, TakesAnyValueAsTheRoot) {
  EXPECT_EQ(read("\"x\"")->root().string(), "x");
  EXPECT_EQ(read(" 12.50 ")->root().text(), "12.50");
  EXPECT_EQ(read("true")->root().boolean(), true);
  EXPECT_EQ(read("null")->root().type(), JsonType::null);
  EXPECT_EQ(read("[]")->root().type(), JsonType::array);
}

TEST_P(EitherReader, PassesOverAByteOrderMark) {
  const auto document = read("\xEF\xBB\xBF{\"a\":1}");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root()["a"].number(), 1.0);
  EXPECT_EQ(read("\xEF\xBB\xBF 7")->root().number(), 7.0);
}

TEST_P(EitherReader, LeavesViewsValidWhenTheDocumentMoves) {
  auto document = read(R"({"a": "a string that is too long for any small string optimisation \n"})");
  ASSERT_TRUE(document);
  const Json member = document->root()["a"];
  const std::string_view text = member.string();
  const Document elsewhere = std::move(*document);
  EXPECT_EQ(member.string(), text);
  EXPECT_EQ(elsewhere.root()["a"].string().data(), text.data());
}

TEST_P(EitherReader, SaysWhereTheTextGoesWrong) {
  EXPECT_EQ(fault_of(R"({"a":1,})"), "body is not valid JSON: Missing a name for object member (at byte 7)");
  EXPECT_EQ(fault_of(R"({"a":1} x)"),
            "body is not valid JSON: The document root must not be followed by other values (at byte 8)");
  EXPECT_EQ(fault_of(""), "body is not valid JSON: The document is empty (at byte 0)");
}

TEST_P(EitherReader, RefusesWhatIsNotJson) {
  for (const char* text : {" ",
                           "{",
                           "}",
                           "[",
                           "]",
                           "{'a':1}",
                           "{\"a\":1}//x",
                           "NaN",
                           "+1",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\" 1}",
                           "{\"a\":}",
                           "{a:1}",
                           "{} {}",
                           "1,2",
                           "1]",
                           "1],[2",
                           "nul",
                           "nulll",
                           "truee",
                           "falsey",
                           "tru",
                           "[nul]",
                           "[truer]",
                           "[nullx]",
                           "\"a",
                           "\"\n\"",
                           "\"\t\"",
                           "\"\\x41\"",
                           "\"\\u12g4\"",
                           "[1}",
                           "{\"a\":1]",
                           "[\"a\":1]",
                           "Infinity",
                           "[1,,2]",
                           "/**/1",
                           "{1:2}",
                           "[-]",
                           "[1.e2]",
                           "[0x10]",
                           "[\"a\"\"b\"]",
                           "\\u0020",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\"}",
                           "{,}",
                           "[\x0c]",
                           "[\xC2\xA0]",
                           "\"\x1f\"",
                           "[00]",
                           "[-01]",
                           "[1e+]",
                           "[1-2]"}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

TEST_P(EitherReader, RefusesTextThatIsNotUtf8) {
  for (const char* text :
       {"[\"\xff\"]", "[\"\xc0\xaf\"]", "[\"\xed\xa0\x80\"]", "[\"\xe2\x82\"]", "[\"\xf4\x90\x80\x80\"]"}) {
    EXPECT_EQ(fault_of(text).substr(0, 17), "body is not UTF-8") << text;
  }
}

TEST_P(EitherReader, RefusesHalfASurrogatePair) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", R"("\ud800\ud800")", R"({"\udc00":1})",
                           R"("\udbff\ue000")", R"("\ud800x")"}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

TEST_P(EitherReader, RefusesANulByteAnywhere) {
  EXPECT_EQ(fault_of(std::string("{\"a\":1}\0", 8)), "body has a NUL byte (at byte 7)");
  EXPECT_EQ(fault_of(std::string("\"a\0b\"", 5)), "body has a NUL byte (at byte 2)");
}

TEST_P(EitherReader, RefusesADuplicateMemberWithoutNamingIt) {
  EXPECT_EQ(fault_of(R"({"hook":"a","hook":"b"})"), "body has the same member twice in one object (at byte 18)");
  EXPECT_FALSE(read(R"([{"a":{"b":1,"c":2,"b":3}}])"));
  EXPECT_FALSE(read(R"({"a":1,"\u0061":2})"));
  EXPECT_TRUE(read(R"({"a":1,"b":{"a":1}})"));
  EXPECT_FALSE(read(R"({"":1,"":2})"));
}

TEST_P(EitherReader, ReadsAnObjectOfAHundredThousandMembersAndFindsItsDuplicate) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"m" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  const auto document = read(text + "\"last\":0}");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().size(), 100'001U);
  EXPECT_EQ(document->root()["m99999"].number(), 99999.0);
  EXPECT_FALSE(read(text + "\"m77777\":0}"));
}

TEST_P(EitherReader, ReadsSixtyFourLevelsAndNoMore) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read(nested(64)));
  EXPECT_EQ(fault_of(nested(65)), "body is nested deeper than 64 levels (at byte 64)");
  EXPECT_FALSE(read(std::string(1'000'000, '[')));
  EXPECT_FALSE(read(nested(200'000)));
}

TEST_P(EitherReader, RefusesNumbersOutOfRange) {
  for (const char* text : {"1e400", "-1e400", "[1e309]", "[9e308]", "[10e308]", "[0e400]", "[1e99999999999999999999]",
                           "[1e-9999999999999999999]", "[1e+0000000000000000001]"}) {
    EXPECT_EQ(fault_of(text).substr(0, 30), "body has a number out of range") << text;
  }
  EXPECT_FALSE(read("[" + std::string(1'000'000, '7') + "]"));
  EXPECT_FALSE(read("[0." + std::string(300, '0') + "1]"));
}

TEST_P(EitherReader, ReadsExtremeNumbersThatFit) {
  const auto document =
      read("[1.7976931348623157e308, 1E-400, -0, 0.1e+1, 123456789012345678901234567890, 0e3, 5e-324]");
  ASSERT_TRUE(document);
  std::vector<double> values;
  for (const Json number : document->root()) values.push_back(number.number().value());
  EXPECT_EQ(values, (std::vector<double>{std::numeric_limits<double>::max(), 0, 0, 1, 123456789012345678901234567890.0,
                                         0, std::numeric_limits<double>::denorm_min()}));
}

TEST_P(EitherReader, ComesBackFromFortyMegabytesOfSpaces) {
  EXPECT_FALSE(read(std::string(40'000'000, ' ')));
}

std::string random_value(std::mt19937& random, int depth) {
  const auto pick = [&](unsigned below) { return static_cast<int>(random() % below); };
  static const char* const scalars[] = {"null",           "true",  "false",        "0",
                                        "-1.5",           "1e3",   "\"\"",         "\"a\"",
                                        "\"\\u00e9\\n\"", "12.50", "\"\xC3\xA9\"", "\"\\ud83d\\ude00\""};
  static const char* const names[] = {"a", "b", "\\u0061", "code", "", "value", "x\\n"};
  const int kind = depth > 4 ? 0 : pick(4);
  if (kind < 2) return scalars[pick(12)];
  std::string text = kind == 2 ? "[" : "{ ";
  const int size = pick(5);
  for (int i = 0; i < size; ++i) {
    if (i > 0) text += pick(2) == 0 ? "," : " , ";
    if (kind == 3) text += "\"" + std::string(names[pick(7)]) + (pick(8) == 0 ? std::to_string(i) : "") + "\" :";
    text += random_value(random, depth + 1);
  }
  return text + (kind == 2 ? "]" : "\n}");
}

// Found by the fuzzer: what follows the number is wrong as well.
TEST(Json, ANumberThatIsTooLongAndTooLargeIsRefusedAlikeByBothReaders) {
  const std::string text = std::string(343, '5') + "[11]5";
  const auto one = read_document(text, JsonReader::simdjson);
  const auto other = read_document(text, JsonReader::rapidjson);
  ASSERT_FALSE(one);
  ASSERT_FALSE(other);
  EXPECT_EQ(one.error(), other.error());
}

TEST(Json, IsReadAlikeByBothReadersWhateverHappensToTheText) {
  std::mt19937 random(20261120);
  static const std::string splinters = "{}[],:\"\\0123456789.eE+-truefalsn u\xC3\xA9\xED\xA0\x80\xFF\n\t";
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random_value(random, 0);
    const int mutations = i % 4;
    for (int m = 0; m < mutations; ++m) {
      const std::size_t at = random() % (text.size() + 1);
      const char splinter = splinters[random() % splinters.size()];
      if (random() % 3 == 0 && at < text.size()) {
        text.erase(at, 1);
      } else if (random() % 2 == 0 && at < text.size()) {
        text[at] = splinter;
      } else {
        text.insert(at, 1, splinter);
      }
    }
    const auto one = read_document(text, JsonReader::simdjson);
    const auto other = read_document(text, JsonReader::rapidjson);
    ASSERT_EQ(one.has_value(), other.has_value()) << text;
    if (!one) {
      ASSERT_EQ(one.error(), other.error()) << text;
      continue;
    }
    ++accepted;
    ASSERT_EQ(shape_of(one->root()), shape_of(other->root())) << text;
  }
  EXPECT_GT(accepted, 4000);
  EXPECT_LT(accepted, 16'000);
}

TEST(JsonWriter, WritesCompactText) {
  JsonWriter writer;
  writer.begin_object().member("a", "x\"\n").name("b").begin_array().integer(-7).boolean(true).null().end_array();
  writer.name("c").number_as_written("412.0").name("d").number(0.1).name("").text("").end_object();
  EXPECT_EQ(writer.take(), R"({"a":"x\"\n","b":[-7,true,null],"c":412.0,"d":0.1,"":""})");
}

TEST(JsonWriter, IndentsByTwoSpaces) {
  JsonWriter writer(JsonWriter::Layout::indented);
  writer.begin_object()
      .name("a")
      .begin_array()
      .integer(1)
      .end_array()
      .name("b")
      .begin_object()
      .end_object()
      .end_object();
  EXPECT_EQ(writer.take(), "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}");
}

TEST(JsonWriter, WritesTheShortestDigitsThatReadBackTheSame) {
  JsonWriter writer;
  writer.begin_array();
  for (const double value : {1.0, 22.8, 1.0 / 3, 1e300, 5e-324, -0.0}) writer.number(value);
  writer.number(std::numeric_limits<double>::infinity()).end_array();
  EXPECT_EQ(writer.take(), "[1,22.8,0.3333333333333333,1e+300,5e-324,-0,null]");
}

TEST(JsonWriter, CopiesAValueFromADocument) {
  const std::string text = R"({"a":[1.50,"x",true,null,{"b":[]}],"c":{}})";
  const auto document = read_document(text);
  ASSERT_TRUE(document);
  JsonWriter writer;
  writer.value(document->root());
  EXPECT_EQ(writer.take(), text);
}

Error fault_in(const char* text, void (*read)(Fields&)) {
  const auto document = read_document(text);
  Fields in(document->root(), "facts/bmi.json");
  read(in);
  return in.finish(0).error();
}

TEST(Fields, ReadKnownMembers) {
  const auto document =
      read_document(R"({"id":"bmi","limit":30,"adult":true,"units":["kg/m2"],"more":{"x":1},"list":[1]})");
  Fields in(document->root(), "facts/bmi.json");
  EXPECT_EQ(in.text("id"), "bmi");
  EXPECT_EQ(in.number("limit"), 30);
  EXPECT_TRUE(in.boolean("adult"));
  EXPECT_EQ(in.texts("units"), std::vector<std::string>{"kg/m2"});
  EXPECT_EQ(in.object("more")["x"].number(), 1.0);
  EXPECT_EQ(in.array("list").size(), 1U);
  EXPECT_EQ(in.text_or("none", "otherwise"), "otherwise");
  EXPECT_TRUE(in.boolean_or("none", true));
  EXPECT_EQ(in.optional_number("none"), std::nullopt);
  EXPECT_TRUE(in.texts_or_none("none").empty());
  EXPECT_FALSE(in.optional("none").present());
  EXPECT_EQ(in.path_of("limit"), "facts/bmi.json: limit");
  EXPECT_EQ(in.finish(7), 7);
}

TEST(Fields, RememberTheFirstFaultWithItsPath) {
  EXPECT_EQ(fault_in("{}", [](Fields& in) { (void)in.text("id"), (void)in.number("limit"); }),
            (Error{Kind::bad_input, "facts/bmi.json: id", "is missing"}));
  EXPECT_EQ(fault_in(R"({"id":1})", [](Fields& in) { (void)in.text("id"); }),
            (Error{Kind::bad_input, "facts/bmi.json: id", "is not a string"}));
  EXPECT_EQ(fault_in(R"({"id":""})", [](Fields& in) { (void)in.text("id"); }),
            (Error{Kind::bad_input, "facts/bmi.json: id", "is empty"}));
  EXPECT_EQ(fault_in(R"({"limit":"30"})", [](Fields& in) { (void)in.optional_number("limit"); }),
            (Error{Kind::bad_input, "facts/bmi.json: limit", "is not a number"}));
  EXPECT_EQ(
      fault_in(R"({"units":["a",1]})", [](Fields& in) { (void)in.texts("units"); }),
      (Error{Kind::bad_input, "facts/bmi.json: units", "has an element that is not a string with something in it"}));
  EXPECT_EQ(fault_in("[]", [](Fields&) {}), (Error{Kind::bad_input, "facts/bmi.json", "is not an object"}));
}

TEST(Fields, RefuseAWordThatNobodyAskedFor) {
  EXPECT_EQ(fault_in(R"({"id":"a","limt":30})", [](Fields& in) { (void)in.text("id"); }),
            (Error{Kind::bad_input, "facts/bmi.json: limt", "is not a word that is known here"}));
}

TEST(Fields, TakeOverTheFaultOfANestedReader) {
  EXPECT_EQ(fault_in("{}",
                     [](Fields& in) {
                       in.complain(Error{Kind::internal, "x", "y"}), in.complain("z", "later");
                     }),
            (Error{Kind::internal, "x", "y"}));
}

}  // namespace
}  // namespace fhir
