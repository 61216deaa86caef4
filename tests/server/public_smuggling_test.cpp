#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/server/program.h"
#include "tests/server/socket.h"

// Shapes of request smuggling that others have published, so that the list is not only what we thought of. The shapes
// are facts; the bytes are written for our addresses. Sources:
//  RFC 9112    the clauses that say what a server has to refuse
//  Kettle      techniques of the scanner "HTTP Request Smuggler" (github.com/PortSwigger/http-request-smuggler), by
//  name Garden      faults found in other servers by the HTTP Garden (github.com/narfindustries/http-garden), by server
//  and
//              number in its list of 2024
//  llhttp      cases of the parser of Node.js (github.com/nodejs/llhttp, test/request), by heading
// A request is hidden behind each. It must never be answered: there is one answer, and it is not that request's.

namespace {

enum class Wanted {
  refusal,  ///< 4xx or 501
  one,      ///< both readings of it are one request
};

struct Shape {
  std::string source;
  std::string bytes;
  Wanted wanted = Wanted::refusal;
};

const std::string hidden = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

std::string nul(const std::string& text) {
  std::string bytes = text;
  for (auto at = bytes.find('@'); at != std::string::npos; at = bytes.find('@')) bytes[at] = '\0';
  return bytes;
}

/// A POST with these fields and this body, and the hidden request.
std::string post(const std::string& fields, const std::string& body) {
  return "POST /explain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + fields + "\r\n" + body + hidden;
}
std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}
std::string with_length(const std::string& length) {
  return post("Content-Length: " + length + "\r\n", "{}");
}
std::string get(const std::string& fields) {
  return "GET /cds-services HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + hidden;
}

/// A length that covers everything, and a coding written so that only one of two servers sees it.
std::string hidden_coding(const std::string& field) {
  const std::string body = "0\r\n\r\n" + hidden;
  return "POST /explain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + field + "\r\n\r\n" + body;
}

std::vector<Shape> of_the_standard() {
  return {
      {"RFC 9112 2.2: a bare CR is refused or replaced", get("A: b\rContent-Length: 40\r\n")},
      {"RFC 9112 2.2: blanks between the request line and the first field",
       "GET /cds-services HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n" + hidden},
      {"RFC 9112 2.3: the version is exact", "GET /cds-services HTTP/1.10\r\nHost: x\r\n\r\n" + hidden},
      {"RFC 9112 3: three parts, single blanks", "GET  /cds-services  HTTP/1.1\r\nHost: x\r\n\r\n" + hidden},
      {"RFC 9112 3.2: no Host", "GET /cds-services HTTP/1.1\r\n\r\n" + hidden},
      {"RFC 9112 3.2: two Hosts", get("Host: y\r\n")},
      {"RFC 9112 5.1: a blank before the colon", post("Content-Length : 2\r\n", "{}")},
      {"RFC 9112 5.2: obs-fold", get("A: b\r\n c\r\n")},
      {"RFC 9112 6.1: a coding in HTTP/1.0",
       "POST /explain HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden},
      {"RFC 9112 6.1: an unknown coding is 501", post("Transfer-Encoding: gzip\r\n", "")},
      {"RFC 9112 6.3 (3): length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"RFC 9112 6.3 (4): chunked is not the last coding", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
      {"RFC 9112 6.3 (5): a length that is none", with_length("two")},
      {"RFC 9112 6.3 (5): two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}")},
      {"RFC 9112 7.1: a size that overflows", chunked("10000000000000002\r\n{}\r\n0\r\n\r\n")},
      {"RFC 9110 5.5: NUL in a value", get(nul("A: b@c\r\n"))},
      {"RFC 9110 5.6.2: a name is a token", get("A(b): c\r\n")},
  };
}

std::vector<Shape> of_kettle() {
  const std::string name = "Transfer-Encoding";
  std::vector<Shape> shapes;
  const auto add = [&](const std::string& technique, const std::string& field) {
    shapes.push_back({"Kettle " + technique, hidden_coding(field), Wanted::one});
  };
  add("vanilla", name + ": chunked");
  add("underjoin1", "Transfer_Encoding: chunked");
  add("spacejoin1", "Transfer Encoding: chunked");
  add("space1", name + " : chunked");
  add("nameprefix1", "Foo: bar\r\n " + name + ": chunked");
  add("nameprefix2", "Foo: bar\r\n\t" + name + ": chunked");
  add("valueprefix1", name + ":  chunked");
  add("nospace1", name + ":chunked");
  add("linewrapped1", name + ":\n chunked");
  add("gareth1", name + "\n : chunked");
  add("badsetupCR", "Foo: bar\r" + name + ": chunked");
  add("badsetupLF", "Foo: bar\n" + name + ": chunked");
  add("vertwrap", name + ": \n\vchunked");
  add("tabwrap", name + ": \r\n\tchunked");
  add("multiCase", "tRANSFER-ENCODING: chunked");
  add("UPPERCASE", "TRANSFER-ENCODING: chunked");
  add("0dwrap", "Foo: bar\r\n\r" + name + ": chunked");
  add("0dspam", "Tra\rnsfer-Encoding: chunked");
  add("connection", "Connection: " + name + "\r\n" + name + ": chunked");
  add("spjunk", name + " x: chunked");
  add("backslash", "Transfer\\Encoding: chunked");
  add("spaceFF", name +
                     ":\xff"
                     "chunked");
  add("unispace", name +
                      ":\xa0"
                      "chunked");
  add("commaCow", name + ": chunked, identity");
  add("cowComma", name + ": identity, chunked");
  add("contentEnc", "Content-Encoding: chunked");
  add("quoted", name + ": \"chunked\"");
  add("aposed", name + ": 'chunked'");
  add("dualchunk", name + ": chunked\r\n" + name + ": identity");
  add("revdualchunk", name + ": identity\r\n" + name + ": chunked");
  add("lazygrep", name + ": chunk");
  add("0dsuffix", name + ": chunked\r");
  add("tabsuffix", name + ": chunked\t");
  add("nested", name + ": identity, chunked, identity");
  add("encode", "Transfer-%45ncoding: chunked");
  add("accentTE", "Transf\x82r-Encoding: chunked");
  add("accentCH", name + ": ch\x96nked");
  add("bodysplit", "Foo: barn\n\n" + name + ": chunked");
  add("h2colon, as it would arrive", name + "`chunked : chunked");
  for (const char odd : std::array<char, 6>{'\0', '\t', '\v', '\f', '\r', '\x7f'}) {
    const std::string number = std::to_string(static_cast<int>(odd));
    add("spacefix1:" + number, name + ":" + odd + "chunked");
    add("prefix1:" + number, name + ": " + odd + "chunked");
    add("suffix1:" + number, name + ": chunked" + odd);
  }
  return shapes;
}

std::vector<Shape> of_the_garden() {
  std::vector<Shape> shapes;
  for (const char* size : {"0_2", "+2", "-2", "0x2", " 2", "\t2", "Z", "-0x0", "1these-bytes-are-never-read", "2Z", ""})
    shapes.push_back(
        {"Garden aiohttp 1, Akamai 2, ATS 5, Gunicorn 4, Libevent 2, OLS 8, relayd 3 and 9, Pound 2 and 3, "
         "Go 2, Hyper 1: a size of \"" +
             std::string(size) + "\"",
         chunked(std::string(size) + "\r\n{}\r\n0\r\n\r\n")});
  for (const char* length : {"+1_0", "0x10", "-48", "1Z", "1abc", "+1", "", "+0", "2 2"})
    shapes.push_back(
        {"Garden CPython 1, Akamai 1, Mongoose 1 and 5, OLS 2 and 7, ATS 2, Go 1, Puma 1, relayd 4: a length "
         "of \"" +
             std::string(length) + "\"",
         with_length(length)});
  const std::vector<Shape> others{
      {"Garden aiohttp 2: LF, NUL and CR in a value", get(nul("A: v\n@\ralue\r\n"))},
      {"Garden aiohttp 3: a blank behind a name", post("Content-Length : 34\r\n", "")},
      {"Garden aiohttp 4: a tab before the first name",
       "GET /cds-services HTTP/1.1\r\n\tContent-Length: 1\r\nHost: x\r\n\r\nX" + hidden},
      {"Garden aiohttp 5: another version", "GET /cds-services HTTP/1.32\r\nHost: x\r\n\r\n" + hidden},
      {"Garden aiohttp 6: a method of punctuation",
       "G=\":<>(e),[T];?\" /cds-services HTTP/1.1\r\nHost: x\r\n\r\n" + hidden},
      {"Garden aiohttp 8: a name with FF", get("\xff"
                                               "oo: bar\r\n")},
      {"Garden aiohttp 9: LF in the request line", "GET /cds-services\nHTTP/1.1\r\nHost: x\r\n\r\n" + hidden},
      {"Garden Akamai 3, ATS 4, Google 2, Node.js 2: CR before an extension", chunked("2\r\r;a\r\n{}\r\n0\r\n\r\n")},
      {"Garden ATS 3, relayd 1: 85 in a name", get("Header\x85: value\r\n")},
      {"Garden ATS 6, Go 4, H2O 5, Squid 1: a length that is none beside a coding",
       post("Content-Length: blah\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")},
      {"Garden Azure 1, nghttpx 1: a comma before the coding", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n")},
      {"Garden Gunicorn 6, Mongoose 4, Passenger 1, OLS 13: the same beside a length",
       post("Transfer-Encoding: ,chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"Garden CPython 2, Mongoose 3, Google 1, OLS 6: CR as the end of a field",
       get("Whatever: whatever\rContent-Length: 40\r\n")},
      {"Garden Go 3, Gunicorn 7, Node.js 3: a field without a name", get(": ignored\r\n")},
      {"Garden Mongoose 2: a colon alone", get(":\r\nI: am chopped off\r\n")},
      {"Garden Gunicorn 2: two LF in front of a value",
       "GET /cds-services HTTP/1.1\r\nHost: x\r\nUseless:\n\nGET /smuggled HTTP/1.1\r\n\r\n"},
      {"Garden Gunicorn 3: A0 behind a name", post("Content-Length\xa0: 2\r\n", "{}")},
      {"Garden Gunicorn 3: 85 behind a name", post("Content-Length\x85: 2\r\n", "{}")},
      {"Garden Gunicorn 5: LF, CR and NUL at the end of a value", get(nul("Test: x\n\r@\r\n"))},
      {"Garden H2O 4: two lengths", post("Content-Length: 1\r\nContent-Length: 0\r\n", "Z")},
      {"Garden relayd 7: two lengths, the last for the hidden one",
       post("Content-Length: 0\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n", "")},
      {"Garden relayd 8: length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"Garden HAProxy 1, WEBrick 1: an empty length before another",
       post("Content-Length: \r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n", "")},
      {"Garden HAProxy 2: NUL in the Host", nul("GET /cds-services HTTP/1.1\r\nHost: x@.y\r\n\r\n") + hidden},
      {"Garden HAProxy 3: LF behind a chunk", chunked("2\r\n{}\n0\r\n\r\n")},
      {"Garden, its README: LF behind the last size", chunked("2\r\n{}\r\n0\n\r\n")},
      {"Garden Libevent 1: a version that overflows",
       "GET /cds-services HTTP/4294967295.255\r\nHost: x\r\n\r\n" + hidden},
      {"Garden Mongoose 4: no colon", post("Content-Length 2\r\n", "{}")},
      {"Garden Mongoose 5: a name of punctuation", get("\"(),/;<=>?@[/]{}\xc0\xef: yep\r\n")},
      {"Garden Mongoose 6: an empty line instead of the last chunk", chunked("2\r\n{}\r\n\r\n\r\n")},
      {"Garden Node.js 1: CR and anything as the end of the head",
       "GET /cds-services HTTP/1.1\r\nHost: x\r\n\rZGET /smuggled: HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"Garden OLS 3: a length with a zero in front is decimal",
       "POST /explain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 0" +
           std::to_string(hidden.size() + 2) + "\r\n\r\n{}" + hidden,
       Wanted::one},
      {"Garden OLS 5: NUL in a name", get(nul("Hea@der: value\r\n"))},
      {"Garden OLS 9: NUL in a value", get(nul("Test: test@dropped\r\n"))},
      {"Garden OLS 10: a line without a colon", get("Test\r\n")},
      {"Garden OLS 12: LF in a name", get("Te\nst: test\r\n")},
      {"Garden OLS 14: LF everywhere", "GET /cds-services HTTP/1.1\nHost: x\n\nGET /smuggled HTTP/1.1\nHost: x\n\n"},
      {"Garden OLS 15: a chunk that is longer than it says", chunked("2\r\n{}0\r\n\r\n")},
      {"Garden relayd 5: a line with NUL and no colon", get(nul("a:b\r\nc@\r\n"))},
      {"Garden relayd 6: a GET with a body",
       "GET /cds-services HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" +
           hidden,
       Wanted::one},
      {"Garden Passenger 2: a name in two lines",
       post("Transfer-\r\nEncoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"Garden Pound 1: the coding twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"Garden Puma 2: a trailer that looks like a request",
       "POST /explain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
       "2\r\n{}\r\n0\r\nX:POST /smuggled HTTP/1.1\r\n\r\n",
       Wanted::one},
  };
  shapes.insert(shapes.end(), others.begin(), others.end());
  return shapes;
}

std::vector<Shape> of_llhttp() {
  return {
      {"llhttp Error on Content-Length overflow", with_length("1000000000000000000000")},
      {"llhttp Spaces in Content-Length #2", with_length("4 2")},
      {"llhttp Spaces in Content-Length #3", with_length("13 37")},
      {"llhttp Content-Length with CR instead of dash", post("Content\rLength: 003\r\n", "{} ")},
      {"llhttp Error on simultaneous Content-Length and Transfer-Encoding: identity",
       post("Content-Length: 1\r\nTransfer-Encoding: identity\r\n", "Z")},
      {"llhttp Empty Transfer-Encoding with Content-Length", post("Transfer-Encoding:\r\nContent-Length: 2\r\n", "{}")},
      {"llhttp POST with empty Transfer-Encoding and Content-Length",
       post("Content-Length: 10\r\nTransfer-Encoding:\r\nTransfer-Encoding:\r\nTransfer-Encoding:\r\n",
            "2\r\n{}\r\n0")},
      {"llhttp Ignoring pigeons", post("Transfer-Encoding: pigeons\r\n", "")},
      {"llhttp No semicolon before chunk extensions", chunked("2 erfrferferf\r\n{}\r\n0 rrrr\r\n\r\n")},
      {"llhttp ICE protocol and GET method", "GET /cds-services ICE/1.0\r\nHost: x\r\n\r\n" + hidden},
      {"llhttp ICE protocol, but not really", "GET /cds-services IHTTP/1.0\r\nHost: x\r\n\r\n" + hidden},
      {"llhttp RTSP protocol and PUT method", "PUT /cds-services RTSP/1.0\r\nHost: x\r\n\r\n" + hidden},
      {"llhttp Headers separated by CR", get("Foo: 1\rBar: 2\r\n")},
      {"llhttp Headers separated by LF", post("x:x\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")},
      {"llhttp Empty headers separated by CR", post("x:\rTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")},
      {"llhttp Empty headers separated by LF", post("x:\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")},
      {"llhttp Invalid header token #1", get("Fo@: Failure\r\n")},
      {"llhttp Invalid header token #2", get("Foo\x01test: Bar\r\n")},
      {"llhttp Illegal header field name line folding", get("name\r\n : value\r\n")},
      {"llhttp Corrupted Connection header", get("Connection\r\x1b\x41\xd5"
                                                 "eep-Alive\r\n")},
      {"llhttp Missing CR between headers", post("Dummy: x\nContent-Length: 23\r\n", "")},
      {"llhttp Invalid HTTP version", "GET /cds-services HTTP/5.6\r\nHost: x\r\n\r\n" + hidden},
      {"llhttp Invalid space after start line", "GET /cds-services HTTP/1.1\r\n Host: x\r\n\r\n" + hidden},
      {"llhttp Spaces before headers", post("Foo: bar\r\n Content-Length: 38\r\n", "")},
  };
}

std::vector<int> statuses_of(const std::string& bytes) {
  test::Socket socket(test::shared_program().port());
  socket.send(bytes);
  socket.finish_sending();
  const auto text = socket.receive_rest();
  std::vector<int> statuses;
  for (auto at = text.find("HTTP/1.1 "); at != std::string::npos; at = text.find("HTTP/1.1 ", at + 9))
    statuses.push_back(std::atoi(text.substr(at + 9, 3).c_str()));
  return statuses;
}

void expect_nothing_smuggled(const std::vector<Shape>& shapes) {
  for (const auto& shape : shapes) {
    const auto statuses = statuses_of(shape.bytes);
    EXPECT_EQ(statuses.size(), 1U) << shape.source << ": " << ::testing::PrintToString(statuses);
    if (statuses.empty()) continue;
    EXPECT_NE(statuses.front(), 404) << shape.source << ": what was hidden was answered";
    EXPECT_NE(statuses.front(), 500) << shape.source;
    if (shape.wanted == Wanted::refusal) {
      EXPECT_GE(statuses.front(), 400) << shape.source;
    }
  }
}

}  // namespace

// Otherwise the others would prove nothing.
TEST(PublicSmuggling, BehindAWholeRequestTheNextOneIsAnswered) {
  EXPECT_EQ(statuses_of(with_length("2")), (std::vector<int>{400, 404}));
  EXPECT_EQ(statuses_of(chunked("2\r\n{}\r\n0\r\n\r\n")), (std::vector<int>{400, 404}));
  EXPECT_EQ(statuses_of(get("A: b\r\n")), (std::vector<int>{200, 404}));
}

TEST(PublicSmuggling, WhatTheStandardSaysIsRefused) {
  expect_nothing_smuggled(of_the_standard());
}

TEST(PublicSmuggling, CodingsHiddenInTheWaysOfAScannerHideNothing) {
  expect_nothing_smuggled(of_kettle());
}

TEST(PublicSmuggling, FaultsThatWereFoundInOtherServersAreNotHere) {
  expect_nothing_smuggled(of_the_garden());
}

TEST(PublicSmuggling, CasesOfAnotherParserAreRefused) {
  expect_nothing_smuggled(of_llhttp());
}
