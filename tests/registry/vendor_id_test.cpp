#include "libike/registry/vendor_id.hpp"

#include <openssl/evp.h>

#include <set>

#include "tests/catch.hpp"

using namespace ike;

namespace {

std::string md5_hex(std::string_view text) {
    Bytes digest(16);
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) return {};
    return hex(digest);
}

std::string text_of(std::string_view hexadecimal) { return vendor_id_text(*from_hex(hexadecimal)); }

}  // namespace

TEST_CASE("a Vendor ID said to be the MD5 of a text is it", "[registry][vendor_id]") {
    if (md5_hex("x").empty()) return;  // a library without MD5
    for (const auto& vendor : vendor_ids()) {
        if (vendor.md5_of.empty()) continue;
        INFO(vendor.name);
        CHECK(md5_hex(vendor.md5_of).substr(0, vendor.octets.size()) == vendor.octets);
    }
}

TEST_CASE("known Vendor IDs are well-formed and each is found as itself", "[registry][vendor_id]") {
    std::set<std::string_view> seen;
    for (const auto& vendor : vendor_ids()) {
        INFO(vendor.name);
        CHECK(seen.insert(vendor.octets).second);
        const auto octets = vendor.text ? to_bytes(vendor.octets) : from_hex(vendor.octets).value_or(Bytes{});
        REQUIRE_FALSE(octets.empty());
        if (!vendor.text) CHECK(hex(octets) == vendor.octets);
        CHECK(find_vendor_id(octets) == &vendor);
    }
}

TEST_CASE("Vendor IDs seen on the wire get their names", "[registry][vendor_id]") {
    CHECK(text_of("882fe56d6fd20dbc2251613b2ebe5beb") == "strongSwan");
    CHECK(text_of("4a131c81070358455c5728f20e95452f") == "RFC 3947");
    CHECK(text_of("afcad71368a1f1c96b8696fc77570100") == "RFC 3706 DPD (Dead Peer Detection) (0100)");
    CHECK(text_of("4048b7d56ebce88525e7de7f00d6c2d3") == "FRAGMENTATION");
    CHECK(text_of("4048b7d56ebce88525e7de7f00d6c2d3c0000000") == "FRAGMENTATION (c0000000)");
    CHECK(text_of("1e2b516905991c7d7c96fcbfb587e46100000009") ==
          "MS NT5 ISAKMPOAKLEY v9 (Windows 8 and later)");
    CHECK(text_of("1e2b516905991c7d7c96fcbfb587e4610000000a") == "MS NT5 ISAKMPOAKLEY (0000000a)");
    CHECK(text_of("434953434f2d44454c4554452d524541534f4e") == "CISCO-DELETE-REASON");
    CHECK(vendor_id_text(to_bytes("OpenIKED-7.3")) == "OpenIKED-7.3");
    CHECK(find_vendor_id(to_bytes("OE-Libreswan-4.9"))->name == "Libreswan");
}

TEST_CASE("the longest agreement wins", "[registry][vendor_id]") {
    CHECK(find_vendor_id(to_bytes("OE-Libreswan-4.9"))->name == "Libreswan");
    CHECK(find_vendor_id(to_bytes("OErlA\\nQukSR"))->name == "Openswan");
}

TEST_CASE("unknown Vendor IDs show their text only if it can be printed", "[registry][vendor_id]") {
    CHECK(vendor_id_text(to_bytes("some daemon 1.0")) == "some daemon 1.0");
    CHECK(vendor_id_text(to_bytes("bad\x1b[2Jtext")).empty());
    CHECK(vendor_id_text(Bytes(300, 'a')).size() == 80);
    CHECK(vendor_id_text(Bytes{}).empty());
    CHECK(find_vendor_id(Bytes{}) == nullptr);
    CHECK(vendor_id_text(Bytes{0x4f, 0x45, 0x1b, 0x07}) == "Openswan");
}
