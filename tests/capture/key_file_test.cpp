#include "libike/capture/key_file.hpp"

#include "tests/catch.hpp"

using namespace ike;

namespace {

// As iproute2 6.1 prints them.
constexpr std::string_view xfrm =
    "src 192.0.2.2 dst 203.0.113.2\n"
    "\tproto esp spi 0xc0ffee01 reqid 1 mode tunnel\n"
    "\treplay-window 0 flag af-unspec esn\n"
    "\taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128\n"
    "\tencap type espinudp sport 4500 dport 4500 addr 0.0.0.0\n"
    "\tanti-replay esn context:\n"
    "\t seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0\n"
    "src 2001:db8::1 dst 2001:db8::2\n"
    "\tproto esp spi 0x00000abc(2748) reqid 2(0x00000002) mode tunnel\n"
    "\tauth-trunc hmac(sha256) 0x0101010101010101010101010101010101010101010101010101010101010101 128\n"
    "\tenc cbc(aes) 0x02020202020202020202020202020202\n"
    "\tsel src ::/0 dst ::/0\n";

}  // namespace

TEST_CASE("the kernel's SAs are read with their keys and ESN", "[capture][keys]") {
    KeyStore keys;
    CHECK(keys.add_lines(xfrm, "xfrm") == 2);
    CHECK(keys.remarks().empty());
    REQUIRE(keys.esp(0xc0ffee01).size() == 1);
    const auto& gcm = keys.esp_record(keys.esp(0xc0ffee01)[0]);
    CHECK(gcm.suite.encr == EncrId::aes_gcm_16);
    CHECK(gcm.suite.key_bits == 128);
    CHECK(gcm.suite.esn);
    CHECK(gcm.source == *Address::parse("192.0.2.2"));
    REQUIRE(keys.esp(0xabc).size() == 1);
    const auto& cbc = keys.esp_record(keys.esp(0xabc)[0]);
    CHECK(cbc.suite.encr == EncrId::aes_cbc);
    CHECK(cbc.suite.integ == IntegId::hmac_sha2_256_128);
    CHECK(cbc.integ_key.size() == 32);
    CHECK_FALSE(cbc.suite.esn);
}

TEST_CASE("an SA shown without its keys is named with its line", "[capture][keys]") {
    KeyStore keys;
    CHECK(keys.add_lines("src 192.0.2.2 dst 203.0.113.2\n\tproto esp spi 0x01\n\tenc cbc(aes)\n", "state") ==
          0);
    REQUIRE(keys.remarks().size() == 1);
    CHECK(keys.remarks()[0].starts_with("state:3: ip xfrm state: enc"));
}

TEST_CASE("formats may be mixed in one file", "[capture][keys]") {
    KeyStore keys;
    const auto text = std::string{xfrm} +
                      "esp spi=00000001 suite=aes128gcm16 encr=00\n"
                      "dh shared=aabb\n"
                      "dh private=ccdd\n"
                      "psk text=secret words\n"
                      "@gw.example @client.example : PSK \"other\"\n"
                      "    secret = 0x0102\n";
    CHECK(keys.add_lines(text, "mixed") == 8);
    CHECK(keys.remarks().empty());
    CHECK(keys.shared_secrets().size() == 1);
    CHECK(keys.private_values().size() == 1);
    REQUIRE(keys.psks().size() == 3);
    CHECK(equal(keys.psks()[0], to_bytes("secret words")));
    CHECK(equal(keys.psks()[2], Bytes{1, 2}));
}

TEST_CASE("a secret that is no hexadecimal is named with its line", "[capture][keys]") {
    KeyStore keys;
    CHECK(keys.add_lines("# one\ndh shared=xyz\ndh other=00\n", "mine") == 0);
    REQUIRE(keys.remarks().size() == 2);
    CHECK(keys.remarks()[0] == "mine:2: key line: shared: expected hexadecimal octets");
    CHECK(keys.remarks()[1] == "mine:3: key line: \"other\": expected private or shared");
}

TEST_CASE("no prefix of any format does harm", "[capture][keys]") {
    for (std::size_t size = 0; size <= xfrm.size(); ++size) {
        KeyStore keys;
        CHECK(keys.add_lines(xfrm.substr(0, size), "prefix") <= 2);
    }
}
