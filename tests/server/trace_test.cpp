#include "server/trace.h"

#include <gtest/gtest.h>

#include <regex>

// W3C Trace Context, level 1.

namespace {

using server::trace_of;

const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string parent = "00f067aa0ba902b7";

std::string of(const std::string& version, const std::string& flags = "01") {
  return version + "-" + id + "-" + parent + "-" + flags;
}

}  // namespace

TEST(Trace, TakesUpTheCallersAndPutsItsOwnSpanIntoIt) {
  const auto trace = trace_of(of("00"));
  EXPECT_EQ(trace.trace_id, id);
  EXPECT_EQ(trace.parent_id, parent);
  EXPECT_NE(trace.span_id, parent);
  EXPECT_EQ(trace.traceparent(), "00-" + id + "-" + trace.span_id + "-01");
  EXPECT_NE(trace_of(of("00")).span_id, trace.span_id);
}

TEST(Trace, KeepsTheFlagThatHasAMeaningAndNoOther) {
  EXPECT_EQ(trace_of(of("00", "00")).flags, "00");
  EXPECT_EQ(trace_of(of("00", "02")).flags, "00");
  EXPECT_EQ(trace_of(of("00", "0b")).flags, "01");
  EXPECT_EQ(trace_of(of("00", "ff")).flags, "01");
}

TEST(Trace, LaterVersionsAreReadAsFarAsTheyAreKnown) {
  EXPECT_EQ(trace_of(of("cc")).trace_id, id);
  EXPECT_EQ(trace_of(of("cc") + "-what-comes-later").trace_id, id);
  EXPECT_EQ(trace_of(of("cc") + "-what").traceparent().substr(0, 3), "00-");
}

TEST(Trace, WhatIsMalformedBeginsATraceOfItsOwn) {
  const std::string zeros(32, '0');
  for (const std::string& text :
       {std::string(), std::string("x"), of("ff"), of("0"), of("00") + "-more", of("00") + "0", of("cc") + "x",
        of("00").substr(1), of("00", "0g"), of("00", "1"), "00-" + zeros + "-" + parent + "-01",
        "00-" + id + "-" + zeros.substr(0, 16) + "-01", "00-" + std::string(32, 'A') + "-" + parent + "-01",
        "00_" + id + "_" + parent + "_01", "00-" + id.substr(1) + "\r-" + parent + "-01", std::string(5000, '0')}) {
    const auto trace = trace_of(text);
    EXPECT_TRUE(std::regex_match(trace.traceparent(), std::regex("00-[0-9a-f]{32}-[0-9a-f]{16}-00"))) << text;
    EXPECT_NE(trace.trace_id, id) << text;
    EXPECT_NE(trace.trace_id, zeros) << text;
    EXPECT_EQ(trace.parent_id, "") << text;
  }
}
