#include "server/address.h"

#include <gtest/gtest.h>

#include "server/origin.h"

using server::AddressKind;
using server::are_within;
using server::kind_of_address;
using server::Reach;

TEST(Address, KindsAreThoseOfTheRegistries) {
  for (const auto* global :
       {"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.167.0.1", "223.255.255.255",
        "2606:4700::1111", "2a00::1", "64:ff9b::808:808", "2002:808:808::1"})
    EXPECT_EQ(kind_of_address(global), AddressKind::global) << global;
  for (const auto* inner :
       {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
        "fc00::1", "fdff::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"})
    EXPECT_EQ(kind_of_address(inner), AddressKind::private_network) << inner;
  for (const auto* own : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"})
    EXPECT_EQ(kind_of_address(own), AddressKind::loopback) << own;
  for (const auto* unsafe : {"0.0.0.0",
                             "0.1.2.3",
                             "169.254.169.254",
                             "169.254.0.1",
                             "192.0.0.1",
                             "192.0.2.1",
                             "198.18.0.1",
                             "198.51.100.1",
                             "203.0.113.1",
                             "224.0.0.1",
                             "239.1.1.1",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "fe80::1",
                             "febf::1",
                             "fec0::1",
                             "ff02::1",
                             "::ffff:169.254.169.254",
                             "::127.0.0.1",
                             "64:ff9b:1::1",
                             "100::1",
                             "2001::1",
                             "2001:db8::1",
                             "3fff::1",
                             "2002:a9fe:a9fe::",
                             "5f00::1",
                             "",
                             "localhost",
                             "127.1",
                             "0x7f.0.0.1",
                             "2130706433",
                             "fe80::1%eth0"})
    EXPECT_EQ(kind_of_address(unsafe), AddressKind::unsafe) << unsafe;
}

TEST(Address, ReachDecidesByEveryAnswer) {
  EXPECT_TRUE(are_within(Reach::public_addresses, "ehr.example", {"8.8.8.8", "2a00::1"}));
  EXPECT_FALSE(are_within(Reach::public_addresses, "ehr.example", {"8.8.8.8", "10.0.0.1"}));
  EXPECT_FALSE(are_within(Reach::public_addresses, "ehr.example", {}));
  EXPECT_TRUE(are_within(Reach::loopback, "localhost", {"127.0.0.1", "::1"}));
  EXPECT_FALSE(are_within(Reach::loopback, "localhost", {"127.0.0.1", "10.0.0.1"}));
  EXPECT_TRUE(are_within(Reach::listed, "ehr.example", {"10.0.0.1", "fd00::1"}));
  EXPECT_TRUE(are_within(Reach::listed, "ehr.example", {"8.8.8.8"}));
  EXPECT_FALSE(are_within(Reach::listed, "ehr.example", {"8.8.8.8", "10.0.0.1"}));
  EXPECT_FALSE(are_within(Reach::listed, "ehr.example", {"169.254.169.254"}));
  EXPECT_TRUE(are_within(Reach::listed, "169.254.1.1", {"169.254.1.1"}));
}

TEST(Url, PartsAreInTheirUsualForm) {
  const auto origin = [](const char* text) {
    const auto url = server::read_url(text);
    return url ? url->origin() + " " + url->target : "none";
  };
  EXPECT_EQ(origin("https://EHR.example:443/fhir?x=1"), "https://ehr.example /fhir?x=1");
  EXPECT_EQ(origin("http://ehr.example:080"), "http://ehr.example /");
  EXPECT_EQ(origin("http://[::1]:8080?x"), "http://[::1]:8080 /?x");
  EXPECT_EQ(origin("https://[2001:DB8::1]/"), "https://[2001:db8::1] /");
  for (const auto* wrong :
       {"", "ehr.example", "ftp://x", "HTTP://x", "https://", "https:///x", "https://a@b/", "https://a b",
        "https://a/#x", "https://a\\b", "https://a:0", "https://a:65536", "https://a:x", "https://a:", "https://[::1",
        "https://::1/", "https://a%00b/", "https://a/\x01"})
    EXPECT_EQ(origin(wrong), "none") << wrong;
}
