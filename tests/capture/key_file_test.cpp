#include "libike/capture/key_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"

using namespace ike;
using namespace std::string_literals;

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

TEST_CASE("the kernel's SAs are read with statistics, in one line each, and as the monitor tells of them",
          "[capture][keys]") {
    // iproute2 6.1 on Linux 6.1, keys made for this.
    constexpr std::string_view statistics =
        "src 203.0.113.2 dst 192.0.2.2\n"
        "\tproto esp spi 0xcfabdc14(3484146708) reqid 1(0x00000001) mode tunnel\n"
        "\treplay-window 0 seq 0x00000000 flag af-unspec esn (0x10100000)\n"
        "\tmark 0x2a/0xffffffff\n"
        "\tauth-trunc hmac(sha256) 0xf72fa42c612a3a20cf6650e4d853e2b97beb6791c49ef21e4c12f4184009f62d (256 "
        "bits) 128\n"
        "\tenc cbc(aes) 0x2bcf5be2e234c2e05259867d9ef1c7efef91d36fe2e48a2d76699ad339594c7c (256 bits)\n"
        "\tlifetime config:\n"
        "\t  limit: soft (INF)(bytes), hard (INF)(bytes)\n";
    auto one_line = std::string{statistics};
    std::ranges::replace(one_line, '\n', '\\');
    const auto monitor = "Updated " + std::string{statistics} +
                         "Async event  (0x20)  timer expired \n"
                         "\tsrc 192.0.2.2 dst 203.0.113.2  reqid 0x1 protocol esp  SPI 0xc06227b9\n"
                         "Updated src 10.99.0.0/24 dst 10.98.0.1/32 \n"
                         "\tdir in priority 371327 ptype main \n"
                         "\ttmpl src 203.0.113.2 dst 192.0.2.2\n"
                         "\t\tproto esp reqid 1 mode tunnel\n";
    for (const auto& text : {std::string{statistics}, one_line + "\n", monitor}) {
        INFO(text);
        KeyStore keys;
        CHECK(keys.add_lines(text, "state") == 1);
        CHECK(keys.remarks().empty());
        REQUIRE(keys.esp(0xcfabdc14).size() == 1);
        const auto& read = keys.esp_record(keys.esp(0xcfabdc14)[0]);
        CHECK(read.suite.integ == IntegId::hmac_sha2_256_128);
        CHECK(read.suite.key_bits == 256);
        CHECK(read.integ_key.size() == 32);
        CHECK(read.suite.esn);
    }
}

TEST_CASE("an ICV of 96 bits is stepped over where IKE has no number for it", "[capture][keys]") {
    KeyStore keys;
    CHECK(keys.add_lines("src 192.0.2.2 dst 203.0.113.2\n\tproto esp spi 0x01\n\tauth hmac(sha256) 0x0102\n"
                         "\tenc cbc(aes) 0x02020202020202020202020202020202\n",
                         "state") == 1);
    CHECK(keys.remarks().empty());
    CHECK(keys.esp_record(0).suite.unchecked_icv == 12);
}

TEST_CASE("half of an SA's keys is not taken for wrong keys", "[capture][keys]") {
    KeyStore keys;
    CHECK(keys.add_lines(
              "src 192.0.2.2 dst 203.0.113.2\n\tproto esp spi 0x01\n\tauth-trunc hmac(sha256) 0x01zz 128\n"
              "\tenc cbc(aes) 0x02020202020202020202020202020202\n",
              "state") == 0);
    REQUIRE(keys.remarks().size() == 2);
    CHECK(keys.remarks()[0].starts_with("state:3: ip xfrm state: auth-trunc"));
    CHECK(keys.remarks()[1] == "state: no keys in 4 lines");
}

TEST_CASE("a file that is none of keys is refused, or said to have none", "[capture][keys]") {
    const auto path =
        (std::filesystem::temp_directory_path() / fmt::format("ike-key-file-{}", ::getpid())).string();
    const auto put = [&](std::string_view octets) {
        std::ofstream{path, std::ios::binary} << octets;
        return KeyStore{}.load(path);
    };
    const auto why = [&](std::string_view octets) {
        const auto loaded = put(octets);
        return loaded ? std::string{} : loaded.error().what.substr(loaded.error().what.rfind(": ") + 2);
    };
    using namespace std::string_view_literals;
    CHECK(why("\xd4\xc3\xb2\xa1\x02\x00"sv) == "it is a capture");
    CHECK(why("\x0a\x0d\x0d\x0a\x1c\x00"sv) == "it is a capture");
    CHECK(why("\x1f\x8b\x08"sv) == "it is compressed with gzip");
    CHECK(why("\xff\xfei\x00k\x00"sv) == "it is UTF-16, not UTF-8");
    CHECK(why("\x7f"
              "ELF\x02\x01\x01\x00"sv) == "it is binary, not text");
    // Text at first.
    CHECK(why(std::string(200'000, '#') + "\n\0"s) == "it is binary, not text");
    std::filesystem::remove(path);
    CHECK(KeyStore{}.load("/dev/zero").error().what ==
          "cannot read keys from /dev/zero: it is binary, not text");

    KeyStore keys;
    keys.add_lines("00[DMN] Starting IKE charon daemon\n01[IKE] initiating IKE_SA psk[1]\n", "quiet.log");
    CHECK(keys.remarks() ==
          std::vector<std::string>{"quiet.log: no keys in 2 lines; strongSwan logs them at level 4 "
                                   "of ike and chd"});
}

TEST_CASE("many senseless lines are counted, and one that is too long is passed over", "[capture][keys]") {
    KeyStore keys;
    std::string text;
    for (int i = 0; i < 50; ++i) text += "nonsense\n";
    CHECK(keys.add_lines(text + "dh shared=aabb\n", "many") == 1);
    REQUIRE(keys.remarks().size() == 21);
    CHECK(keys.remarks()[19].starts_with("many:20: "));
    CHECK(keys.remarks()[20] == "many: and 30 more lines that make no sense");

    const auto path =
        (std::filesystem::temp_directory_path() / fmt::format("ike-long-line-{}", ::getpid())).string();
    std::ofstream{path} << "dh shared=" << std::string(3 << 20, 'a') << "\r\ndh shared=ccdd\r\n";
    KeyStore stored;
    CHECK(stored.load(path) == std::size_t{1});
    std::filesystem::remove(path);
    REQUIRE(stored.shared_secrets().size() == 1);
    CHECK(equal(stored.shared_secrets()[0], Bytes{0xcc, 0xdd}));
    CHECK(stored.remarks() == std::vector<std::string>{path + ":1: key line: longer than any key"});
}

TEST_CASE("an SA shown without its keys is named with its line", "[capture][keys]") {
    KeyStore keys;
    CHECK(keys.add_lines("src 192.0.2.2 dst 203.0.113.2\n\tproto esp spi 0x01\n\tenc cbc(aes)\n", "state") ==
          0);
    REQUIRE(keys.remarks().size() == 2);
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
    REQUIRE(keys.remarks().size() == 3);
    CHECK(keys.remarks()[0] == "mine:2: key line: shared: expected hexadecimal octets");
    CHECK(keys.remarks()[1] == "mine:3: key line: \"other\": expected private or shared");
}

TEST_CASE("no prefix of any format does harm", "[capture][keys]") {
    for (std::size_t size = 0; size <= xfrm.size(); ++size) {
        KeyStore keys;
        CHECK(keys.add_lines(xfrm.substr(0, size), "prefix") <= 2);
    }
}
