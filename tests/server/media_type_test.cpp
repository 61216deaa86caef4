#include "server/media_type.h"

#include <gtest/gtest.h>

using server::fault_in_media;

TEST(MediaType, ReadsEveryJsonAndNone) {
  for (const std::string_view type :
       {"", "application/json", "Application/JSON ; charset=UTF-8", "application/fhir+json",
        "application/json;charset=\"utf-8\";x=y", "application/json;"})
    EXPECT_EQ(fault_in_media(type, ""), std::nullopt) << type;
}

TEST(MediaType, RefusesTheRestWithASentence) {
  EXPECT_EQ(fault_in_media("text/json", ""), "the media type is not application/json");
  EXPECT_EQ(fault_in_media("application/xml; a=json", ""), "the media type is not application/json");
  EXPECT_EQ(fault_in_media("application/json; charset=latin1", ""), "the charset is not utf-8");
  EXPECT_EQ(fault_in_media("application/json", "gzip"), "the body is compressed, and only identity is read here");
  EXPECT_EQ(fault_in_media("application/json", "Identity"), std::nullopt);
}
